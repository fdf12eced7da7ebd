// SRT and RTMP, in and out, mixed freely.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { demux, encodeClip } from './lib/clips.mjs';
import { writeElementary } from './lib/elementary.mjs';
import { EnhancedSender } from './lib/enhanced-sender.mjs';
import { decodes, publish, source } from './lib/ffmpeg.mjs';
import { Nginx } from './lib/nginx.mjs';
import { BUILD, FLAGGED } from './lib/places.mjs';
import { run } from './lib/program.mjs';
import { byFourCc } from './lib/rtmp-bodies.mjs';
import { RtmpSink } from './lib/rtmp-sink.mjs';
import { scenario } from './lib/scenario.mjs';
import { assertCarried, decodesTs, FfmpegReceiver, publishSrt, srtPort, streamId, tsSource, WITH_SRT } from './lib/srt.mjs';
import { SrtReceiver } from './lib/srt-live-transmit.mjs';
import { NOT_LOOKED_AT, Weir, WITH_BANK } from './lib/weir.mjs';

const SECONDS = 8;

scenario('RTMP and SRT in, each to RTMP and SRT out, byte for byte', async (s) => {
  const nginx = await Nginx.start(s);
  const one = await SrtReceiver.start(s, {}, 'one.ts');
  const two = await FfmpegReceiver.start(s, 'two.ts');
  const weir = await Weir.start(s, {
    ...NOT_LOOKED_AT,
    ...WITH_SRT,
    gate: { delay_ms: 1000 },
    'egress rtmp': nginx.egress,
    'egress one': { url: `srt://127.0.0.1:${one.port}?streamid=#!::r={app}/{name},m=publish&latency=120`, app: 'rtmp' },
    'egress two': { url: `srt://localhost:${two.port}`, app: 'srt' },
  });
  const review = await weir.review();
  const port = await srtPort(weir);
  const file = await source(s, FLAGGED, { seconds: SECONDS });
  const ts = await tsSource(s, FLAGGED, { seconds: SECONDS });
  const { secret } = await weir.key('srt', 'two');

  const overRtmp = publish(s, file, await weir.publishUrl('rtmp', 'one'));
  publishSrt(s, ts, port, streamId('srt', 'two', secret));
  const live = await review.waitFor('stream.updated', (m) => m.stream.path === 'srt/two' && m.stream.link?.packets > 0);
  assert.equal(live.stream.protocol, 'srt');
  assert.equal(live.stream.link.latency_ms, 0, 'it waits for what is late');
  assert.deepEqual([live.stream.video.codec, live.stream.video.width, live.stream.audio.codec], ['h264', 854, 'aac']);
  const out = await review.waitFor('stream.updated', (m) => m.stream.path === 'rtmp/one' && m.stream.egress.some((e) => e.link?.packets > 0));
  assert.ok(out.stream.egress.every((e) => (e.name === 'one') === (e.link !== null)));
  const { out: lines } = await run(path.join(BUILD, 'gateway/weirctl'), ['--url', weir.url, '--token', weir.token, 'streams']);
  assert.match(lines.list.find((l) => l.startsWith('rtmp/one')), /one live \(\d+ ms, \d+ lost, \d+ given up\)/);
  assert.match(lines.list.find((l) => l.startsWith('srt/two')), / srt \d+ ms, \d+ lost, \d+ given up /);
  await overRtmp.finished();
  const stopped = await Promise.all(['rtmp/one', 'srt/two'].map((path) => review.stopped(path)));
  for (const { stream } of stopped) assert.deepEqual(stream.egress.map((e) => [e.connects, e.error]), [[1, null], [1, null]]);

  const first = s.path('one-received.ts');
  writeFileSync(first, await one.finish());
  const second = await two.finished();
  const recorded = await Promise.all(['one', 'two'].map((name) => nginx.recorded(name)));
  const received = { 'RTMP to RTMP': recorded[0], 'RTMP to SRT': first, 'SRT to RTMP': recorded[1], 'SRT to SRT': second };
  for (const [way, what] of Object.entries(received)) {
    s.say(`${way}: missing at the end ${JSON.stringify(assertCarried(what, file))}`);
    if (what.endsWith('.ts')) await decodesTs(what);
    else await decodes(what);
  }
  const metrics = await (await weir.fetch('/metrics')).text();
  assert.match(metrics, /^weir_srt_workers_ready 1$/m);
});

