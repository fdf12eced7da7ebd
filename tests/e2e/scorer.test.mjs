// A stream that turns red is scored by a classifier and becomes a case.

import assert from 'node:assert/strict';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { publish } from './lib/ffmpeg.mjs';
import { TESTS } from './lib/places.mjs';
import { run } from './lib/program.mjs';
import { scenario } from './lib/scenario.mjs';
import { Weir } from './lib/weir.mjs';

const MODEL = path.join(TESTS, 'data/models/red.onnx');
const RED = { model: MODEL, width: 32, height: 32, output: 1, threshold: '0.80', priority: 70 };

/** Grey for 4 s, then red. */
async function turnsRed(s) {
  const file = s.path('red.flv');
  const of = (color) => ['-f', 'lavfi', '-i', `color=${color}:size=320x180:rate=10:duration=4`];
  await run('ffmpeg', ['-nostdin', '-loglevel', 'error', ...of('gray'), ...of('red'),
    '-filter_complex', '[0:v][1:v]concat=n=2:v=1', '-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '10', '-f', 'flv', file]);
  return file;
}

scenario('what turns red becomes a case that names scorer and score', async (s) => {
  const weir = await Weir.start(s, { 'scorer red': RED });
  const review = await weir.review();
  const publisher = publish(s, await turnsRed(s), await weir.publishUrl('live', 'paint'));

  const { case: c } = await review.waitFor('case.opened', () => true, 20000);
  assert.equal(c.stream, 'live/paint');
  assert.equal(c.scorer, 'red');
  assert.ok(c.score >= 0.99, `score ${c.score}`);
  assert.equal(c.bank, null);
  assert.equal(c.distance, null);
  assert.equal(c.priority, 70);
  assert.match(c.reason, /^The picture at \d\.\d s was scored 1\.00 by “red”, threshold 0\.80\.$/);
  assert.ok(c.first_hit_ms >= 3900 && c.first_hit_ms <= 5200, `first hit ${c.first_hit_ms}`);
  const still = await weir.fetch(c.still, { headers: { authorization: `Bearer ${weir.token}` } });
  assert.equal(still.headers.get('content-type'), 'image/jpeg');
  await publisher.finished();
  await review.stopped('live/paint');
  assert.equal((await weir.api('GET', 'cases')).body.length, 1, 'the grey part opens none');
});

scenario('a scorer may withhold, in its own name', async (s) => {
  const weir = await Weir.start(s, { 'scorer red': { ...RED, action: 'hold' } });
  const review = await weir.review();
  publish(s, await turnsRed(s), await weir.publishUrl('live', 'paint'));

  const { case: c } = await review.waitFor('case.updated', (m) => m.case.interim === 'blank', 20000);
  assert.match(c.reason, /Scorer red withholds the stream until somebody decides\.$/);
  assert.equal(c.scorer, 'red');
});

scenario('a reload with a broken model keeps the old one', async (s) => {
  const own = s.path('own.onnx');
  await copyFile(MODEL, own);
  const weir = await Weir.start(s, { 'scorer red': { ...RED, model: own } });
  const review = await weir.review();

  await writeFile(own, (await readFile(MODEL)).subarray(0, 200));
  assert.match(await weir.reload(), /not reloaded.*\[scorer red\] model: .*own\.onnx: this is no whole ONNX file/);
  publish(s, await turnsRed(s), await weir.publishUrl('live', 'paint'));
  const { case: c } = await review.waitFor('case.opened', () => true, 20000);
  assert.equal(c.scorer, 'red');
});
