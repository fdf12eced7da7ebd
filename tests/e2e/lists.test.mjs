// Hashes of files and lists of hashes, by weirctl alone: what the reference gives,
// what other programs write, and what is said about what can't be used.

import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { after } from 'node:test';
import { BUILD, CLEAN, FLAGGED, TESTS } from './lib/places.mjs';
import { Program } from './lib/program.mjs';

const WEIRCTL = path.join(BUILD, 'gateway/weirctl');
const DATA = path.join(TESTS, 'data');
const COMPLAINT = /Sanitizer|runtime error:|CRITICAL|WARNING/;
// Whole stacks, for what tests/lsan.supp names.
const SANITIZERS = {
  ASAN_OPTIONS: 'detect_leaks=1:fast_unwind_on_malloc=0',
  LSAN_OPTIONS: `suppressions=${path.join(TESTS, 'lsan.supp')}:print_suppressions=0`,
};
const folder = mkdtempSync(path.join(os.tmpdir(), 'weir-lists-'));
after(() => rmSync(folder, { recursive: true }));

async function weirctl(...args) {
  const program = new Program('weirctl', WEIRCTL, args, { env: { GST_REGISTRY: path.join(folder, 'registry'), ...SANITIZERS } });
  const { code } = await program.ended();
  const err = program.err.list.join('\n');
  assert.doesNotMatch(err, COMPLAINT);
  return { code, lines: program.out.list, err };
}

const fresh = (name, text) => {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
};
const lines = (file) => readFileSync(file, 'utf8').trim().split('\n');
const bits = (a, b) => {
  let x = BigInt(`0x${a}`) ^ BigInt(`0x${b}`);
  let n = 0;
  for (; x; x &= x - 1n) n++;
  return n;
};

test('pictures hash as the reference hashes them', async () => {
  const jpegs = lines(path.join(DATA, 'images/vectors.csv')).slice(1).map((line) => line.split(','));
  const greys = lines(path.join(DATA, 'pdq/vectors.csv')).slice(1).map((line) => line.split(','))
    .filter(([file, width, height]) => !/white|tiny/.test(file) && Math.max(width, height) <= 512) // larger: not as a plane
    .map(([file, , , quality, hash]) => [hash, quality, file]);
  for (const [set, where] of [[jpegs, 'images'], [greys, 'pdq']]) {
    const { code, lines: got, err } = await weirctl('hash', ...set.map(([, , file]) => path.join(DATA, where, file)));
    assert.deepEqual([code, err], [0, '']);
    assert.equal(got.length, set.length);
    for (const [i, [hash, quality, file]] of set.entries()) {
      const [ours, q, name] = got[i].split(',');
      assert.equal(path.basename(name), file);
      assert.equal(q, quality, file);
      assert.ok(bits(ours, hash) <= 2, `${file}: ${ours} is not ${hash}`);
    }
  }
});

test('videos hash picture by picture, and what is printed is a bank', async () => {
  const { code, lines: got, err } = await weirctl('hash', '--every', '0.5', FLAGGED);
  assert.deepEqual([code, err], [0, '']);
  const rows = got.map((line) => line.split(','));
  assert.ok(rows.length >= 20, got.join('\n'));
  for (const [i, [hash, quality, file, seconds]] of rows.entries()) {
    assert.match(hash, /^[0-9a-f]{64}$/);
    assert.ok(Number(quality) >= 0 && Number(quality) <= 100);
    assert.equal(file, FLAGGED);
    assert.match(seconds, /^\d+\.\d{3}$/);
    assert.ok(Number(seconds) >= i * 0.5 && Number(seconds) < i * 0.5 + 0.5, got[i]);
  }
  const list = fresh('video.csv', `${got.join('\n')}\n`);
  const found = await weirctl('match', '--bank', list, '--radius', '0', list);
  assert.equal(found.code, 0);
  for (const [hash] of rows) assert.ok(found.lines.includes(`${hash},${hash},0`));
  const flagged = await weirctl('match', '--bank', path.join(DATA, 'media/bank.csv'), list);
  assert.equal(flagged.code, 0);
  assert.ok(flagged.lines.length > 0, 'it shows what the bank lists');
});

test('recordings are looked through as streams are', async () => {
  const bank = path.join(DATA, 'media/bank.csv');
  const { code, lines: got, err } = await weirctl('scan', '--bank', bank, '--every', '0.25', '--phase', '0.1', FLAGGED, CLEAN);
  assert.deepEqual([code, err], [0, '']);
  const hits = got.map((line) => line.split(',')).filter((row) => row.length === 6);
  assert.ok(hits.some((row) => row[5] === 'plain'), got.join('\n'));
  for (const [file, seconds, entry, distance, quality] of hits) {
    assert.equal(file, FLAGGED);
    assert.ok(Number(seconds) >= 0.1 && entry !== '', seconds);
    assert.ok(Number(distance) <= 31 && Number(quality) >= 50);
  }
  assert.deepEqual(got.filter((line) => line.split(',').length !== 6), [`${FLAGGED},case,${hits[0][1]}`, `${CLEAN},clear,`]);

  // A file that can't be looked through gets no verdict, the others do.
  const mixed = await weirctl('scan', '--bank', bank, path.join(DATA, 'images/wee.jpg'), fresh('film.mp4', 'no film'), CLEAN);
  assert.equal(mixed.code, 1);
  assert.deepEqual(mixed.lines, [`${CLEAN},clear,`]);
  assert.match(mixed.err, /wee\.jpg: it is a picture/);
  assert.match(mixed.err, /film\.mp4: /);
  assert.match(mixed.err, /2 videos were not looked through/);
});