scenario('what comes over SRT is looked at, and cut, as everything is', async (s) => {
  const nginx = await Nginx.start(s);
  const weir = await Weir.start(s, { ...WITH_BANK, ...WITH_SRT, gate: { delay_ms: 4000 }, 'egress out': nginx.egress });
  const review = await weir.review();
  const port = await srtPort(weir);
  const ts = await tsSource(s, FLAGGED, { from: 4, seconds: 14 });
  const file = await source(s, FLAGGED, { seconds: 4 });
  const { secret } = await weir.key('live', 'cam');
  const id = streamId('live', 'cam', secret);

  const sender = publishSrt(s, ts, port, id);
  const c = await review.caseOpened('live/cam');
  assert.equal(c.bank, 'demo');
  const cut = await review.command('case.decide', { case: c.id, verdict: 'cut' });
  assert.deepEqual([cut.ok, cut.exposure_ms], [true, 0]);
  await sender.refused();
  await review.stopped('live/cam');

  // It sticks on SRT, by the name that the key has, and on RTMP.
  const again = publishSrt(s, ts, port, id);
  await again.refused();
  await weir.says(/srt: 127\.0\.0\.1:\d+: refused with code 1403(, \d+ times)?: This stream was ended by a reviewer and is barred until that is lifted/);
  const other = publish(s, file, await weir.publishUrl('live', 'cam', secret));
  await other.ended();
  assert.match(other.text, /ended by a reviewer and is barred/);
  // And is lifted on both.
  assert.equal((await review.command('stream.unbar', { stream: 'live/cam', reason: 'appeal' })).ok, true);
  const from = review.mark;
  publishSrt(s, ts, port, id);
  await review.waitFor('stream.started', (m) => m.stream.protocol === 'srt', 20000, from);
});

scenario('a cut of an RTMP stream holds on SRT', async (s) => {
  const weir = await Weir.start(s, { ...NOT_LOOKED_AT, ...WITH_SRT, gate: { delay_ms: 500 } });
  const review = await weir.review();
  const port = await srtPort(weir);
  const file = await source(s, FLAGGED, { seconds: 10 });
  const ts = await tsSource(s, FLAGGED, { seconds: 4 });
  const { secret } = await weir.key('live', 'cam');

  const sender = publish(s, file, await weir.publishUrl('live', 'cam', secret));
  await review.waitFor('stream.started');
  assert.equal((await review.command('stream.cut', { stream: 'live/cam' })).ok, true);
  await sender.ended();
  await publishSrt(s, ts, port, streamId('live', 'cam', secret)).refused();
  await weir.says(/refused with code 1403/);
});

const send = async (s, weir, video, audio, name) =>
  EnhancedSender.start(s, await demux(await encodeClip(s, video, audio)), await weir.publishUrl('live', name), (m) => [byFourCc(m)]);
const OPEN = { ...NOT_LOOKED_AT, gate: { delay_ms: 500 }, rtmp: { require_key: false } };

scenario('HEVC and Opus go from gateway to gateway over SRT, encrypted', async (s) => {
  const sink = await RtmpSink.start(s, { enhanced: true });
  const second = await Weir.start(s, {
    ...OPEN,
    srt: { ...WITH_SRT.srt, passphrase: 'correct horse battery', key_bits: 256 },
    'egress out': { url: sink.url },
  }, { folder: 'second' });
  const port = await srtPort(second);
  const url = `srt://127.0.0.1:${port}?streamid=#!::r={app}/{name},m=publish&passphrase=correct%20horse%20battery&pbkeylen=32`;
  const weir = await Weir.start(s, { ...OPEN, 'egress out': { url } });
  const review = await second.review();
  await send(s, weir, 'hevc', 'opus', 'cam');
  const there = await review.waitFor('stream.updated', (m) => m.stream.video?.codec === 'hevc' && m.stream.audio?.codec === 'opus' && m.stream.link?.packets > 0);
  assert.deepEqual([there.stream.protocol, there.stream.link.key_bits, there.stream.video.width], ['srt', 256, 320]);
  await review.stopped('live/cam');
  const came = await sink.published('cam');
  const video = came.units.filter((u) => u.kind === 'video');
  const audio = came.units.filter((u) => u.kind === 'audio');
  s.say(`${video.length} pictures, ${audio.length} frames of sound`);
  assert.ok(video.length > 50 && audio.length > 100);
  await decodes(writeElementary(s.path('came-video'), 'hevc', came.configs.video, video));
  await decodes(writeElementary(s.path('came-audio'), 'opus', came.configs.audio, audio));
});

scenario('a codec that MPEG-TS can not carry is refused in words', async (s) => {
  const receiver = await SrtReceiver.start(s);
  const weir = await Weir.start(s, { ...OPEN, 'egress out': { url: `srt://127.0.0.1:${receiver.port}` } });
  const review = await weir.review();
  const sender = await send(s, weir, 'vp9', 'opus', 'cam');
  assert.equal((await sender.finished()).description, "VP9 can't be passed on: no server behind this one takes it.");
  const { stream } = await review.stopped('live/cam');
  assert.equal(stream.egress[0].error, "SRT can't carry VP9: MPEG-TS has no place for it");
  assert.equal(stream.packets.sent, 0);
});
