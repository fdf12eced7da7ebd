// An entry that fires everywhere: told of, passed over once people have said
// that it means nothing, still so after a restart, and given back.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { publish, source } from './lib/ffmpeg.mjs';
import { BUILD, FLAGGED, TESTS } from './lib/places.mjs';
import { run } from './lib/program.mjs';
import { scenario } from './lib/scenario.mjs';
import { until } from './lib/wait.mjs';
import { Weir } from './lib/weir.mjs';

const LIST = path.join(TESTS, 'data/media/bank.csv');
// One entry that matches half of the film: what a logo is among many streams.
const HASH = readFileSync(LIST, 'utf8').split('\n').filter((line) => /^[0-9a-f]{64}/.test(line))[0].slice(0, 64);

scenario('an entry that people released on several streams opens no more cases', async (s) => {
  const weir = await Weir.start(s, {
    'bank live': { flood_streams: 3, flood_released: 2, radius: 63 },
    gate: { delay_ms: 8000, shutdown_timeout_ms: 500 },
  });
  const ctl = async (...args) => (await run(`${BUILD}/gateway/weirctl`, args, { env: { WEIR_URL: weir.url, WEIR_TOKEN: weir.token } })).out.list.join('\n');
  const { body } = await weir.api('POST', 'banks/live/entries', { entries: [{ hash: HASH, entry: 'logo' }] });
  assert.ok(body.entries[0].id);
  const review = await weir.review();
  const flagged = await source(s, FLAGGED, { from: 4, seconds: 7 });
  for (const name of ['a', 'b', 'c']) publish(s, flagged, await weir.publishUrl('live', name), { loop: -1 });
  const cases = [];
  for (const name of ['a', 'b', 'c']) cases.push(await review.caseOpened(`live/${name}`, 60000));
  const state = (wanted) => review.waitFor('bank.quarantine', (m) => m.state === wanted, 30000);
  const told = await state('flooding');
  assert.deepEqual([told.bank, told.entry], ['live', 'logo']);
  assert.match(told.reason, /^Fired on 3 streams of 3 publishers within 10 minutes; it goes on asking/);
  for (const one of cases.slice(0, 2)) {
    const answer = await review.command('case.decide', { case: one.id, verdict: 'release', note: 'a logo' });
    assert.equal(answer.ok, true, JSON.stringify(answer));
  }
  const quarantined = await state('quarantined');
  assert.match(quarantined.reason, /people released it on streams of 2 publishers\.$/);

  // What is open stays open; another stream opens none.
  publish(s, flagged, await weir.publishUrl('live', 'd'), { loop: -1 });
  await until(async () => ((await weir.stream('live/d'))?.sampling.done ?? 0) >= 8, 60000, 'eight pictures of another stream are looked at');
  const open = (await weir.api('GET', 'cases')).body;
  assert.deepEqual([open.length, open.filter((c) => c.verdict === null).map((c) => c.stream)], [3, ['live/c']]);
  const metrics = await (await weir.fetch('/metrics')).text();
  assert.match(metrics, /^weir_quarantined_entries 1$/m);
  assert.match(metrics, /^weir_quarantined_matches_total [1-9]/m);
  assert.match(await ctl('bank', 'quarantined', 'live'), /^logo +passed over +\S+ \S+ +weir +Fired on 3 streams/m);
  assert.equal((await weir.api('GET', 'banks')).body[0].quarantined, 1);
  assert.match((await weir.api('GET', 'banks/live/entries')).body[0].quarantined, /^Fired on/);

  await weir.stop();
  await weir.start();
  assert.equal((await weir.api('GET', 'banks/live/quarantine')).body[0].entry, 'logo');
  assert.match(await ctl('bank', 'release', 'live', 'logo', '--note', 'the film itself'), /count again/);
  assert.match(await ctl('bank', 'quarantined', 'live'), /^Nothing is quarantined or left out/);
  publish(s, flagged, await weir.publishUrl('live', 'e'), { loop: -1 });
  const later = await weir.review();
  assert.equal((await later.caseOpened('live/e', 60000)).entry, 'logo');
  const trail = (await weir.api('GET', 'trail')).body.map((r) => r.action);
  for (const action of ['bank.flood', 'bank.quarantine', 'bank.release']) assert.ok(trail.includes(action), action);

  assert.match(await ctl('bank', 'quarantine', 'live', 'other', '--note', 'by mistake'), /passed over/);
  assert.equal((await weir.api('GET', 'banks/live/quarantine')).body[0].reason, 'by mistake');
  assert.equal((await weir.api('POST', 'banks/none/quarantine', { entry: 'x' })).status, 404);
  assert.equal((await weir.api('POST', 'banks/live/quarantine', { entry: '' })).status, 400);
  assert.equal((await weir.api('POST', 'banks/live/release', { entry: 'x' })).status, 404);
});
