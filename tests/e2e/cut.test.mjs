// Cut and release: what leaves, who may come back, what is written down.

import assert from 'node:assert/strict';
import { assertRelayed, foundIn, unitsOfSpan } from './lib/compare.mjs';
import { query } from './lib/database.mjs';
import { publish, source } from './lib/ffmpeg.mjs';
import { Nginx } from './lib/nginx.mjs';
import { FLAGGED } from './lib/places.mjs';
import { scenario } from './lib/scenario.mjs';
import { verify } from './lib/trail.mjs';
import { Weir, WITH_BANK } from './lib/weir.mjs';

const BARRED = /ended by a reviewer and is barred/;
const setup = (delay_ms, nginx) => ({ ...WITH_BANK, gate: { delay_ms }, 'egress out': nginx.egress });

async function assertBarred(s, file, url) {
  const again = publish(s, file, url);
  const { code } = await again.ended(15000);
  assert.notEqual(code, 0);
  assert.match(again.text, BARRED);
}

scenario('a cut within the delay lets nothing flagged out, and sticks', async (s) => {
  const nginx = await Nginx.start(s);
  const weir = await Weir.start(s, setup(5000, nginx));
  let review = await weir.review();
  const file = await source(s, FLAGGED, { from: 4, seconds: 16 }); // flagged from its second 4 on
  const { secret } = await weir.key('live', 'cam');
  const url = () => weir.publishUrl('live', 'cam', secret);
  const ffmpeg = publish(s, file, await url());

  const c = await review.caseOpened('live/cam');
  // Viewers have the beginning already, when the decision comes.
  await review.waitFor('stream.updated', (m) => m.stream.packets.sent > 20);
  const cut = await review.command('case.decide', { case: c.id, verdict: 'cut', note: 'seen' }, 'the-cut');
  assert.deepEqual([cut.ok, cut.applied, cut.error], [true, true, null]);
  assert.equal(cut.exposure_ms, 0);
  assert.ok(cut.time_to_cut_us >= 0);
  s.say(`time to cut: ${cut.time_to_cut_us} µs`);

  const { code } = await ffmpeg.ended();
  assert.notEqual(code, 0);
  assert.match(ffmpeg.text, /A reviewer ended this stream\./);
  const gate = await review.waitFor('gate.changed');
  assert.deepEqual([gate.stream, gate.state, gate.cause, gate.by, gate.exposure_ms], ['live/cam', 'cut', 'reviewer', 'admin', 0]);
  const closed = await review.waitFor('case.closed');
  assert.deepEqual([closed.case.verdict, closed.case.decided_by, closed.case.exposure_ms, closed.case.note], ['cut', 'admin', 0, 'seen']);
  await review.stopped('live/cam');

  const recording = await nginx.recorded('cam');
  const flagged = unitsOfSpan(file, c.span.from_ms);
  assert.ok(flagged.length > 100, `${flagged.length} flagged units to look for`);
  assert.deepEqual(foundIn(recording, flagged).map((u) => u.pts), []);
  assert.ok(foundIn(recording, unitsOfSpan(file, 0, c.span.from_ms)).length > 0, 'what was public before is there');

  // The same id is answered again, here and on another connection, and is
  // done once.
  const plain = ({ at, ...message }) => message;
  assert.deepEqual(plain(await review.command('case.decide', { case: c.id, verdict: 'cut', note: 'seen' }, 'the-cut')), plain(cut));
  const other = await weir.review();
  assert.deepEqual(plain(await other.command('case.decide', { case: c.id, verdict: 'cut', note: 'seen' }, 'the-cut')), plain(cut));
  assert.equal((await query(weir, "SELECT * FROM trail WHERE action = 'case.cut'")).length, 1);
  const otherwise = await review.command('case.decide', { case: c.id, verdict: 'release' });
  assert.deepEqual([otherwise.ok, otherwise.error], [false, 'conflict']);

  // The bar: for the old key too, after a restart too.
  await assertBarred(s, file, await url());
  const bars = (await weir.api('GET', 'bars')).body;
  assert.deepEqual(bars.map((b) => [b.stream, b.publisher, b.case]), [['live/cam', 'cam', c.id]]);
  await weir.stop();
  await weir.start();
  review = await weir.review();
  assert.ok(review.snapshot.cases.some((one) => one.id === c.id && one.verdict === 'cut'), 'the case outlives a restart');
  await assertBarred(s, file, await url());

  assert.equal((await review.command('stream.unbar', { stream: 'live/cam', reason: 'appeal' })).ok, true);
  const again = publish(s, file, await url());
  await review.waitFor('stream.started');
  const byStream = await review.command('stream.cut', { stream: 'live/cam', reason: 'enough' });
  assert.equal(byStream.ok, true);
  assert.notEqual((await again.ended()).code, 0);
  assert.equal((await review.command('stream.cut', { stream: 'nonsense' })).error, 'bad_request');
  assert.equal((await review.command('stream.explode', { stream: 'live/cam' })).error, 'unknown_command');

  const trail = await query(weir, 'SELECT * FROM trail ORDER BY number');
  verify(trail);
  assert.deepEqual(
    trail.map((r) => r.action).filter((a) => /^(stream|case)\./.test(a)),
    ['case.open', 'case.cut', 'stream.unbar', 'stream.cut'],
  );
  const record = trail.find((r) => r.action === 'case.cut');
  assert.deepEqual([record.actor, record.subject], ['user:admin', `case:${c.id}`]);
  assert.equal(JSON.parse(record.detail).result.exposure_ms, 0);
  const forged = trail.map((r) => (r === record ? { ...r, actor: 'user:nobody' } : r));
  assert.throws(() => verify(forged), /is what was hashed/);
});

