// OBS Studio, the encoder that most publishers use: what it is told and how it
// behaves.

import assert from 'node:assert/strict';
import { decodes } from './lib/ffmpeg.mjs';
import { units, videoOf } from './lib/flv.mjs';
import { Nginx } from './lib/nginx.mjs';
import { Obs } from './lib/obs.mjs';
import { children } from './lib/linux.mjs';
import { freePort } from './lib/places.mjs';
import { scenario } from './lib/scenario.mjs';
import { srtPort, WITH_SRT } from './lib/srt.mjs';
import { NOT_LOOKED_AT, Weir } from './lib/weir.mjs';

const config = (nginx) => ({ ...NOT_LOOKED_AT, gate: { delay_ms: 1000 }, 'egress out': nginx.egress });
const server = (weir) => `rtmp://127.0.0.1:${weir.port}/live`;

// While it streams it does not listen to what the server says: it takes the
// close for a lost network, comes back by itself, and is told then.
scenario('OBS publishes, is cut, comes back and hears that it is barred', async (s) => {
  const nginx = await Nginx.start(s);
  const weir = await Weir.start(s, config(nginx));
  const review = await weir.review();
  const { secret } = await weir.key('live', 'cam');
  const obs = await Obs.start(s, { server: server(weir), key: `cam?key=${secret}` });

  await obs.logs(/Connection to .* successful/);
  await review.waitFor('stream.updated', (m) => m.stream.packets.sent > 100, 30000);
  const cut = await review.command('stream.cut', { stream: 'live/cam' });
  assert.deepEqual([cut.ok, cut.error], [true, null]);
  await weir.says(/disconnected: A reviewer ended this stream/);
  await obs.logs(/NetStream\.Publish\.Denied \(This stream was ended by a reviewer and is barred/);
  await review.stopped('live/cam');
  const recording = await nginx.recorded('cam');
  await decodes(recording);
  assert.ok(videoOf(units(recording))[0].key, 'begins with a key frame');
});

scenario('OBS with a wrong key hears so', async (s) => {
  const nginx = await Nginx.start(s);
  const weir = await Weir.start(s, config(nginx));
  const obs = await Obs.start(s, { server: server(weir), key: 'cam?key=wrong' });

  await obs.logs(/NetStream\.Publish\.Denied \(The stream key is not known here/);
  await obs.logs(/Connection to .* failed/);
});

scenario('OBS comes back by itself when the gateway was killed', async (s) => {
  const nginx = await Nginx.start(s);
  const weir = await Weir.start(s, { ...config(nginx), rtmp: { port: await freePort() } });
  const { secret } = await weir.key('live', 'cam');
  const obs = await Obs.start(s, { server: server(weir), key: `cam?key=${secret}` });

  await obs.logs(/Connection to .* successful/);
  await weir.says(/publishes live\/cam/);
  const from = obs.out.list.length;
  await weir.program.kill();
  await weir.start();
  await obs.logs(/Connection to .* successful/, 60000, from);
  await weir.says(/publishes live\/cam/);
});

scenario('OBS publishes over SRT, and comes back by itself when weir-srt was killed', async (s) => {
  const nginx = await Nginx.start(s);
  const weir = await Weir.start(s, { ...config(nginx), ...WITH_SRT, gate: { delay_ms: 1000, grace_ms: 60000 } });
  const review = await weir.review();
  const { secret } = await weir.key('live', 'cam');
  const port = await srtPort(weir);
  await Obs.start(s, { server: `srt://127.0.0.1:${port}?streamid=publish:live/cam?key=${secret}&latency=200000`, key: '' });

  const first = await review.waitFor('stream.updated', (m) => m.stream.packets.sent > 100, 60000);
  assert.deepEqual([first.stream.protocol, first.stream.video.codec, first.stream.audio.codec, first.stream.link.latency_ms], ['srt', 'h264', 'aac', 0]);
  for (const pid of children(weir.pid, 'weir-srt')) process.kill(pid, 'SIGKILL');
  const back = await review.waitFor('stream.updated', (m) => m.stream.session > 1 && m.stream.packets.sent > first.stream.packets.sent + 300, 60000);
  assert.deepEqual(back.stream.egress.map((e) => e.connects), [1], 'viewers notice nothing but the gap');
  assert.equal((await review.command('stream.cut', { stream: 'live/cam' })).ok, true);
  await review.stopped('live/cam');
  await decodes(await nginx.recorded('cam'));
});
