// A stream goes through unchanged, whole, and not before its delay is over.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { assertClean, assertRelayed } from './lib/compare.mjs';
import { elementary, publish, source } from './lib/ffmpeg.mjs';
import { tags, units, videoOf } from './lib/flv.mjs';
import { Nginx } from './lib/nginx.mjs';
import { FLAGGED } from './lib/places.mjs';
import { scenario } from './lib/scenario.mjs';
import { until } from './lib/wait.mjs';
import { NOT_LOOKED_AT, Weir, WITH_BANK } from './lib/weir.mjs';

const DELAY_MS = 3000;
const TOLERANCE_MS = 60;

scenario('a clip with B-frames arrives byte for byte, after the delay', async (s) => {
  const nginx = await Nginx.start(s);
  const weir = await Weir.start(s, { ...WITH_BANK, gate: { delay_ms: DELAY_MS }, 'egress out': nginx.egress });
  const review = await weir.review();
  const file = await source(s, FLAGGED, { seconds: 10 });
  assert.ok(videoOf(units(file)).some((u) => u.pts > u.dts + 60), 'the clip has B-frames');

  const ffmpeg = publish(s, file, await weir.publishUrl('live', 'cam'));
  const { stream } = await review.waitFor('stream.started');
  assert.equal(stream.delay_ms, DELAY_MS);
  assert.equal(stream.publisher, 'cam');

  // Looks at the recording as it grows: what stands in it must have been due.
  // ffmpeg begins to count when its publishing has been accepted.
  let looks = 0;
  let read = 13;
  const early = [];
  const look = async () => {
    const now = Date.now();
    const size = await nginx.size('cam');
    if (size > read) {
      const data = readFileSync(nginx.file('cam')).subarray(0, size);
      const last = tags(data).at(-1);
      if (last) {
        looks += 1;
        read = size;
        const ahead = stream.started_ms + last.dts + DELAY_MS - now;
        if (ahead > TOLERANCE_MS) early.push(ahead);
      }
    }
    return ffmpeg.status !== null;
  };
  await until(look, 30000, 'ffmpeg ends');
  await ffmpeg.finished();
  const gone = Date.now();

  const stopped = await review.stopped('live/cam');
  const recording = await nginx.recorded('cam');
  assert.ok(looks > 20, `${looks} looks at the recording`);
  assert.deepEqual(early, [], 'nothing arrived before it was due');
  s.say(`stopped ${stopped.at - gone} ms after the publisher, when all had gone out`);
  assert.equal(stopped.stream.state, 'ended');
  assert.equal(stopped.stream.egress[0].connects, 1);
  assert.equal(stopped.stream.packets.withheld, 0);
  assert.ok(stopped.stream.packets.skipped <= 1, 'at most the metadata, which a connection begins with anyhow');
  assert.equal(stopped.stream.window.packets, 0);

  assertRelayed(recording, file);
  assertClean(recording);
  for (const kind of ['video', 'audio']) {
    assert.equal(await elementary(s, recording, kind), await elementary(s, file, kind), `${kind} as ffmpeg reads it`);
  }
  const { p50_ms, p99_ms, max_ms } = stopped.stream.lateness;
  s.say(`lateness: p50 ${p50_ms} ms, p99 ${p99_ms} ms, greatest ${max_ms} ms`);
  assert.equal(await weir.stream('live/cam'), undefined);
});

scenario('a burst of a whole clip at once loses nothing', async (s) => {
  const nginx = await Nginx.start(s);
  const weir = await Weir.start(s, { ...NOT_LOOKED_AT, gate: { delay_ms: 1500 }, 'egress out': nginx.egress });
  const review = await weir.review();
  const file = await source(s, FLAGGED);
  assert.ok(units(file).length > 1024 + 256, 'more than the gate puts out at once');
  const ffmpeg = publish(s, file, await weir.publishUrl('live', 'cam'), { rate: 0 });
  await ffmpeg.finished();
  await review.stopped('live/cam');
  assertRelayed(await nginx.recorded('cam'), file);
});

scenario('over IPv6, in and out', async (s) => {
  const nginx = await Nginx.start(s, { host: '[::1]' });
  const weir = await Weir.start(s, { ...NOT_LOOKED_AT, rtmp: { address: '::1' }, gate: { delay_ms: 500 }, 'egress out': nginx.egress });
  const review = await weir.review();
  const file = await source(s, FLAGGED, { seconds: 3 });
  const url = (await weir.publishUrl('live', 'cam')).replace('127.0.0.1', '[::1]');
  const ffmpeg = publish(s, file, url);
  await weir.says(/\[::1\]:\d+: publishes live\/cam/);
  await ffmpeg.finished();
  await review.stopped('live/cam');
  assertRelayed(await nginx.recorded('cam'), file);
});
