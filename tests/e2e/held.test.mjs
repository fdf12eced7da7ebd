// What a bank leaves out, of its file and of what is put in: it is listed with
// the reason, a person lets one count, and that is kept.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { publish, source } from './lib/ffmpeg.mjs';
import { BANK, BUILD, FLAGGED } from './lib/places.mjs';
import { Program } from './lib/program.mjs';
import { scenario } from './lib/scenario.mjs';
import { Weir } from './lib/weir.mjs';

const ZEROS = '0'.repeat(64);
const FULL = `${'f'.repeat(60)}0000`;

scenario('an entry that is left out for its quality counts when a person says so', async (s) => {
  const hash = (await readFile(BANK, 'utf8')).split('\n').filter((line) => /^[0-9a-f]{64}/.test(line))[0].slice(0, 64);
  const list = s.path('list.csv');
  const text = `hash,quality,entry\n${ZEROS},100,black\n${hash},20,film\n${FULL},100,full\n`;
  await writeFile(list, text);
  const weir = await Weir.start(s, {
    'bank live': { file: list, radius: 63 },
    gate: { delay_ms: 8000, shutdown_timeout_ms: 500 },
  });
  const ctl = async (...args) => {
    const program = new Program('weirctl', `${BUILD}/gateway/weirctl`, args, { env: { WEIR_URL: weir.url, WEIR_TOKEN: weir.token } });
    const { code } = await program.ended();
    return [code, [...program.out.list, ...program.err.list].join('\n')];
  };
  const left = async () => (await weir.api('GET', 'banks/live/quarantine')).body;
  const bank = async () => (await weir.api('GET', 'banks')).body[0];

  const [black, film, full] = await left();
  assert.deepEqual([black.kind, black.line, black.id, black.by, black.quality], ['left_out', 2, null, 'weir', 100]);
  assert.match(black.reason, /^0 of 256 bits are set/);
  assert.deepEqual([film.entry, film.line, film.hash, film.reason], ['film', 3, hash, 'quality 20; this bank takes 50 and more']);
  assert.equal(full.reason, '240 of 256 bits are set; 96 to 160 are usual');
  assert.deepEqual([(await bank()).in_file, (await bank()).left_out], [3, 3]);
  const [, table] = await ctl('bank', 'quarantined', 'live');
  assert.match(table, /^ENTRY +STATE +SINCE +BY +WHY\n/);
  assert.match(table, /^film +left out, line 3 +\S+ \S+ +weir +quality 20; this bank takes 50 and more$/m);

  const review = await weir.review();
  const flagged = await source(s, FLAGGED, { from: 4, seconds: 7 });
  publish(s, flagged, await weir.publishUrl('live', 'cam'), { loop: -1 });
  await review.waitFor('stream.updated', (m) => m.stream.sampling.done >= 4, 40000);
  assert.deepEqual((await weir.api('GET', 'cases')).body, []);
  assert.deepEqual(await ctl('bank', 'release', 'live', 'nobody'), [1, 'weirctl: No such entry is quarantined or left out; of those that the '
    + "bank's file has, 1000 are known by their names, and all by their hashes."]);
  const [code, said] = await ctl('bank', 'release', 'live', 'film', '--note', 'the hash is a good one');
  assert.equal(code, 0, said);
  assert.match(said, /^Matches of film count from now on\. Found in [1-9]\d* pictures that had been looked at\.$/);
  assert.equal((await review.caseOpened('live/cam', 20000)).entry, 'film');
  assert.deepEqual((await left()).map((e) => e.entry), ['black', 'full']);
  assert.equal((await bank()).left_out, 2);
  const [kept] = (await weir.api('GET', 'banks/live/entries')).body;
  assert.deepEqual([kept.entry, kept.hash, kept.quarantined], ['film', hash, undefined]);
  assert.deepEqual([kept.released.by, kept.released.note, kept.released.of_file], ['admin', 'the hash is a good one', true]);
  const record = (await weir.api('GET', 'trail')).body.find((r) => r.action === 'bank.release');
  assert.deepEqual([record.actor, record.subject], ['user:admin', 'bank:live']);
  assert.match(JSON.stringify(record.detail), /the hash is a good one.*quality 20; this bank takes 50/);

  // What is put in is held in the same way.
  const put = (await weir.api('POST', 'banks/live/entries', { entries: [{ hash: FULL.replace('f', 'e'), entry: 'mine' }, { hash: `${hash.slice(2)}00`, quality: 3 }] })).body;
  assert.match(put.entries[0].quarantined, /^239 of 256 bits are set/);
  assert.match(put.entries[1].quarantined, /^quality 3; this bank takes 50/);
  assert.equal((await bank()).held, 2);
  assert.match((await ctl('bank', 'quarantined', 'live'))[1], /^mine +left out, put in +\S+ \S+ +admin +239 of/m);
  const answer = await weir.api('POST', 'banks/live/release', { entry: put.entries[0].id, note: 'so it is' });
  assert.deepEqual([answer.status, answer.body.id], [200, put.entries[0].id]);
  assert.equal((await bank()).held, 1);
  assert.equal((await weir.api('POST', 'banks/live/release', { entry: put.entries[0].id })).status, 404);
  assert.equal((await weir.api('POST', 'banks/none/release', { entry: 'film' })).status, 404);

  // After a restart, and after a reload of the same list, longer by a line.
  await weir.stop();
  await weir.start();
  const later = await weir.review();
  publish(s, flagged, await weir.publishUrl('live', 'two'), { loop: -1 });
  assert.equal((await later.caseOpened('live/two', 60000)).entry, 'film');
  await writeFile(list, `# again\n${text}`);
  assert.match(await weir.reload(), /^app: reloaded/);
  publish(s, flagged, await weir.publishUrl('live', 'three'), { loop: -1 });
  assert.equal((await later.caseOpened('live/three', 60000)).entry, 'film');
  assert.deepEqual((await left()).map((e) => [e.entry, e.line]).slice(1), [['black', 3], ['full', 5]]);

  // A list that has it no more takes it away.
  await writeFile(list, `hash\n${ZEROS}\n`);
  assert.match(await weir.reload(), /^app: reloaded/);
  const gone = (await weir.api('GET', 'banks/live/entries')).body.find((e) => e.entry === 'film');
  assert.match(gone.quarantined, /its line in the bank's file.* has changed or is gone/);
});
