// SRT through a bad network, into the gateway and out of it. The latency has room for
// a busy machine to be late with what is sent again; the long form, with 400 ms, other
// networks and srt-live-transmit beside it, is `scripts/bench srt-loss`.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { publish, source } from './lib/ffmpeg.mjs';
import { Nginx } from './lib/nginx.mjs';
import { CLEAN } from './lib/places.mjs';
import { scenario } from './lib/scenario.mjs';
import { assertCarried, publishSrt, srtPort, streamId, tsSource, WITH_SRT } from './lib/srt.mjs';
import { SrtReceiver } from './lib/srt-live-transmit.mjs';
import { UdpProxy } from './lib/udp-proxy.mjs';
import { NOT_LOOKED_AT, Weir } from './lib/weir.mjs';

const LATENCY_MS = 1200;
const BAD = { seed: 7, delayMs: 40, jitterMs: 5, loss: 5, reorder: [1, 3] };

scenario('no access unit is lost through 5 % loss, 80 ms, jitter and reordering, in and out', async (s) => {
  const nginx = await Nginx.start(s);
  const receiver = await SrtReceiver.start(s, { latency: LATENCY_MS });
  const down = await UdpProxy.start(s, { to: receiver.port, ...BAD });
  const weir = await Weir.start(s, {
    ...NOT_LOOKED_AT,
    ...WITH_SRT,
    gate: { delay_ms: 500 },
    'egress rtmp': { ...nginx.egress, app: 'in' },
    'egress srt': { url: `srt://127.0.0.1:${down.port}?latency=${LATENCY_MS}`, app: 'out' },
  });
  const review = await weir.review();
  const up = await UdpProxy.start(s, { to: await srtPort(weir), ...BAD });
  const file = await source(s, CLEAN, { seconds: 12 });
  const ts = await tsSource(s, CLEAN, { seconds: 12 });
  const { secret } = await weir.key('in', 'cam');

  publishSrt(s, ts, up.port, streamId('in', 'cam', secret), { latencyMs: LATENCY_MS });
  const sender = publish(s, file, await weir.publishUrl('out', 'cam'));
  const lossy = await review.waitFor('stream.updated', (m) => m.stream.path === 'in/cam' && m.stream.link?.lost > 5, 30000);
  assert.ok(lossy.stream.link.rtt_ms > 60, `${lossy.stream.link.rtt_ms} ms`);
  await sender.finished();
  const [into, out] = await Promise.all(['in/cam', 'out/cam'].map((path) => review.stopped(path)));
  s.say(`in: ${JSON.stringify(lossy.stream.link)}`);
  assert.deepEqual([into.stream.session, out.stream.egress[0].connects], [1, 1]);
  assertCarried(await nginx.recorded('cam'), file, { tailMs: 5000 });
  const received = s.path('received-out.ts');
  writeFileSync(received, await receiver.finish());
  assertCarried(received, file, { tailMs: 5000 });
  for (const proxy of [up, down]) {
    const figures = await proxy.stop();
    assert.ok(figures.up.lost > 20 && figures.up.reordered > 0, JSON.stringify(figures.up));
  }
});
