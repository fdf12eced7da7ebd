// Blank, mute, a delay that grows and shrinks and redactions, some fifty
// switches in all, in one stream that leaves over SRT: the transport stream that comes is one clean stream all the same.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { unitsOfSpan } from './lib/compare.mjs';
import { decodes, publish } from './lib/ffmpeg.mjs';
import { run } from './lib/program.mjs';
import { scenario } from './lib/scenario.mjs';
import { SrtReceiver } from './lib/srt-live-transmit.mjs';
import { readFlv, readTs, withoutTornEnd } from './lib/ts.mjs';
import { NOT_LOOKED_AT, Weir } from './lib/weir.mjs';

const FRAME_MS = 40;
/** Pictures that are sent before one that is shown earlier: a jump waits for them. */
const REORDERED = 2;
/** Redactions of so long, one every other key frame. */
const SPANS = 22;
const SPAN_MS = 340;
const SPAN_EVERY_MS = 960;
/** More than is sent: it is ended when everything has happened. */
const SECONDS = 90;
/** What a loaded machine is late by is not lost. */
const LATENCY_MS = 1500;
/** Sound is sent this much later than the picture that is shown with it, at most. */
const BEHIND_MS = 250;
/** Smaller units may stand in a stream by chance. */
const TELLING_BYTES = 64;

/** B-frames, a key frame every 12 pictures, sound that never repeats. */
async function made(s) {
  const file = s.path('made.flv');
  await run('ffmpeg', [
    '-nostdin', '-loglevel', 'error', '-f', 'lavfi', '-i', `testsrc2=size=320x180:rate=25:duration=${SECONDS}`,
    '-f', 'lavfi', '-i', `anoisesrc=sample_rate=48000:amplitude=0.2:seed=1:duration=${SECONDS}`, '-c:v', 'libx264', '-preset', 'ultrafast',
    '-pix_fmt', 'yuv420p', '-bf', '2', '-g', '12', '-x264-params', 'scenecut=0', '-b:v', '400k', '-c:a', 'aac', '-b:a', '96k', '-f', 'flv', file,
  ]);
  return file;
}

/** For each of GOT its place in SENT, -1 for what is not of it. */
function places(got, sent) {
  let from = 0;
  return got.map((u) => {
    const at = sent.findIndex((o, i) => i >= from && (o.data.equals(u.data) || (u.bare !== undefined && o.bare.equals(u.bare))));
    if (at >= 0) from = at + 1;
    return at;
  });
}

function rises(what, times) {
  times.forEach((one, i) => assert.ok(i === 0 || one > times[i - 1], `${what} rises: ${times[i - 1]}, ${one}`));
}