scenario('a release lets all of it out', async (s) => {
  const nginx = await Nginx.start(s);
  const weir = await Weir.start(s, setup(3000, nginx));
  const review = await weir.review();
  const file = await source(s, FLAGGED, { from: 6, seconds: 5 }); // flagged from its second 2 on
  const ffmpeg = publish(s, file, await weir.publishUrl('live', 'cam'));
  const c = await review.caseOpened('live/cam');
  const released = await review.command('case.decide', { case: c.id, verdict: 'release', note: '' });
  assert.deepEqual([released.ok, released.applied], [true, true]);
  const closed = await review.waitFor('case.closed');
  assert.equal(closed.case.verdict, 'release');
  await ffmpeg.finished();
  await review.stopped('live/cam');
  const recording = await nginx.recorded('cam');
  assertRelayed(recording, file);
  const flagged = unitsOfSpan(file, c.span.from_ms);
  assert.equal(foundIn(recording, flagged).length, flagged.length);
  const after = (await weir.api('GET', `cases/${c.id}`)).body;
  assert.ok(after.exposure_ms > 2000, `${after.exposure_ms} ms of the span were public in the end`);
});

scenario('a cut after the publisher has left withholds what is still held', async (s) => {
  const nginx = await Nginx.start(s);
  const weir = await Weir.start(s, setup(5000, nginx));
  const review = await weir.review();
  const file = await source(s, FLAGGED, { from: 4, seconds: 8 });
  const url = await weir.publishUrl('live', 'cam');
  // Four times as fast as it plays: then it has gone when the first is due.
  const ffmpeg = publish(s, file, url, { rate: 4 });
  const c = await review.caseOpened('live/cam');
  await ffmpeg.finished();
  await review.waitFor('stream.updated', (m) => m.stream.state === 'draining' && m.stream.packets.sent > 20);
  const cut = await review.command('stream.cut', { stream: 'live/cam', reason: 'late' });
  assert.equal(cut.ok, true);
  const stopped = await review.stopped('live/cam');
  assert.ok(stopped.stream.gate === 'cut' && stopped.stream.packets.sent > 0, 'it was being sent');
  const recording = await nginx.recorded('cam');
  const sent = foundIn(recording, unitsOfSpan(file, 0)).map((u) => u.pts);
  const all = unitsOfSpan(file, 0).map((u) => u.pts);
  assert.ok(Math.max(...sent) < Math.max(...all) - 1000, `sent up to ${Math.max(...sent)} of ${Math.max(...all)} ms`);
  const inSpan = foundIn(recording, unitsOfSpan(file, c.span.from_ms));
  const closed = (await weir.api('GET', `cases/${c.id}`)).body;
  assert.equal(closed.verdict, 'cut');
  assert.equal(inSpan.length > 0, closed.exposure_ms > 0, `${inSpan.length} flagged units, exposure ${closed.exposure_ms} ms`);
  await assertBarred(s, file, url);
});
