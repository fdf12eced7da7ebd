// A stream that turns red is scored by a classifier and becomes a case.

import assert from 'node:assert/strict';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { publish } from './lib/ffmpeg.mjs';
import { children } from './lib/linux.mjs';
import { BUILD, TESTS } from './lib/places.mjs';
import { run } from './lib/program.mjs';
import { scenario } from './lib/scenario.mjs';
import { until } from './lib/wait.mjs';
import { Weir } from './lib/weir.mjs';

const WEIRCTL = `${BUILD}/gateway/weirctl`;
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
  await review.waitFor('stream.updated', (m) => m.stream.sampling.risk_reason === 'a rising score', 20000);
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

scenario('a policy holds at three of five, and another one is tried on the scores that were kept', async (s) => {
  const weir = await Weir.start(s, { 'scorer red': { ...RED, action: 'note' }, 'policy often': { scorer: 'red', threshold: '0.9', hits: 3, of: 5, action: 'hold', priority: 80, timeout_ms: 3600000, on_timeout: 'cut' } });
  const review = await weir.review();
  const publisher = publish(s, await turnsRed(s), await weir.publishUrl('live', 'paint'));

  const { case: c } = await review.waitFor('case.opened', () => true, 20000);
  assert.deepEqual([c.scorer, c.policy, c.action, c.priority, c.on_timeout], ['red', 'often', 'hold', 80, 'cut']);
  assert.match(c.reason, /^“red” scored (0\.9\d|1\.00) \(threshold 0\.90\) on (3 of )?the last \d pictures, for \d\.\d s\. Policy often withholds the stream until somebody decides\.$/);
  assert.ok(c.hits >= 3, `${c.hits} pictures`);
  await publisher.finished();
  await review.stopped('live/paint');

  const hits = await until(async () => {
    const list = (await weir.api('GET', 'hits?stream=live/paint')).body;
    return list.length >= 3 && list;
  }, 20000, 'hits are stored');
  assert.deepEqual(Object.keys(hits[0].matches[0]).sort(), ['score', 'scorer']);
  assert.equal(hits[0].matches[0].scorer, 'red');
  assert.ok(hits.at(-1).clean >= 2, 'grey ones were clean');

  const ctl = async (...args) => {
    const { out, err } = await run(WEIRCTL, args, { env: { WEIR_URL: weir.url, WEIR_TOKEN: weir.token } });
    return [...out.list, ...err.list].join('\n');
  };
  const shown = await ctl('policy');
  assert.match(shown, /^often +all +scorer red +0\.90 +- +3 of 5 +hold +80 +cut after /m);
  assert.match(shown, /^\(the scorer\) +all +scorer red +0\.80 +- +1 of 1 +note +70 +-$/m);
  const file = s.path('then.conf');
  await writeFile(file, '[policy then]\nscorer = red\naction = cut\npriority = 90\n');
  const tried = await ctl('policy', 'test', file);
  assert.match(tried, /^stricter +\S+ \S+ +live\/paint +hold 80 +cut 90 +The picture at \d\.\d s was scored .* by “red”, threshold 0\.80\. Policy then cuts the stream\.$/m);
  await writeFile(file, '[scorer red]\nthreshold = 0.3\n[policy then]\nscorer = red\nhits = 50\n');
  const fewer = await ctl('policy', 'test', file);
  assert.match(fewer, /^weirctl: \[scorer red\] threshold: scores of red are kept from 0\.80 on: what lies below was not seen$/m);
  assert.match(fewer, /^gone .*Now: 1 hold\. Then: nothing\./ms);
});

scenario('a reload takes another threshold at once, another model without missing a picture, and all or nothing', async (s) => {
  const own = s.path('own.onnx');
  await copyFile(MODEL, own);
  const weir = await Weir.start(s, { analysis: { workers: 2 }, 'scorer red': { ...RED, model: own, threshold: '1', action: 'note' } });
  const review = await weir.review();
  const analyzers = () => children(weir.pid, 'weir-analyzer').sort().join();
  await until(() => analyzers().split(',').length === 3, 20000, 'two and a spare are there');
  const file = s.path('grey.flv');
  await run('ffmpeg', ['-nostdin', '-loglevel', 'error', '-f', 'lavfi', '-i', 'color=gray:size=320x180:rate=10:duration=60',
    '-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '5', '-f', 'flv', file]);
  publish(s, file, await weir.publishUrl('live', 'paint'));
  await review.waitFor('stream.updated', (m) => m.stream.sampling.done >= 2, 20000);
  const edit = async (from, to) => {
    const text = await readFile(weir.config, 'utf8');
    assert.ok(text.includes(from), text);
    await writeFile(weir.config, text.replace(from, to));
  };

  // Nothing of it counts when the model can't be used.
  const before = analyzers();
  await edit('output = 1', 'output = 7');
  await edit('threshold = 1', 'threshold = 0.001');
  assert.match(await weir.reload(), /not reloaded.*\[scorer red\] model: .*own\.onnx: the model has 2 outputs, there is no output 7$/);
  assert.equal((await weir.api('GET', 'policy')).body.scorers[0].threshold, 1);
  // The same model: the processes stay.
  await edit('output = 7', 'output = 1');
  await edit('threshold = 0.001', 'threshold = 0.9');
  assert.match(await weir.reload(), / reloaded/);
  assert.equal((await weir.api('GET', 'policy')).body.scorers[0].threshold, 0.9);
  // The output that says "not red": other processes, and the grey is scored high.
  await edit('output = 1', 'output = 0');
  await edit('action = note', 'action = case');
  assert.match(await weir.reload(), / reloaded/);
  const { case: c } = await review.waitFor('case.opened', () => true, 30000);
  assert.equal(c.scorer, 'red');
  await until(() => {
    const now = analyzers().split(',');
    return now.length === 3 && now.every((pid) => !before.split(',').includes(pid));
  }, 30000, 'all analyzers are others');
  const stream = await weir.stream('live/paint');
  assert.equal(stream.sampling.skipped, 0);
  assert.equal(stream.session, 1);
  assert.equal((await weir.api('GET', 'system')).body.analyzers_restarts, 0);
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

scenario('a reload tries models with the limits that analyzers have, not with those that need a restart', async (s) => {
  const weir = await Weir.start(s, { analysis: { workers: 1, hang_timeout_ms: 100 } });
  const text = await readFile(weir.config, 'utf8');
  const model = s.path('slow.onnx');
  await run('python3', [path.join(TESTS, 'data/models/make-models.py'), path.dirname(model)]);

  assert.ok(text.includes('hang_timeout_ms = 100\n'), text);
  await writeFile(weir.config, `${text.replace('hang_timeout_ms = 100\n', 'hang_timeout_ms = 60000\n')}
[scorer slow]\nmodel = ${model}\nwidth = 512\nheight = 512\n`);
  assert.match(await weir.reload(), /not reloaded.*\[scorer slow\] model: .*slow\.onnx: a picture takes \d+ ms .* must answer within 100 ms/);
});