scenario('switches leave one clean stream over SRT', async (s) => {
  const receiver = await SrtReceiver.start(s, { latency: String(LATENCY_MS) });
  const weir = await Weir.start(s, {
    ...NOT_LOOKED_AT,
    gate: { delay_ms: 1000 },
    'egress out': { url: `srt://127.0.0.1:${receiver.port}?latency=${LATENCY_MS}` },
  });
  const review = await weir.review();
  const file = await made(s);
  const ffmpeg = publish(s, file, await weir.publishUrl('live', 'cam'));
  const command = async (what, args = {}) => {
    const answer = await review.command(`stream.${what}`, { stream: 'live/cam', ...args });
    assert.equal(answer.ok, true, `${what}: ${answer.message}`);
    return answer;
  };
  const more = async (of, n) => {
    const before = (await weir.stream('live/cam')).packets[of];
    await review.waitFor('stream.updated', (m) => m.stream.packets[of] > before + n, 20000, review.mark);
  };

  await weir.says(/muxer: slate ready/);
  await review.waitFor('stream.updated', (m) => m.stream.packets.sent > 40);
  const hidden = [];
  for (let k = 0; k < 2; k += 1) {
    const mark = review.mark;
    const blank = await command('blank');
    await more('withheld', 40);
    await command('resume');
    const pass = await review.waitFor('gate.changed', (m) => m.state === 'pass', 20000, mark);
    assert.ok(pass.from_ms > blank.from_ms, `blank from ${blank.from_ms} to ${pass.from_ms}`);
    hidden.push([blank.from_ms, pass.from_ms]);
    await more('sent', 60);
  }

  const mute = await command('mute');
  await more('sent', 40);
  const unmute = await command('unmute');

  await command('set_delay', { delay_ms: 2500 });
  await review.waitFor('stream.updated', (m) => m.stream.shows === 'slate', 20000, review.mark);
  await review.waitFor('stream.updated', (m) => m.stream.shows === 'content', 20000, review.mark);
  await command('set_delay', { delay_ms: 500 });
  await review.waitFor('stream.updated', (m) => m.stream.delay_ms === 500, 20000, review.mark);

  const mark = review.mark;
  const now = (await command('mute')).from_ms;
  await command('unmute');
  const spans = Array.from({ length: SPANS }, (_, k) => now + 3000 + k * SPAN_EVERY_MS).map((from) => [from, from + SPAN_MS]);
  for (const [from_ms, to_ms] of spans) await command('redact', { from_ms, to_ms });
  hidden.push(...spans);
  let told = mark;
  for (let k = 0; k < 2 * spans.length; k += 1) {
    const one = await review.waitFor('gate.changed', (m) => m.cause === 'span', 30000, told);
    told = review.messages.list.indexOf(one) + 1;
  }
  // What the receiver has when the connection ends is behind by its latency.
  await more('sent', 250);
  ffmpeg.signal('SIGINT');
  await ffmpeg.ended();
  const stopped = await review.stopped('live/cam');
  assert.deepEqual(stopped.stream.egress.map((e) => [e.connects, e.error]), [[1, null]]);

  const recording = s.path('whole.ts');
  writeFileSync(recording, withoutTornEnd(await receiver.finish()));
  const [got, sent] = [readTs(recording), readFlv(file)];
  assert.equal(got.gaps, 0, 'no gap in a continuity counter');

  const pictures = places(got.video, sent.video);
  const switches = pictures.flatMap((p, i) => (i > 0 && (p < 0) !== (pictures[i - 1] < 0) ? [i] : []));
  s.say(`${got.video.length} pictures, ${switches.length} switches, ${hidden.map((span) => span.join('-')).join(', ')} ms hidden`);
  assert.equal(switches.length, 2 * (hidden.length + 1), 'slate and content, each time one piece');
  for (const i of [0, ...switches]) assert.ok(got.video[i].key && got.video[i].sets, `picture ${i} begins a part, behind its parameter sets`);
  assert.ok(pictures.at(-1) >= 0, 'it ends with content');

  const all = Buffer.concat([...got.video, ...got.audio].map((u) => u.data));
  const first = Math.min(...sent.audio.map((u) => u.pts), sent.video[0].dts);
  const seen = (list, from, to) => {
    const inside = list.filter((u) => u.data.length >= TELLING_BYTES && u.pts - first >= from && u.pts - first < to);
    assert.ok(inside.length > 3, `${inside.length} units from ${from} to ${to} ms`);
    return inside.filter((u) => all.includes(u.bare ?? u.data)).map((u) => u.pts);
  };
  for (const [from, to] of hidden) {
    assert.ok(unitsOfSpan(file, from, to).length > 3);
    for (const list of [sent.video, sent.audio]) assert.deepEqual(seen(list, from, to), [], `nothing shown from ${from} to ${to} ms leaves`);
  }
  assert.deepEqual(seen(sent.audio, mute.from_ms, unmute.from_ms - BEHIND_MS), [], 'nothing is heard of what was muted');
  assert.ok(seen(sent.video, mute.from_ms, unmute.from_ms - BEHIND_MS).length > 3, 'and its pictures are seen');

  rises('DTS of pictures', got.video.map((u) => u.dts));
  rises('PTS of sound', got.audio.flatMap((u) => (u.pts === null ? [] : [u.pts])));
  for (const u of got.video) assert.ok(u.pts >= u.dts, 'PTS is not before DTS');
  const steps = got.video.slice(1).map((u, i) => u.dts - got.video[i].dts);
  const [longest, second] = [...steps].sort((a, b) => b - a);
  assert.ok(longest <= (2 + REORDERED) * FRAME_MS + 1, `pictures: ${longest} ms at the jump`);
  assert.ok(second <= 2 * FRAME_MS + 1, `pictures: ${second} ms`);
  await decodes(recording);
});