test('a film is known again mirrored, cropped, framed and turned', async () => {
  const bank = path.join(DATA, 'media/bank.csv');
  const edits = {
    mirror: 'hflip',
    'crop-5': 'crop=trunc(iw*0.475)*2:trunc(ih*0.475)*2',
    border: 'pad=iw:trunc(ih*0.625)*2:0:(oh-ih)/2:black',
    'turn+2': 'rotate=2*PI/180:fillcolor=black',
    'border+mirror': 'hflip,pad=trunc(iw*0.625)*2:ih:(ow-iw)/2:0:black',
  };
  const films = {};
  for (const [probe, filter] of Object.entries(edits)) {
    films[probe] = path.join(folder, `${probe}.mp4`);
    const made = new Program('ffmpeg', 'ffmpeg', ['-v', 'error', '-y', '-i', FLAGGED, '-vf', filter, '-an',
      '-c:v', 'libx264', '-preset', 'ultrafast', films[probe]]);
    assert.equal((await made.ended()).code, 0, made.err.list.join('\n'));
  }
  const look = async (probes) =>
    (await weirctl('scan', '--bank', bank, '--every', '0.5', ...probes, ...Object.values(films))).lines.map((line) => line.split(','));
  const plain = await look(['--probes', 'plain']);
  assert.deepEqual(plain.filter((row) => row.length > 3 && row[5] !== 'plain'), []);
  // The thorough set is the same code on more pictures, and takes long under sanitizers.
  for (const probes of process.env.WEIR_SANITIZED ? [[]] : [[], ['--probes', 'thorough']]) {
    const rows = await look(probes);
    for (const [probe, film] of Object.entries(films)) {
      assert.ok(rows.some((row) => row[0] === film && row[5] === probe && Number(row[3]) <= 31), `${probe}: ${rows.join('\n')}`);
      assert.ok(rows.some((row) => row[0] === film && row[1] === 'case'), probe);
    }
    assert.ok(rows.filter((row) => row[1] === 'case').length > plain.filter((row) => row[1] === 'case').length);
  }
});

test('names that need quotes get them', async () => {
  const odd = path.join(folder, 'one, "two".jpg');
  copyFileSync(path.join(DATA, 'images/wee.jpg'), odd);
  const { lines: got } = await weirctl('hash', odd);
  assert.match(got[0], /^[0-9a-f]{64},\d+,".*one, ""two""\.jpg"$/);
});

test('match finds every pair, whatever form the lists have', async () => {
  const haystack = lines(path.join(DATA, 'hashlists/haystack.txt'));
  const needles = lines(path.join(DATA, 'hashlists/needles.txt'));
  const wanted = (radius) =>
    needles.flatMap((a) => haystack.map((b) => [a, b, bits(a, b)]).filter(([, , d]) => d <= radius).map((m) => m.join(','))).sort();
  const all = wanted(31);
  assert.ok(all.length > 200);
  const upper = needles.map((hash) => hash.toUpperCase());
  const forms = {
    plain: needles.join('\n'),
    typed: upper.map((hash) => `pdq ${hash}`).join('\r\n'),
    csv: `item,hash\n${needles.map((hash) => `"a, b",${hash}`).join('\n')}\n`,
    tx: `signal_type,signal_str,collab,category,tags\n${needles.map((hash) => `pdq,${hash},ours,POSITIVE_CLASS,a b`).join('\n')}\n`,
    vpdq: needles.map((hash, i) => `${i},100,${hash},${i}.000`).join('\n'),
    json: JSON.stringify(upper.map((hash, i) => `${hash},100,${i}.0`)),
  };
  const bank = path.join(DATA, 'hashlists/haystack.txt');
  for (const [name, text] of Object.entries(forms)) {
    const { code, lines: got, err } = await weirctl('match', '--bank', bank, fresh(`needles.${name}`, text));
    assert.deepEqual([code, err], [0, ''], name);
    assert.deepEqual([...got].sort(), all, name);
  }
  for (const radius of [0, 63]) {
    const { lines: got } = await weirctl('match', '--bank', bank, '--radius', String(radius), path.join(DATA, 'hashlists/needles.txt'));
    assert.deepEqual([...got].sort(), wanted(radius), `radius ${radius}`);
  }
});

