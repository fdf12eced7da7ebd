// Distribution servers that are late, killed, frozen, or two.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { assertClean, assertRelayed, placesIn } from './lib/compare.mjs';
import { publish, source } from './lib/ffmpeg.mjs';
import { fatten, units, videoOf } from './lib/flv.mjs';
import { residentBytes } from './lib/linux.mjs';
import { Nginx } from './lib/nginx.mjs';
import { CLEAN, FLAGGED } from './lib/places.mjs';
import { scenario } from './lib/scenario.mjs';
import { NOT_LOOKED_AT, Weir } from './lib/weir.mjs';

const DELAY_MS = 1000;
const config = (egresses) => ({ ...NOT_LOOKED_AT, gate: { delay_ms: DELAY_MS }, ...egresses });
const stalled = (m) => m.stream.path === 'heavy/cam' && /stopped taking data/.test(m.stream.egress[0].error);
const state = (name, wanted, at = 0) => (m) => m.stream.path === name && m.stream.egress[at].state === wanted;

scenario('a server that is down at first, and is killed in the middle, gets what is live then', async (s) => {
  const late = await Nginx.prepare(s, { folder: 'late' });
  const steady = await Nginx.start(s, { folder: 'steady' });
  const weir = await Weir.start(s, config({ 'egress late': late.egress, 'egress steady': steady.egress }));
  const review = await weir.review();
  const file = await source(s, FLAGGED, { seconds: 16 });
  const ffmpeg = publish(s, file, await weir.publishUrl('live', 'cam'));

  const waiting = await review.waitFor('stream.updated', state('live/cam', 'waiting'));
  assert.match(waiting.stream.egress[0].error, /refused/);
  await review.waitFor('stream.updated', (m) => m.stream.packets.sent > 40); // to the other one
  await late.start();
  await review.waitFor('stream.updated', state('live/cam', 'live'));
  await review.waitFor('stream.updated', (m) => m.stream.egress[0].bytes > 50000);
  await late.kill();
  let from = review.mark;
  const lost = await review.waitFor('stream.updated', state('live/cam', 'waiting'), 10000, from);
  assert.equal(lost.stream.state, 'live');
  assert.equal(lost.stream.egress[0].connects, 1);
  const again = await Nginx.prepare(s, { folder: 'again', port: late.port });
  await again.start();
  from = review.mark;
  const back = await review.waitFor('stream.updated', state('live/cam', 'live'), 20000, from);
  assert.equal(back.stream.egress[0].connects, 2);
  await ffmpeg.finished(); // never disturbed
  const stopped = await review.stopped('live/cam');
  assert.equal(stopped.stream.session, 1);

  assertRelayed(await steady.recorded('cam'), file);
  assert.equal(stopped.stream.egress[1].connects, 1);
  const before = late.file('cam');
  const after = await again.recorded('cam');
  for (const part of [before, after]) {
    assertClean(part);
    assert.ok(placesIn(file, part).every((p, i, all) => p >= 0 && (i === 0 || p === all[i - 1] + 1)), 'without gaps inside');
  }
  const [begin] = placesIn(file, before);
  assert.ok(begin > 0, `${begin}: the first part begins later than the stream`);
  assert.equal(placesIn(file, after).at(-1), videoOf(units(file)).length - 1, 'the last part goes on to the end');
});

scenario('a server that hangs is noticed before its buffers are full', async (s) => {
  const nginx = await Nginx.start(s);
  const weir = await Weir.start(s, config({ 'egress out': nginx.egress }));
  const review = await weir.review();
  const file = await source(s, CLEAN, { seconds: 14 });
  const ffmpeg = publish(s, file, await weir.publishUrl('live', 'cam'));

  await review.waitFor('stream.updated', (m) => m.stream.egress[0].bytes > 100000);
  nginx.freeze();
  const at = Date.now();
  let from = review.mark;
  await weir.says(/the server does not answer any more/);
  s.say(`noticed after ${Date.now() - at} ms`);
  const hangs = (m) => /does not answer any more/.test(m.stream.egress[0].error);
  const lost = await review.waitFor('stream.updated', hangs, 10000, from);
  assert.equal(lost.stream.state, 'live');
  nginx.thaw();
  from = review.mark;
  const back = await review.waitFor('stream.updated', state('live/cam', 'live'), 20000, from);
  assert.equal(back.stream.egress[0].connects, 2);
  await ffmpeg.finished();
  await review.stopped('live/cam');
});

scenario('a frozen server whose buffers are full is noticed, costs little memory and delays nobody else', async (s) => {
  const frozen = await Nginx.start(s, { folder: 'frozen' });
  const steady = await Nginx.start(s, { folder: 'steady' });
  const weir = await Weir.start(s, config({
    'egress frozen': { ...frozen.egress, app: 'heavy', ping: false },
    'egress steady': { ...steady.egress, app: 'live' },
  }));
  const review = await weir.review();
  const light = await source(s, CLEAN, { seconds: 16 });
  // 200 kB more a picture, some 40 Mbit/s, so that the sockets' buffers fill up soon.
  const heavy = s.path('heavy.flv');
  writeFileSync(heavy, fatten(await source(s, FLAGGED, { seconds: 16, name: 'thin.flv' }), 200000));
  const first = publish(s, heavy, await weir.publishUrl('heavy', 'cam'));
  const second = publish(s, light, await weir.publishUrl('live', 'calm'));

  await review.waitFor('stream.updated', (m) => m.stream.path === 'heavy/cam' && m.stream.egress[0].bytes > 5000000);
  const memory = residentBytes(weir.pid);
  frozen.freeze();
  const at = Date.now();
  let from = review.mark;
  const lost = await review.waitFor('stream.updated', stalled, 12000, from);
  s.say(`noticed after ${lost.at - at} ms, ${((residentBytes(weir.pid) - memory) / 1e6).toFixed(1)} MB more`);
  assert.equal(lost.stream.state, 'live');
  assert.ok(residentBytes(weir.pid) - memory < 48e6, 'memory stays bounded');

  frozen.thaw();
  from = review.mark;
  const back = await review.waitFor('stream.updated', state('heavy/cam', 'live'), 20000, from);
  assert.equal(back.stream.egress[0].connects, 2);
  await Promise.all([first.finished(), second.finished()]);
  const calm = await review.stopped('live/calm');
  s.say(`the other stream's lateness: p99 ${calm.stream.lateness.p99_ms} ms`);
  assertRelayed(await steady.recorded('calm'), light);
});
