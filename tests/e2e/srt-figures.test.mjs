// The figures of a line that loses packets: those of a publisher and those of a receiver.

import { publish, source } from './lib/ffmpeg.mjs';
import { CLEAN } from './lib/places.mjs';
import { scenario } from './lib/scenario.mjs';
import { publishSrt, srtPort, streamId, tsSource, WITH_SRT } from './lib/srt.mjs';
import { SrtReceiver } from './lib/srt-live-transmit.mjs';
import { UdpProxy } from './lib/udp-proxy.mjs';
import { NOT_LOOKED_AT, Weir } from './lib/weir.mjs';

const LATENCY_MS = 1200;
/** In order: only what is lost is sent again. */
const LOSSY = { seed: 3, delayMs: 20, loss: 5 };
const LOST = 15;

scenario('what a line loses is counted, and what is sent again for it', async (s) => {
  const receiver = await SrtReceiver.start(s, { latency: LATENCY_MS });
  const down = await UdpProxy.start(s, { to: receiver.port, ...LOSSY });
  const weir = await Weir.start(s, {
    ...NOT_LOOKED_AT,
    ...WITH_SRT,
    gate: { delay_ms: 500 },
    'egress srt': { url: `srt://127.0.0.1:${down.port}?latency=${LATENCY_MS}`, app: 'out' },
  });
  const review = await weir.review();
  const up = await UdpProxy.start(s, { to: await srtPort(weir), ...LOSSY });
  const { secret } = await weir.key('in', 'cam');
  publishSrt(s, await tsSource(s, CLEAN, { seconds: 12 }), up.port, streamId('in', 'cam', secret), { latencyMs: LATENCY_MS, loop: 5 });
  publish(s, await source(s, CLEAN, { seconds: 12 }), await weir.publishUrl('out', 'cam'), { loop: 5 });

  // As many, or more where what was sent again is lost too.
  const made = (link) => link?.lost > LOST && link.retransmitted >= link.lost;
  const [{ stream: into }, { stream: out }] = await Promise.all([
    review.waitFor('stream.updated', ({ stream }) => stream.path === 'in/cam' && made(stream.link), 40000),
    review.waitFor('stream.updated', ({ stream }) => stream.path === 'out/cam' && made(stream.egress[0].link), 40000),
  ]);
  s.say(`in: ${JSON.stringify(into.link)}`);
  s.say(`out: ${JSON.stringify(out.egress[0].link)}`);
});
