// What SIGHUP changes under a running stream: banks, their files, how often it is
// looked at; and that an error changes nothing.

import assert from 'node:assert/strict';
import { appendFile, copyFile, readFile, writeFile } from 'node:fs/promises';
import { publish, source } from './lib/ffmpeg.mjs';
import { BANK, FLAGGED } from './lib/places.mjs';
import { scenario } from './lib/scenario.mjs';
import { until } from './lib/wait.mjs';
import { Weir } from './lib/weir.mjs';

const banks = async (weir) => Object.fromEntries((await weir.api('GET', 'banks')).body.map((b) => [b.name, b]));

scenario('a bank whose file has changed is looked for, and one that is taken away is not', async (s) => {
  const list = s.path('list.csv');
  await writeFile(list, '# nothing yet\n');
  const weir = await Weir.start(s, { 'bank known': { file: list }, gate: { delay_ms: 8000, shutdown_timeout_ms: 500 } });
  const review = await weir.review();
  const flagged = await source(s, FLAGGED, { from: 4, seconds: 7 });
  publish(s, flagged, await weir.publishUrl('live', 'cam'), { loop: -1 });
  await review.waitFor('stream.updated', (m) => m.stream.sampling.done >= 4, 40000);
  assert.deepEqual((await weir.api('GET', 'cases')).body, []);
  const config = await readFile(weir.config, 'utf8');

  // Nothing that is wrong with a bank takes the old ones away.
  await copyFile(BANK, list);
  await appendFile(weir.config, '\n[bank other]\nfile = none.csv\n');
  assert.match(await weir.reload(), /not reloaded, everything stays as it was: .*weir\.conf: \[bank other\] file: .*none\.csv/);
  assert.deepEqual(Object.keys(await banks(weir)), ['known']);
  assert.equal((await banks(weir)).known.in_file, 0);

  await writeFile(weir.config, `${config}\n[bank other]\nradius = 40\naction = note\n`);
  assert.match(await weir.reload(), /^app: reloaded/);
  const now = await banks(weir);
  assert.ok(now.known.in_file > 20, `${now.known.in_file} entries`);
  assert.equal(now.other.radius, 40);
  assert.equal((await weir.api('GET', 'policy')).body.search_radius, 40);
  const opened = await review.caseOpened('live/cam', 30000);
  assert.deepEqual([opened.bank, opened.item], ['known', 'big-buck-bunny']);
  assert.equal((await weir.stream('live/cam')).session, 1, 'the publisher noticed nothing');

  // What is put in counts in the new bank, too, and goes with it.
  const hash = (await readFile(BANK, 'utf8')).split('\n').at(-2).split(',')[0];
  assert.equal((await weir.api('POST', 'banks/other/entries', { entries: [{ hash }] })).status, 200);
  await writeFile(weir.config, config.replace(/\[bank known\][^[]*/, ''));
  assert.match(await weir.reload(), /^app: reloaded/);
  assert.deepEqual(await banks(weir), {});
  const { hits } = (await weir.api('GET', 'cases')).body[0];
  const { stream } = await review.waitFor('stream.updated', (m) => m.stream.sampling.done > 0, 20000, review.mark);
  await review.waitFor('stream.updated', (m) => m.stream.sampling.done >= stream.sampling.done + 6, 40000, review.mark);
  const after = (await weir.api('GET', 'cases')).body[0].hits;
  assert.ok(after - hits <= 2, `${after - hits} hits more: those that were under way`);
});

scenario('what a reload brings is looked for in the pictures of before', async (s) => {
  const list = s.path('list.csv');
  await writeFile(list, '');
  const weir = await Weir.start(s, { 'bank known': { file: list, radius: 31 }, gate: { delay_ms: 20000, shutdown_timeout_ms: 500 } });
  const review = await weir.review();
  const flagged = await source(s, FLAGGED, { from: 4, seconds: 7 });
  publish(s, flagged, await weir.publishUrl('live', 'cam'), { loop: -1 });
  const done = (n, since) => review.waitFor('stream.updated', (m) => m.stream.sampling.done >= n, 40000, since);
  await done(4);
  // Nothing is looked at from now on, so what is found was there before.
  const config = await readFile(weir.config, 'utf8');
  await writeFile(weir.config, `${config}\n[app live]\nsampling_mode = off\n`);
  assert.match(await weir.reload(), /^app: reloaded/);
  await review.waitFor('stream.updated', (m) => m.stream.sampling.mode === 'off', 30000, review.mark);
  assert.deepEqual((await weir.api('GET', 'cases')).body, []);

  // New entries of the bank's file.
  await copyFile(BANK, list);
  assert.match(await weir.reload(), /^app: reloaded/);
  const opened = await review.caseOpened('live/cam', 30000);
  assert.deepEqual([opened.bank, opened.item], ['known', 'big-buck-bunny']);
  await until(() => weir.lines().some((line) => /\d+ pictures of before match what the banks have now/.test(line)), 20000, 'it is said');
  const { hits } = (await weir.api('GET', 'cases')).body[0];

  // Another bank of the same, for a second time: told of again under its name only.
  await writeFile(weir.config, `${await readFile(weir.config, 'utf8')}\n[bank also]\nfile = ${BANK}\n`);
  assert.match(await weir.reload(), /^app: reloaded/);
  await review.waitFor('case.updated', (m) => m.case.hits >= 2 * hits, 20000, review.mark);
  assert.equal((await weir.api('GET', 'cases')).body[0].hits, 2 * hits);
  assert.equal((await weir.stream('live/cam')).session, 1, 'the publisher noticed nothing');
});

scenario('how often a running stream is looked at', async (s) => {
  const weir = await Weir.start(s, { gate: { delay_ms: 1000 }, sampling: { mode: 'keyframes' } });
  const review = await weir.review();
  const flagged = await source(s, FLAGGED, { from: 4, seconds: 7 });
  publish(s, flagged, await weir.publishUrl('live', 'cam'), { loop: -1 });
  const sampled = (mode) => review.waitFor('stream.updated', (m) => m.stream.sampling.mode === mode && m.stream.sampling.done > 0, 30000, review.mark);
  await sampled('keyframes');
  const config = await readFile(weir.config, 'utf8');

  await writeFile(weir.config, config.replace(/mode ?= ?keyframes/, 'mode = fps\nfps = 4'));
  assert.match(await weir.reload(), /^app: reloaded/);
  await sampled('fps');
  await writeFile(weir.config, config.replace(/mode ?= ?keyframes/, 'mode = sometimes'));
  assert.match(await weir.reload(), /not reloaded, everything stays as it was: .*weir\.conf.*\[sampling\] mode/);
  await sampled('fps');
  await writeFile(weir.config, `${config}\n[app live]\nsampling_mode = off\n`);
  assert.match(await weir.reload(), /^app: reloaded/);
  await sampled('off');
  assert.equal((await weir.stream('live/cam')).session, 1, 'the publisher noticed nothing');
});
