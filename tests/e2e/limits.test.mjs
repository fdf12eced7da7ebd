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

scenario('all windows together have a limit: nobody new is let in, then nobody grows', async (s) => {
  const weir = await Weir.start(s, { ...NOT_LOOKED_AT, gate: { delay_ms: 60000, shutdown_timeout_ms: 0, max_total_window_bytes: 1 << 20 }, 'app open': OPEN });
  const file = await source(s, CLEAN, { seconds: 16 });
  const rtmp = (name) => `rtmp://127.0.0.1:${weir.port}/open/${name}`;
  const first = publish(s, file, rtmp('first'), { rate: 0, loop: 9 });
  await weir.says(/The server's memory for streams is full \(\[gate\] max_total_window_bytes\)/);
  await first.ended(15000);

  const second = publish(s, file, rtmp('second'));
  assert.notEqual((await second.ended(15000)).code, 0);
  assert.match(second.text, /The server is at its limit of memory for streams\. Try again later\./);
  const { body } = await weir.api('GET', 'system');
  assert.equal(body.held_bytes_max, 1 << 20);
  assert.ok(body.held_bytes > 0.9 * (1 << 20) && body.held_bytes <= 1 << 20, `${body.held_bytes} bytes`);
  const metrics = await (await weir.fetch('/metrics')).text();
  assert.match(metrics, /^weir_held_bytes_max 1048576$/m);
  assert.match(metrics, /^weir_loop_busy_percent \d+$/m);
  assert.equal((await weir.stream('open/first')).state, 'draining');
});
