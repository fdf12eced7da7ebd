// What a publisher may send: each limit is told in words to who crosses it.

import assert from 'node:assert/strict';
import { publish, source } from './lib/ffmpeg.mjs';
import { CLEAN } from './lib/places.mjs';
import { scenario } from './lib/scenario.mjs';
import { NOT_LOOKED_AT, Weir } from './lib/weir.mjs';

const OPEN = { rtmp_require_key: false };

scenario('who sends too much, too large, too often is told so; others go on', async (s) => {
  const weir = await Weir.start(s, {
    ...NOT_LOOKED_AT,
    gate: { delay_ms: 500 },
    'app open': OPEN,
    'app bits': { ...OPEN, max_bitrate_kbps: 100 },
    'app large': { ...OPEN, max_long_side: 320 },
    'app upright': { ...OPEN, limits_max_short_side: 240 },
    'app announced': { ...OPEN, max_frame_rate: 20 },
  });
  const review = await weir.review();
  const file = await source(s, CLEAN, { seconds: 16 });
  const rtmp = (app) => `rtmp://127.0.0.1:${weir.port}/${app}/cam`;
  const good = publish(s, file, rtmp('open'));

  for (const [app, words, rate] of [
    ['bits', /More than 100 kbit\/s arrive \(\[limits\] max_bitrate_kbps\)/i, 4],
    ['large', /Pictures of \d+ x \d+ pixels are too large: at most 320 by 2160 here/i, 1],
    ['upright', /Pictures of \d+ x \d+ pixels are too large: at most 3840 by 240 here/i, 1],
    ['announced', /pictures a second are announced, at most 20 are allowed here/i, 1],
  ]) {
    const ffmpeg = publish(s, file, rtmp(app), { rate });
    await weir.says(new RegExp(`${app}/cam.*${words.source}`, 'i'));
    await ffmpeg.ended(15000);
    assert.match(ffmpeg.text, words);
  }
  assert.equal((await weir.stream('open/cam')).state, 'live');
  await good.finished();
  const stopped = await review.stopped('open/cam');
  assert.equal(stopped.stream.packets.skipped, 0);
});

scenario('pictures are counted as they arrive, whatever is announced', async (s) => {
  const weir = await Weir.start(s, { ...NOT_LOOKED_AT, gate: { delay_ms: 500 }, limits: { max_frame_rate: 30 }, 'app open': OPEN });
  const file = await source(s, CLEAN, { seconds: 16 });
  const ffmpeg = publish(s, file, `rtmp://127.0.0.1:${weir.port}/open/cam`, { rate: 0, loop: 3 });
  await weir.says(/More than 30 pictures a second arrive \(\[limits\] max_frame_rate\)/);
  await ffmpeg.ended(15000);
});
