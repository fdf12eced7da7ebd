// How often a stream is looked at.

import assert from 'node:assert/strict';
import { publish, source } from './lib/ffmpeg.mjs';
import { Nginx } from './lib/nginx.mjs';
import { CLEAN } from './lib/places.mjs';
import { scenario } from './lib/scenario.mjs';
import { Weir } from './lib/weir.mjs';

const SECONDS = 12;

scenario('pictures between key frames are looked at where they are asked for', async (s) => {
  const nginx = await Nginx.start(s);
  const weir = await Weir.start(s, {
    gate: { delay_ms: 1000 },
    analysis: { workers: 1 },
    'app fast': { sampling_mode: 'fps', sampling_fps: 5 },
    'egress out': nginx.egress,
  });
  const review = await weir.review();
  const file = await source(s, CLEAN, { seconds: SECONDS });
  const slow = publish(s, file, await weir.publishUrl('live', 'slow'));
  const fast = publish(s, file, await weir.publishUrl('fast', 'fast'));
  // While it is on.
  await review.waitFor('stream.updated', (m) => m.stream.path === 'live/slow' && m.stream.sampling.done > 0);
  const estimate = await review.command('stream.set_sampling', { stream: 'live/slow', mode: 'fps', fps: 2, estimate: true });
  assert.ok(estimate.ok && estimate.cpu_us > 0, JSON.stringify(estimate));
  const wrong = await review.command('stream.set_sampling', { stream: 'live/slow', mode: 'keyframes', fps: 2 });
  assert.equal(wrong.error, 'bad_request');
  const set = await weir.api('POST', 'streams/live/slow/set_sampling', { mode: 'off', reason: 'not needed' });
  assert.equal(set.status, 200, JSON.stringify(set.body));
  const off = await review.waitFor('stream.updated', (m) => m.stream.path === 'live/slow' && m.stream.sampling.mode === 'off');
  assert.equal(off.stream.notice, 'not looked at: sampling is off');

  const few = (await review.stopped('live/slow')).stream.sampling;
  const many = (await review.stopped('fast/fast')).stream.sampling;
  await slow.finished();
  await fast.finished();
  s.say(`key frames ${JSON.stringify(few)}, five a second ${JSON.stringify(many)}`);
  assert.equal(few.mode, 'off');
  assert.equal(many.mode, 'fps');
  assert.ok(few.done <= SECONDS);
  assert.ok(many.done > 2 * few.done, `${many.done} pictures, ${few.done} key frames`);
});
