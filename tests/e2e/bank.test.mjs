// Banks while the gateway runs: what is put in counts at once and for what was
// just looked at, is kept, and goes again; what is known to be good is not
// flagged.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { publish, source } from './lib/ffmpeg.mjs';
import { BUILD, FLAGGED, TESTS } from './lib/places.mjs';
import { Program } from './lib/program.mjs';
import { scenario } from './lib/scenario.mjs';
import { until } from './lib/wait.mjs';
import { Weir, WITH_BANK } from './lib/weir.mjs';

const LIST = path.join(TESTS, 'data/media/bank.csv');
const HASH = 'f8f8f0cce0f4e84d0e370a22028f67f0b36e2ed596623e1d33e6339c4e9c9b22';

async function weirctl(weir, ...args) {
  const program = new Program('weirctl', path.join(BUILD, 'gateway/weirctl'), args, {
    env: { WEIR_URL: weir.url, WEIR_TOKEN: weir.token },
  });
  const { code } = await program.ended();
  return { code, lines: program.out.list, err: program.err.list.join('\n') };
}

const looked = async (weir, name) => (await weir.api('GET', 'streams')).body.find((s) => s.path === name)?.sampling.done ?? 0;
const banks = async (weir) => Object.fromEntries((await weir.api('GET', 'banks')).body.map((b) => [b.name, b]));

