// SIGTERM while a stream is live.

import assert from 'node:assert/strict';
import { assertClean, placesIn } from './lib/compare.mjs';
import { publish, source } from './lib/ffmpeg.mjs';
import { Nginx } from './lib/nginx.mjs';
import { CLEAN } from './lib/places.mjs';
import { scenario } from './lib/scenario.mjs';
import { NOT_LOOKED_AT, Weir } from './lib/weir.mjs';

scenario('the publisher is told, what is held goes out, the exit status is 0', async (s) => {
  const nginx = await Nginx.start(s);
  const weir = await Weir.start(s, { ...NOT_LOOKED_AT, gate: { delay_ms: 3000 }, 'egress out': nginx.egress });
  const review = await weir.review();
  const file = await source(s, CLEAN, { seconds: 16 });
  const ffmpeg = publish(s, file, await weir.publishUrl('live', 'cam'));
  await review.waitFor('stream.updated', (m) => m.stream.packets.sent > 60);

  const from = review.mark;
  const stopping = weir.stop();
  stopping.catch(() => {}); // asserted below
  const { code } = await ffmpeg.ended();
  assert.notEqual(code, 0);
  assert.match(ffmpeg.text, /Server error: the server is shutting down/i);
  const draining = await review.waitFor('stream.updated', (m) => m.stream.state === 'draining', 10000, from);
  const stopped = await review.stopped('live/cam', 20000, from);
  assert.equal(await review.closed, 1001, 'the reviewer is told that this is the end');
  await stopping;
  assert.ok(stopped.stream.packets.sent > draining.stream.packets.sent, 'the window played out');
  assert.equal(stopped.stream.window.packets, 0);

  const recording = await nginx.recorded('cam');
  assertClean(recording);
  const places = placesIn(file, recording);
  assert.ok(places.every((p, i) => p === i), 'from the first picture on, without gaps');
  // ffmpeg says what it sent; the rest was in its socket.
  const sent = Number(ffmpeg.text.match(/frame=\s*(\d+)(?!.*frame=)/s)[1]);
  assert.ok(places.length > sent - 15, `${places.length} of ${sent} pictures`);
});

scenario('who comes meanwhile is told, and a second signal ends at once', async (s) => {
  const weir = await Weir.start(s, { ...NOT_LOOKED_AT, gate: { delay_ms: 60000, shutdown_timeout_ms: -1 } });
  const review = await weir.review();
  const file = await source(s, CLEAN, { seconds: 16 });
  publish(s, file, await weir.publishUrl('live', 'cam'));
  const late = await weir.publishUrl('live', 'late');
  await review.waitFor('stream.updated', (m) => m.stream.window.packets > 60);

  weir.program.signal('SIGTERM');
  await weir.says(/no new publishers, what is held goes out within 70000 ms/);
  const refused = publish(s, file, late);
  assert.notEqual((await refused.ended()).code, 0);
  assert.match(refused.text, /Server error: The server is shutting down\./);
  assert.equal((await weir.stream('live/cam')).state, 'draining');
  assert.equal((await weir.fetch('/readyz')).status, 503);
  assert.equal((await weir.fetch('/healthz')).status, 200);

  weir.program.signal('SIGTERM');
  await weir.says(/second signal: ending now/);
  assert.deepEqual(await weir.program.ended(5000), { code: 1, signal: null });
});

scenario('what has not gone out in time does not, and the end is clean all the same', async (s) => {
  const nginx = await Nginx.start(s);
  const weir = await Weir.start(s, { ...NOT_LOOKED_AT, gate: { delay_ms: 3000, shutdown_timeout_ms: 0 }, 'egress out': nginx.egress });
  const review = await weir.review();
  const file = await source(s, CLEAN, { seconds: 16 });
  publish(s, file, await weir.publishUrl('live', 'cam'));
  await review.waitFor('stream.updated', (m) => m.stream.packets.sent > 60);
  const stopping = weir.stop();
  const stopped = await review.stopped('live/cam');
  await stopping;
  assert.ok(stopped.stream.window.packets > 0, 'the window was not waited for');
  assertClean(await nginx.recorded('cam'));
});

scenario('a gateway without streams ends at once', async (s) => {
  const weir = await Weir.start(s, { gate: { shutdown_timeout_ms: 600000 } });
  await weir.stop(10000);
});
