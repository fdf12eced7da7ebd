// How often a stream is looked at.

import assert from 'node:assert/strict';
import { publish, source } from './lib/ffmpeg.mjs';
import { children, residentBytes } from './lib/linux.mjs';
import { Nginx } from './lib/nginx.mjs';
import { CLEAN, FLAGGED } from './lib/places.mjs';
import { run } from './lib/program.mjs';
import { scenario } from './lib/scenario.mjs';
import { Weir, WITH_BANK } from './lib/weir.mjs';

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

scenario('an edited film is found, and what was done to it is said', async (s) => {
  const weir = await Weir.start(s, {
    gate: { delay_ms: 2000 },
    'app bare': { sampling_probes: 'plain', sampling_alert_probes: 'plain' },
    ...WITH_BANK,
  });
  const review = await weir.review();
  const file = s.path('mirrored.flv');
  await run('ffmpeg', ['-nostdin', '-v', 'error', '-i', FLAGGED, '-vf', 'hflip', '-c:v', 'libx264', '-preset', 'veryfast', '-g', '25', '-an', '-f', 'flv', file]);
  const seen = publish(s, file, await weir.publishUrl('live', 'mirror'));
  const bare = publish(s, file, await weir.publishUrl('bare', 'mirror'));
  const opened = await review.waitFor('case.opened', (m) => m.case.stream === 'live/mirror', 40000);
  assert.equal(opened.case.probe, 'mirror');
  assert.match(opened.case.reason, /, mirrored, quality \d+\./);
  assert.ok(opened.case.distance <= 31);
  const set = await weir.api('POST', 'streams/live/mirror/set_sampling', { mode: 'keyframes', probes: 'thorough', reason: 'look closer' });
  assert.equal(set.status, 200, JSON.stringify(set.body));
  await review.waitFor('stream.updated', (m) => m.stream.path === 'live/mirror' && m.stream.sampling.granted_probes === 'thorough');

  const plain = (await review.stopped('bare/mirror', 60000)).stream.sampling;
  await seen.finished();
  await bare.finished();
  assert.equal(plain.granted_probes, 'plain');
  assert.ok(plain.done > 0);
  assert.equal((await weir.api('GET', 'cases')).body.filter((one) => one.stream === 'bare/mirror').length, 0);
});

const STREAMS = 8;
const WHOLE_BYTES = 24 * 1024 * 1024;

// Measured against the spare, which has done nothing but warm up.
scenario('streams that are decoded whole stay within their memory', async (s) => {
  const weir = await Weir.start(s, { gate: { delay_ms: 1000 }, analysis: { workers: 1, cpu_percent: 100 }, sampling: { mode: 'fps', fps: 2, floor_gap_ms: 500 } });
  const review = await weir.review();
  const file = s.path('720p30.flv');
  await run('ffmpeg', ['-nostdin', '-v', 'error', '-i', FLAGGED, '-t', '6', '-vf', 'scale=1280:720,fps=30', '-c:v', 'libx264', '-preset', 'veryfast', '-bf', '3', '-g', '60', '-b:v', '2500k', '-an', '-f', 'flv', file]);
  for (let n = 0; n < STREAMS; n += 1) publish(s, file, await weir.publishUrl('live', `cam${n}`), { loop: -1 });
  // More than their key frames, so each has its decoder.
  await Promise.all(Array.from({ length: STREAMS }, (_, n) => review.waitFor('stream.updated', (m) => m.stream.path === `live/cam${n}` && m.stream.sampling.done >= 8, 40000)));
  const [spare, busy] = children(weir.pid, 'weir-analyzer').map(residentBytes).sort((a, b) => a - b);
  const each = (busy - spare) / STREAMS;
  s.say(`${(each / 2 ** 20).toFixed(1)} MiB a stream`);
  assert.ok(each > 2 ** 20, 'each has a decoder');
  // AddressSanitizer keeps what was freed.
  if (!process.env.WEIR_SANITIZED) assert.ok(each <= WHOLE_BYTES, `${each} bytes a stream`);
});