test('a list goes from form to form', async () => {
  const bank = path.join(DATA, 'hashlists/haystack.txt');
  const hashes = lines(bank);
  let from = bank;
  for (const form of ['tx', 'vpdq-json', 'csv', 'vpdq', 'pdq', 'lines']) {
    const { code, lines: got, err } = await weirctl('convert', '--format', form, from);
    assert.deepEqual([code, err], [0, ''], form);
    from = fresh(`converted.${form}`, got.join('\n'));
  }
  assert.deepEqual(lines(from), hashes);
  const wrong = await weirctl('convert', '--format', 'xml', bank);
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /no format "xml", only: lines, pdq, csv, tx, vpdq, vpdq-json/);
});

test('an empty list of another program is one, with a word about it', async () => {
  const file = fresh('none.tx', 'signal_type,signal_str,collab,category,tags\n');
  const { code, lines: got, err } = await weirctl('convert', file);
  assert.deepEqual([code, err], [0, `weirctl: ${file}: a header and no hash behind it`]);
  const again = await weirctl('convert', '--format', 'tx', fresh('none.csv', `${got.join('\n')}\n`));
  assert.deepEqual([again.code, again.lines], [0, ['signal_type,signal_str,collab,category,tags']]);
});

test('what cannot be used is named, the rest goes in', async () => {
  const [a, b] = lines(path.join(DATA, 'hashlists/needles.txt'));
  const file = fresh('mixed.txt', `${a}\nnot a hash\n${b}\nff\nvideo_md5 d41d8cd98f00b204e9800998ecf8427e\n`);
  const { code, lines: got, err } = await weirctl('match', '--bank', file, '--radius', '0', file);
  assert.equal(code, 0);
  assert.deepEqual(got.sort(), [`${a},${a},0`, `${b},${b},0`].sort());
  const told = err.split('\n').map((line) => line.replace(`weirctl: ${file}: `, ''));
  assert.deepEqual(told.slice(0, 3), [
    'line 2: a signal of another type than pdq',
    'line 4: hash has 2 digits, 64 expected',
    'line 5: a signal of another type than pdq',
  ]);
});

test('bad input gets a clear error', async () => {
  const good = path.join(DATA, 'hashlists/needles.txt');
  const cut = fresh('cut.jpg', readFileSync(path.join(DATA, 'images/wee.jpg')).subarray(0, 300));
  const pixel = fresh('pixel.pgm', Buffer.from('P5 1 1 255\n\x80', 'latin1'));
  const line = fresh('line.pgm', Buffer.concat([Buffer.from('P5 20000 10 255\n'), Buffer.alloc(200000, 7)]));
  const huge = fresh('huge.txt', '');
  truncateSync(huge, 100 * 1024 * 1024); // a hole: NUL bytes
  mkdirSync(path.join(folder, 'dir'));
  const cases = [
    [['hash', pixel], 1, /1 x 1 pixels; sides from 5 to 65535 are hashed/],
    [['hash', cut], 1, /cut\.jpg: picture: it can't be decoded/],
    [['hash', path.join(folder, 'dir')], 1, /directory/i],
    [['hash', path.join(folder, 'none')], 1, /No such file/],
    [['hash', good], 1, /needles\.txt: /],
    [['hash'], 2, /no file to hash/],
    [['hash', '--every', '0', pixel], 2, /--every is from 0\.001/],
    [['hash', '--phase', '-1', pixel], 2, /--phase is from 0/],
    [['scan', '--bank', good], 2, /VIDEO/],
    [['scan', good], 2, /--bank FILE/],
    [['scan', '--bank', good, '--probes', 'some', good], 2, /plain, standard or thorough/],
    [['match', good], 2, /--bank FILE/],
    [['match', '--bank', good], 2, /HASHFILE/],
    [['match', '--bank', good, '--radius', '64', good], 2, /--radius is from 0 to 63/],
    [['match', '--bank', good, '--radius', '-1', good], 2, /--radius is from 0 to 63/],
    [['match', '--bank', huge, good], 1, /huge\.txt: line 1: /],
    [['match', '--bank', good, path.join(folder, 'none')], 1, /No such file/],
    [['match', '--bank', fresh('rubbish', 'abc\n'), good], 1, /none of its 1 lines can be used/],
    [['match', '--bank', fresh('header', 'file,quality\n'), good], 1, /line 1: the header has no column hash/],
    [['match', '--bank', fresh('only', 'hash,quality\n'), good], 1, /only: a header and no hash behind it; an empty list has no line/],
    [['convert', fresh('only', 'hash,quality\n')], 1, /only: a header and no hash behind it/],
    [['convert', fresh('words', 'item,colour\n')], 1, /line 1: the header has no column hash/],
    [['convert', fresh('word', 'sha256\n')], 1, /line 1: .*\n.*none of its 1 lines can be used/],
  ];
  for (const [args, code, words] of cases) {
    const got = await weirctl(...args);
    assert.match(got.err, words, args.join(' '));
    assert.equal(got.code, code, args.join(' '));
    assert.deepEqual(got.lines, []);
  }
  /* What is only odd is hashed, with the quality that says so; a bad file does
   * not keep the others back. */
  const odd = await weirctl('hash', cut, line);
  assert.equal(odd.code, 1);
  assert.match(odd.lines[0], /^[0-9a-f]{64},0,/);
});
