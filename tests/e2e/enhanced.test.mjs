// Codecs of Enhanced RTMP: through the gateway to servers that announce them,
// and refused with words where none does.

import assert from 'node:assert/strict';
import { demux, encodeClip } from './lib/clips.mjs';
import { EnhancedSender } from './lib/enhanced-sender.mjs';
import { Nginx } from './lib/nginx.mjs';
import { byFourCc } from './lib/rtmp-bodies.mjs';
import { scenario } from './lib/scenario.mjs';
import { NOT_LOOKED_AT, Weir } from './lib/weir.mjs';

const send = async (s, weir, codec, name) =>
  EnhancedSender.start(s, await demux(await encodeClip(s, codec, 'opus')), await weir.publishUrl('live', name), (m) => [byFourCc(m)]);
const open = { ...NOT_LOOKED_AT, gate: { delay_ms: 500 }, rtmp: { require_key: false } };

scenario('HEVC, AV1 and VP9 with Opus reach a server that announces them, and are looked at', async (s) => {
  const origin = await Weir.start(s, open, { folder: 'origin' });
  const weir = await Weir.start(s, {
    gate: { delay_ms: 500 },
    rtmp: { require_key: false },
    analysis: { workers: 1 },
    'egress origin': { url: `rtmp://127.0.0.1:${origin.port}/{app}/{name}` },
  });
  const review = await weir.review();
  const beyond = await origin.review();
  for (const codec of ['hevc', 'av1', 'vp9']) {
    const sender = await send(s, weir, codec, codec);
    const there = await beyond.waitFor('stream.updated', (m) =>
      m.stream.path === `live/${codec}` && m.stream.video?.codec === codec && m.stream.audio?.codec === 'opus', 15000);
    if (codec !== 'vp9') assert.equal(there.stream.video.width, 320); // vpcC does not tell
    assert.equal(await sender.finished(), null);
    const stopped = await review.stopped(`live/${codec}`);
    assert.equal(stopped.stream.egress[0].error, null);
    assert.equal(stopped.stream.packets.withheld, 0);
    assert.ok(stopped.stream.sampling.done > 0, 'it was looked at');
    assert.equal(stopped.stream.sampling.skip_reason, null);
  }
});

scenario('a server that announces nothing gets nothing of it, and the publisher is told', async (s) => {
  const nginx = await Nginx.start(s);
  const weir = await Weir.start(s, { ...open, 'egress origin': nginx.egress });
  const review = await weir.review();
  const sender = await send(s, weir, 'hevc', 'cam');
  const refused = await review.waitFor('stream.updated', (m) => m.stream.egress[0].state === 'refused');
  assert.match(refused.stream.egress[0].error, /does not announce HEVC .* set \[egress origin\] enhanced = yes/);
  const { code, description } = await sender.finished();
  assert.equal(code, 'NetStream.Publish.Denied');
  assert.equal(description, "HEVC can't be passed on: no server behind this one takes it.");
  const stopped = await review.stopped('live/cam');
  assert.equal(stopped.stream.egress[0].connects, 1, 'it does not come back');
  assert.equal(stopped.stream.packets.sent, 0, 'neither picture nor sound was sent');
});