scenario('an entry counts as soon as it is in, and for what was looked at before', async (s) => {
  const weir = await Weir.start(s, { 'bank live': { source: 'the test' }, gate: { delay_ms: 8000 } });
  const review = await weir.review();
  const flagged = await source(s, FLAGGED, { from: 4, seconds: 16, name: 'flagged.flv' });
  const bad = publish(s, flagged, await weir.publishUrl('live', 'bad'));
  await until(async () => (await looked(weir, 'live/bad')) >= 4, 40000, 'four pictures are looked at, two of them flagged');

  const entries = readFileSync(LIST, 'utf8').trim().split('\n').filter((line) => !/^(#|hash)/.test(line)).length;
  const put = await weirctl(weir, 'bank', 'import', 'live', LIST);
  assert.deepEqual([put.code, put.err], [0, '']);
  const [, added] = put.lines[0].match(/^(\d+) added, 0 of them quarantined; \d+ already there; 0 refused\. The latest pictures of all live streams are being looked through\.$/);
  assert.ok(Number(added) > 0 && Number(added) <= entries, put.lines[0]);
  await weir.says(/[1-9]\d* pictures of before match what the banks have now/);
  const opened = await review.waitFor('case.opened', () => true, 20000);
  assert.equal(opened.case.bank, 'live');
  assert.equal(opened.case.item, 'big-buck-bunny');
  await review.waitFor('case.updated', (m) => m.case.hits > opened.case.hits, 20000);

  const again = await weirctl(weir, 'bank', 'import', 'live', LIST);
  assert.match(again.lines[0], /^0 added, 0 of them quarantined; \d+ already there; 0 refused\.$/);
  await bad.finished();

  // It is kept, and so is how often it matched.
  const hits = (await banks(weir)).live.hits;
  assert.ok(hits > 1, `${hits} hits`);
  await weir.stop();
  await weir.start();
  const bank = (await banks(weir)).live;
  assert.equal(bank.hits, hits);
  assert.ok(bank.last_hit_ms > Date.now() - 300000 && bank.hits_hour === 0);
  const counted = (await weir.api('GET', 'banks/live/entries')).body.filter((e) => e.hits > 0);
  assert.ok(counted.length > 0 && counted.every((e) => e.hits <= hits && e.last_hit_ms <= bank.last_hit_ms));
  const [, ...table] = (await weirctl(weir, 'bank', 'list')).lines;
  assert.match(table[0], new RegExp(`^live .* ${hits} +\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\dZ +on +the test$`));
  assert.deepEqual([bank.entries, bank.source, bank.enabled, bank.known_good], [Number(added), 'the test', true, false]);
  const { lines } = await weirctl(weir, 'bank', 'export', 'live');
  assert.equal(lines.length, 1 + bank.entries);
  const tx = await weirctl(weir, 'bank', 'export', '--format', 'tx', 'live');
  assert.equal(tx.lines[0], 'signal_type,signal_str,collab,category,tags');
  assert.equal(tx.lines[1].split(',')[1], lines[1].split(',')[0]);
  const id = lines[1].split(',').at(-1);
  assert.equal((await weirctl(weir, 'bank', 'remove', 'live', id)).code, 0);
  assert.equal((await banks(weir)).live.entries, bank.entries - 1);
  const gone = await weirctl(weir, 'bank', 'remove', 'live', id);
  assert.equal(gone.code, 1);
  assert.match(gone.err, /no such entry/);
  const trail = (await weir.api('GET', 'trail')).body;
  assert.equal(trail.filter((r) => r.action === 'bank.delete' && r.subject === 'bank:live').length, 1);
  assert.ok(trail.some((r) => r.action === 'bank.import' && r.detail.put === bank.entries));
});

scenario('what is known to be good is not flagged', async (s) => {
  const weir = await Weir.start(s, { ...WITH_BANK, 'bank fine': { file: LIST, known_good: 'true' }, gate: { delay_ms: 3000 } });
  const flagged = await source(s, FLAGGED, { from: 4, seconds: 8, name: 'flagged.flv' });
  const bad = publish(s, flagged, await weir.publishUrl('live', 'bad'));
  await until(async () => (await looked(weir, 'live/bad')) >= 3, 30000, 'three pictures are looked at');
  await bad.finished();
  assert.deepEqual((await weir.api('GET', 'cases')).body, []);
  assert.ok(weir.lines().some((line) => /known to be good by bank fine/.test(line)));
});

scenario('an entry that is put in is silenced by what is known to be good, in the pictures of before as well', async (s) => {
  const weir = await Weir.start(s, {
    'bank live': {}, 'bank fine': { file: LIST, known_good: 'true' }, gate: { delay_ms: 8000 },
  });
  const flagged = await source(s, FLAGGED, { from: 4, seconds: 16, name: 'flagged.flv' });
  publish(s, flagged, await weir.publishUrl('live', 'bad'));
  await until(async () => (await looked(weir, 'live/bad')) >= 4, 40000, 'four pictures are looked at, two of them flagged');
  const hashes = readFileSync(LIST, 'utf8').split('\n').filter((line) => /^[0-9a-f]{64}/.test(line)).map((line) => line.slice(0, 64));
  const put = await weir.api('POST', 'banks/live/entries', { entries: hashes.map((hash) => ({ hash })) });
  assert.ok(put.body.found_in_recent > 0, JSON.stringify(put.body));
  await weir.says(/known to be good by bank fine/);
  const before = await looked(weir, 'live/bad');
  await until(async () => (await looked(weir, 'live/bad')) > before + 1, 20000, 'more pictures are looked at');
  assert.deepEqual((await weir.api('GET', 'cases')).body, []);
});

scenario('entries that cannot be used are refused, each with its reason', async (s) => {
  const weir = await Weir.start(s, { 'bank live': {}, 'bank off': { enabled: 'false' } });
  const post = (bank, body) => weir.api('POST', `banks/${bank}/entries`, body);
  const { body } = await post('live', {
    entries: [
      { hash: HASH.toUpperCase(), item: 'film', opinion: 'positive' },
      { hash: HASH.slice(1) },
      { hash: '0'.repeat(64) },
      { hash: HASH, quality: 101 },
      { hash: HASH, opinion: 'maybe' },
      { hash: HASH, note: 'a\nb' },
      7,
    ],
  });
  const [good, short, zeros, ...others] = body.entries;
  assert.ok(good.id && !good.quarantined);
  assert.match(short.refused, /64 hex digits/);
  assert.match(zeros.quarantined, /black picture/);
  assert.match(others[0].refused, /quality/);
  assert.match(others[1].refused, /opinion/);
  assert.match(others[2].refused, /control character/);
  assert.match(others[3].refused, /not an object/);
  assert.equal((await banks(weir)).live.entries, 2);
  const [first] = (await weir.api('GET', 'banks/live/entries')).body;
  assert.deepEqual([first.hash, first.item, first.by], [HASH, 'film', 'admin']);
  assert.equal((await post('live', { entries: [{ hash: HASH }] })).body.entries[0].known, true);

  assert.equal((await post('none', { entries: [{ hash: HASH }] })).status, 404);
  assert.equal((await weir.api('GET', 'banks/none/entries')).status, 404);
  for (const entries of [undefined, [], {}, Array(501).fill({ hash: HASH })]) assert.equal((await post('live', { entries })).status, 400);
  assert.equal((await post('off', { entries: [{ hash: HASH }] })).status, 200);
  assert.equal((await banks(weir)).off.entries, 1);
});
