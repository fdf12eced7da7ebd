// Every codec that goes over SRT, from SRT and from RTMP to both: decoded at the
// far end without a word of complaint, shown when it was to be shown; and what one
// of them can't carry, refused in words.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { demux, encodeClip } from './lib/clips.mjs';
import { writeElementary } from './lib/elementary.mjs';
import { EnhancedSender } from './lib/enhanced-sender.mjs';
import { decodes } from './lib/ffmpeg.mjs';
import { run } from './lib/program.mjs';
import { byFourCc } from './lib/rtmp-bodies.mjs';
import { RtmpSink } from './lib/rtmp-sink.mjs';
import { scenario } from './lib/scenario.mjs';
import { decodesTs, publishSrt, srtPort, WITH_SRT } from './lib/srt.mjs';
import { SrtReceiver } from './lib/srt-live-transmit.mjs';
import { NOT_LOOKED_AT, Weir } from './lib/weir.mjs';

const B_FRAMES = 'h264 with B-frames';
const NOT_ANNOUNCED = /does not announce AC-3/;
/** From SRT all of them; ALSO: from RTMP too. REFUSED:
 * what is said of the server behind RTMP. */
const ROWS = [
  { codecs: [B_FRAMES, 'mp3'], also: true },
  { codecs: [B_FRAMES, 'opus'], also: true },
  { codecs: ['hevc', 'aac'], also: true },
  { codecs: [B_FRAMES, 'mp2'], refused: /RTMP can't carry MP2/ },
  { codecs: ['hevc', 'ac3'], refused: NOT_ANNOUNCED },
];
/** Pictures: what is on the way when a live connection ends may be lost. */
const LOST_AT_END = 38;
const OFF_MS = 2;
const LATENCY_MS = 500;

/** {dts, pts} in ms of each picture, from the first on. */
const fromFirst = (list) => list.map((u) => ({ dts: u.dts - list[0].dts, pts: u.pts - list[0].dts }));

/** The same of a file; the codecs in it. */
async function look(file) {
  const { out } = await run('ffprobe', ['-v', 'error', '-show_entries', 'stream=codec_name:packet=codec_type,pts_time,dts_time', '-of', 'json', file]);
  const { streams, packets } = JSON.parse(out.list.join('\n'));
  const pictures = packets.filter((p) => p.codec_type === 'video').map((p) => ({ dts: p.dts_time * 1000, pts: p.pts_time * 1000 }));
  const sound = packets.filter((p) => p.codec_type === 'audio').length;
  return { codecs: streams.map((one) => one.codec_name).sort(), pictures: fromFirst(pictures), sound };
}

function assertTimes(got, had, what) {
  assert.ok(got.length > had.length - LOST_AT_END && got.length <= had.length, `${what}: ${got.length} of ${had.length} pictures`);
  got.forEach((u, i) => {
    for (const k of ['dts', 'pts']) assert.ok(Math.abs(u[k] - had[i][k]) <= OFF_MS, `${what}: ${k} of picture ${i} is ${u[k]}, not ${had[i][k]} ms`);
  });
}

/** One clip from one protocol to both. */
async function begin(s, way, { codecs, refused }) {
  const clip = await encodeClip(s, ...codecs);
  const app = `${way}-${codecs.join('-').replaceAll(' ', '-')}`;
  const receiver = await SrtReceiver.start(s, { latency: String(LATENCY_MS) }, `${app}.ts`);
  return { way, app, clip, receiver, refused, names: [...codecs.map((c) => c.split(' ')[0])].sort() };
}

async function publishOne(s, weir, { way, app, clip }) {
  if (way === 'rtmp') {
    EnhancedSender.start(s, await demux(clip), await weir.publishUrl(app, 'cam'), (m) => [byFourCc(m)]);
    return;
  }
  const ts = s.path(`${app}-sent.ts`);
  await run('ffmpeg', ['-nostdin', '-v', 'error', '-i', clip, '-c', 'copy', '-f', 'mpegts', ts]);
  publishSrt(s, ts, await srtPort(weir), `publish:${app}/cam?key=${(await weir.key(app, 'cam')).secret}`, { latencyMs: LATENCY_MS });
}

async function atSink(s, sink, { app, names }, had) {
  const { units, configs } = await sink.published(app);
  const video = units.filter((u) => u.kind === 'video');
  const audio = units.filter((u) => u.kind === 'audio');
  assert.deepEqual([video[0].codec, audio[0].codec].sort(), names);
  assertTimes(fromFirst(video), had, `${app} over RTMP`);
  for (const list of [video, audio]) await decodes(writeElementary(s.path(`${app}-${list[0].kind}`), list[0].codec, configs[list[0].kind], list));
}

async function check(s, sink, review, one) {
  const { app, clip, receiver, refused, names } = one;
  const { stream } = await review.stopped(`${app}/cam`, 60000);
  const had = (await look(clip)).pictures;
  const file = s.path(`${app}-received.ts`);
  writeFileSync(file, await receiver.finish());
  await decodesTs(file);
  const got = await look(file);
  assert.deepEqual(got.codecs, names);
  assert.ok(got.sound > 50, `${got.sound} frames of sound`);
  assertTimes(got.pictures, had, `${app} over SRT`);
  const [over, rtmp] = ['srt', 'rtmp'].map((kind) => stream.egress.find((e) => e.name === `${kind}-${app}`));
  assert.equal(over.error, null);
  if (refused) assert.match(rtmp.error, refused);
  else await atSink(s, sink, one, had);
  s.say(`${app}: ${got.pictures.length} of ${had.length} pictures, ${refused ? rtmp.error : 'the same over RTMP'}`);
}

for (const way of ['srt', 'rtmp']) {
  scenario(`every codec from ${way.toUpperCase()} to SRT and RTMP`, async (s) => {
    const sink = await RtmpSink.start(s, { enhanced: true });
    const all = [];
    for (const row of ROWS) if (way === 'srt' || row.also) all.push(await begin(s, way, row));
    const egresses = all.flatMap(({ app, receiver }) => [
      [`egress srt-${app}`, { app, url: `srt://127.0.0.1:${receiver.port}?latency=${LATENCY_MS}` }],
      [`egress rtmp-${app}`, { app, url: sink.url.replace('{name}', '{app}') }],
    ]);
    const weir = await Weir.start(s, { ...NOT_LOOKED_AT, ...WITH_SRT, gate: { delay_ms: 500 }, ...Object.fromEntries(egresses) });
    const review = await weir.review();
    for (const one of all) await publishOne(s, weir, one);
    for (const one of all) await check(s, sink, review, one);
  });
}
