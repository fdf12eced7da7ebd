// A publisher that is lost and comes back while its window is still held.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { assertClean, foundIn, placesIn } from './lib/compare.mjs';
import { decodes, publish, source } from './lib/ffmpeg.mjs';
import { audioOf, rewrite, units, videoOf } from './lib/flv.mjs';
import { Nginx } from './lib/nginx.mjs';
import { FLAGGED } from './lib/places.mjs';
import { scenario } from './lib/scenario.mjs';
import { NOT_LOOKED_AT, Weir } from './lib/weir.mjs';

scenario('it goes on in the same stream, over the same connection downstream', async (s) => {
  const nginx = await Nginx.start(s);
  const weir = await Weir.start(s, { ...NOT_LOOKED_AT, gate: { delay_ms: 4000 }, 'egress out': nginx.egress });
  const review = await weir.review();
  const file = await source(s, FLAGGED, { seconds: 5 });
  const url = await weir.publishUrl('live', 'cam');
  const started = review.waitFor('stream.started');

  const first = publish(s, file, url);
  await review.waitFor('stream.updated', (m) => m.stream.packets.sent > 0);
  await first.kill();
  const draining = await review.waitFor('stream.updated', (m) => m.stream.state === 'draining');
  assert.equal(draining.stream.session, 1);

  const from = review.mark;
  const second = publish(s, file, url);
  const { stream } = await review.waitFor('stream.updated', (m) => m.stream.state === 'live', 10000, from);
  assert.equal(stream.session, 2);
  assert.equal(stream.started_ms, (await started).stream.started_ms);
  const on = await review.waitFor('stream.updated', (m) => m.stream.session === 2 && m.stream.stream_time_ms > draining.stream.stream_time_ms, 10000, from);
  assert.ok(on.stream.stream_time_ms > draining.stream.stream_time_ms, 'stream time goes on');
  await second.finished();
  const stopped = await review.stopped('live/cam');
  assert.equal(review.events.filter((m) => m.type === 'stream.started').length, 1);
  assert.equal(review.events.filter((m) => m.type === 'stream.stopped').length, 1);
  assert.equal(stopped.stream.egress[0].connects, 1);
  assert.equal(nginx.count('publish', 'cam'), 1);

  const recording = await nginx.recorded('cam');
  assertClean(recording);
  await decodes(recording);
  const [got, sent] = [units(recording), units(file)];
  const pictures = videoOf(got);
  const again = pictures.findIndex((u, i) => i > 0 && u.data.equals(videoOf(sent)[0].data));
  assert.ok(again > 24, 'the first session is there');
  assert.ok(pictures[again].key);
  assert.equal(pictures.length - again, videoOf(sent).length, 'the second session is there, whole');
  assert.ok(placesIn(file, recording).slice(0, again).every((p, i) => p === i));
  const pause = pictures[again].dts - pictures[again - 1].dts;
  assert.ok(pause > 0 && pause < 4000, `${pause} ms lie between the sessions`);
  assert.ok(audioOf(got).length > audioOf(sent).length);
});

scenario('who holds the key takes over from a connection that fell silent', async (s) => {
  const weir = await Weir.start(s, { ...NOT_LOOKED_AT, gate: { delay_ms: 1000 }, rtmp: { address: '127.0.0.1', port: 0, takeover_ms: 1000 } });
  const review = await weir.review();
  const file = await source(s, FLAGGED, { seconds: 20 });
  const url = await weir.publishUrl('live', 'cam');

  const first = publish(s, file, url);
  await review.waitFor('stream.updated', (m) => m.stream.packets.sent + m.stream.packets.withheld > 0 || m.stream.window.packets > 0);
  const early = publish(s, file, url);
  await early.says(/A stream of this name is being published already\./);
  first.signal('SIGSTOP');
  await review.waitFor('stream.updated', (m) => m.stream.window.packets === 0);

  const from = review.mark;
  publish(s, file, url);
  const { stream } = await review.waitFor('stream.updated', (m) => m.stream.session === 2, 10000, from);
  assert.equal(stream.state, 'live');
  first.signal('SIGCONT');
  const { code } = await first.ended();
  assert.notEqual(code, 0, 'the old connection is closed');
});

scenario('a second session without a key frame shows nothing', async (s) => {
  const nginx = await Nginx.start(s);
  const weir = await Weir.start(s, { ...NOT_LOOKED_AT, gate: { delay_ms: 2000 }, 'egress out': nginx.egress });
  const review = await weir.review();
  const file = await source(s, FLAGGED, { seconds: 8 });
  const later = await source(s, FLAGGED, { from: 12, seconds: 4 });
  const headless = s.path('headless.flv');
  const isKey = ({ type, body }) => type === 9 && body[0] >> 4 === 1 && body[1] === 1;
  writeFileSync(headless, rewrite(later, (list) => list.filter((tag) => !isKey(tag))));
  const url = await weir.publishUrl('live', 'cam');

  const first = publish(s, file, url);
  await review.waitFor('stream.updated', (m) => m.stream.packets.sent > 0);
  await first.kill();
  await review.waitFor('stream.updated', (m) => m.stream.state === 'draining');
  const from = review.mark;
  const second = publish(s, headless, url);
  await review.waitFor('stream.updated', (m) => m.stream.session === 2, 10000, from);
  await second.finished();
  await review.stopped('live/cam');
  const recording = await nginx.recorded('cam');
  assert.deepEqual(foundIn(recording, videoOf(units(headless))).map((u) => u.pts), []);
  await decodes(recording);
});
