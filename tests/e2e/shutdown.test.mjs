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
