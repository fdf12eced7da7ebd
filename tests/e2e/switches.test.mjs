// Fifty switches between content and slate, and a delay that changes, in one
// stream: what comes out is one clean stream all the same.

import assert from 'node:assert/strict';
import { assertClean, foundIn, placesIn, unitsOfSpan } from './lib/compare.mjs';
import { decodes, publish } from './lib/ffmpeg.mjs';
import { audioOf, units, videoOf } from './lib/flv.mjs';
import { Nginx } from './lib/nginx.mjs';
import { run } from './lib/program.mjs';
import { scenario } from './lib/scenario.mjs';
import { NOT_LOOKED_AT, Weir } from './lib/weir.mjs';

const FRAME_MS = 40;
const SPANS = 25;

/** B-frames, and a key frame every 12 pictures. */
async function made(s, seconds, params = 'scenecut=0') {
  const file = s.path(`made-${seconds}.flv`);
  await run('ffmpeg', [
    '-nostdin', '-loglevel', 'error', '-f', 'lavfi', '-i', `testsrc2=size=320x180:rate=25:duration=${seconds}`,
    '-f', 'lavfi', '-i', `anoisesrc=sample_rate=48000:amplitude=0.2:seed=1:duration=${seconds}`, '-c:v', 'libx264', '-preset', 'veryfast',
    '-pix_fmt', 'yuv420p', '-bf', '2', '-g', '12', '-x264-params', params, '-b:v', '400k', '-c:a', 'aac', '-b:a', '96k', '-f', 'flv', file,
  ]);
  return file;
}

const largestStep = (list) => Math.max(...list.map((u, i) => (i > 0 ? u.dts - list[i - 1].dts : 0)));

/** How much later each unit of SOURCE is shown in RECORDING, by its place. */
function shifts(source, recording, of) {
  const sent = of(units(source));
  let from = 0;
  return of(units(recording)).flatMap((u) => {
    const at = sent.findIndex((o, i) => i >= from && o.data.equals(u.data));
    if (at < 0) return [];
    from = at + 1;
    return [{ pts: sent[at].pts, shift: u.pts - sent[at].pts }];
  });
}

scenario('fifty switches leave one clean stream', async (s) => {
  const nginx = await Nginx.start(s);
  const weir = await Weir.start(s, { ...NOT_LOOKED_AT, gate: { delay_ms: 2000 }, 'egress out': nginx.egress });
  const review = await weir.review();
  const file = await made(s, SPANS + 3);
  const ffmpeg = publish(s, file, await weir.publishUrl('live', 'cam'), { rate: 2 });

  await review.waitFor('stream.started');
  for (let k = 1; k <= SPANS; k += 1) {
    const answer = await review.command('stream.redact', { stream: 'live/cam', from_ms: k * 1000 + 100, to_ms: k * 1000 + 300 });
    assert.deepEqual([answer.ok, answer.exposure_ms], [true, 0], answer.message);
  }
  await weir.says(/muxer: slate ready/);
  await ffmpeg.finished();
  const stopped = await review.stopped('live/cam');
  assert.equal(stopped.stream.egress[0].connects, 1);
  const told = review.events.filter((m) => m.type === 'gate.changed' && m.cause === 'span');
  assert.equal(told.length, 2 * SPANS, 'each switch is told');

  const recording = await nginx.recorded('cam');
  const pictures = videoOf(units(recording));
  const places = placesIn(file, recording);
  const switches = places.flatMap((p, i) => (i > 0 && (p < 0) !== (places[i - 1] < 0) ? [i] : []));
  assert.equal(switches.length, 2 * SPANS);
  for (const i of switches) assert.ok(pictures[i].key, `picture ${i} begins a part`);
  for (let k = 1; k <= SPANS; k += 1) {
    const hidden = unitsOfSpan(file, k * 1000 + 100, k * 1000 + 300);
    assert.ok(hidden.length > 3, `${hidden.length} units to look for`);
    assert.deepEqual(foundIn(recording, hidden), []);
  }
  assertClean(recording);
  for (const u of pictures) assert.ok(u.pts >= u.dts, 'PTS is not before DTS');
  assert.ok(largestStep(pictures) <= 2 * FRAME_MS, `pictures: ${largestStep(pictures)} ms`);
  assert.ok(largestStep(audioOf(units(recording))) <= 44, `sound: ${largestStep(audioOf(units(recording)))} ms`);
  const all = [...shifts(file, recording, videoOf), ...shifts(file, recording, audioOf)].map((one) => one.shift);
  assert.ok(Math.max(...all) - Math.min(...all) <= 1, 'sound and picture are as far apart as they were');
  await decodes(recording);
});

scenario('a delay that grows and shrinks never steps back or stalls', async (s) => {
  const nginx = await Nginx.start(s);
  const weir = await Weir.start(s, { ...NOT_LOOKED_AT, gate: { delay_ms: 1000 }, 'egress out': nginx.egress });
  const review = await weir.review();
  const file = await made(s, 16);
  const ffmpeg = publish(s, file, await weir.publishUrl('live', 'cam'));

  await weir.says(/muxer: slate ready/);
  await review.waitFor('stream.updated', (m) => m.stream.packets.sent > 100);
  const longer = await review.command('stream.set_delay', { stream: 'live/cam', delay_ms: 3000 });
  assert.deepEqual([longer.ok, longer.delay_ms], [true, 3000], longer.message);
  await review.waitFor('stream.updated', (m) => m.stream.shows === 'slate');
  const from = review.mark;
  await review.waitFor('stream.updated', (m) => m.stream.shows === 'content', 15000, from);
  const shorter = await review.command('stream.set_delay', { stream: 'live/cam', delay_ms: 500 });
  assert.deepEqual([shorter.ok, shorter.delay_wanted_ms], [true, 500], shorter.message);
  await review.waitFor('stream.updated', (m) => m.stream.delay_ms === 500);
  await ffmpeg.finished();
  await review.stopped('live/cam');

  const recording = await nginx.recorded('cam');
  assertClean(recording);
  const pictures = videoOf(units(recording));
  assert.ok(largestStep(pictures) <= 2 * FRAME_MS + 1, `pictures: ${largestStep(pictures)} ms`);
  assert.ok(largestStep(audioOf(units(recording))) <= 44, `sound: ${largestStep(audioOf(units(recording)))} ms`);
  // Each part is shifted as a whole, sound with its pictures.
  const video = shifts(file, recording, videoOf);
  for (const { pts, shift } of shifts(file, recording, audioOf)) {
    const near = video.reduce((a, b) => (Math.abs(b.pts - pts) < Math.abs(a.pts - pts) ? b : a));
    if (Math.abs(near.pts - pts) < FRAME_MS) assert.ok(Math.abs(near.shift - shift) <= FRAME_MS, `sound at ${pts}: ${shift}, its picture ${near.shift}`);
  }
  await decodes(recording);
});
