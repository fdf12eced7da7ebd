// What policy makes of hits: written down, held, cut; and another policy taken
// over while a stream runs.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { publish, source } from './lib/ffmpeg.mjs';
import { BUILD, FLAGGED } from './lib/places.mjs';
import { run } from './lib/program.mjs';
import { scenario } from './lib/scenario.mjs';
import { until } from './lib/wait.mjs';
import { Weir, WITH_BANK } from './lib/weir.mjs';

const WEIRCTL = `${BUILD}/gateway/weirctl`;

/** Replaces the policies of the configuration by TEXT. */
async function repolicy(weir, text) {
  const config = await readFile(weir.config, 'utf8');
  await writeFile(weir.config, `${config.replace(/\[policy [^]*$/, '')}\n${text}`);
}

scenario('a note asks nobody; after a reload the same stream is held', async (s) => {
  const weir = await Weir.start(s, { ...WITH_BANK, gate: { delay_ms: 8000, shutdown_timeout_ms: 500 }, 'policy watch': { bank: 'demo', action: 'note' } });
  const review = await weir.review();
  const flagged = await source(s, FLAGGED, { from: 4, seconds: 7 });
  publish(s, flagged, await weir.publishUrl('live', 'cam'), { loop: -1 });

  const noted = await review.waitFor('stream.noted', () => true, 30000);
  assert.deepEqual([noted.stream, noted.policy, noted.bank], ['live/cam', 'watch', 'demo']);
  assert.match(noted.reason, /^The picture at \d+\.\d s matches “big-buck-bunny” of bank demo, \d+ bits of 256 differ, quality \d+\. Policy watch writes it down\.$/);
  const shown = await review.waitFor('stream.updated', (m) => m.stream.noted !== null);
  assert.equal(shown.stream.noted.reason, noted.reason);
  assert.deepEqual((await weir.api('GET', 'cases')).body, []);
  const record = (await weir.api('GET', 'trail')).body.find((r) => r.action === 'policy.note');
  assert.deepEqual([record.actor, record.subject, record.detail.policy], ['policy:watch', 'stream:live/cam', 'watch']);

  // What is kept of it, and what another policy would have made of that.
  const hit = await until(async () => (await weir.api('GET', 'hits?stream=live/cam')).body.at(-1), 20000, 'a hit is stored');
  assert.deepEqual([hit.stream, hit.clean, hit.matches[0].bank, hit.matches[0].item], ['live/cam', 2, 'demo', 'big-buck-bunny']);
  const signatures = (await weir.api('GET', 'signatures?limit=1000')).body;
  assert.ok(signatures.length >= 3, `${signatures.length} signatures: of clean pictures, too`);
  assert.match(signatures[0].hash, /^[0-9a-f]{64}$/);
  const ctl = async (...args) => (await run(WEIRCTL, args, { env: { WEIR_URL: weir.url, WEIR_TOKEN: weir.token } })).out.list.join('\n');
  assert.match(await ctl('policy'), /^watch +all +demo +bank's +bank's +1 of 1 +note +50 +-$/m);
  const file = s.path('then.conf');
  await writeFile(file, '[policy then]\nbank = demo\naction = cut\npriority = 90\n');
  const tried = await ctl('policy', 'test', file);
  assert.match(tried, /^stricter +\S+ \S+ +live\/cam +note 50 +cut 90 +The picture at .* Policy then cuts the stream\.$/m);
  assert.match(tried, /stored hits\. Now: \d+ notes?\. Then: \d+ cuts?\. /);
  await writeFile(file, '[policy then]\nradius = 0\n');
  assert.match(await ctl('policy', 'test', file), /^gone .*Then: nothing\./ms);
  assert.deepEqual((await weir.api('GET', 'bars')).body, [], 'nothing of it was done');

  await repolicy(weir, '[policy watch]\nbank = demo\naction = hold\nhits = 4\nof = 3\n');
  assert.match(await weir.reload(), /not reloaded.*weir\.conf: \[policy watch\] hits: 4 pictures can't be found among 3 \(of\)/);
  await repolicy(weir, '[policy watch]\nradius = 63\n');
  assert.match(await weir.reload(), / reloaded/);
  assert.equal((await weir.api('GET', 'policy')).body.search_radius, 63);
  await repolicy(weir, '[policy strict]\nbank = demo\naction = hold\nhits = 2\npriority = 80\ntimeout_ms = 3600000\non_timeout = cut\n');
  assert.match(await weir.reload(), / reloaded/);

  const opened = await review.caseOpened('live/cam', 30000);
  assert.deepEqual([opened.action, opened.policy, opened.priority, opened.on_timeout], ['hold', 'strict', 80, 'cut']);
  assert.ok(opened.deadline_ms > opened.opened_ms);
  assert.ok(opened.hits >= 2, `${opened.hits} hits`);
  assert.match(opened.reason, /pictures .*match “big-buck-bunny” of bank demo, nearest \d+ bits of 256, quality \d+\. Policy strict withholds the stream until somebody decides\.$/);
  const gate = await review.waitFor('gate.changed', (m) => m.by === 'policy strict');
  assert.deepEqual([gate.stream, gate.cause], ['live/cam', 'policy']);
  // From the flagged picture on, when that is due.
  await review.waitFor('stream.updated', (m) => m.stream.gate !== 'pass', 30000);
  const held = await weir.stream('live/cam');
  assert.deepEqual([held.session, held.state], [1, 'live'], 'the publisher noticed nothing');

  const answer = await review.command('case.decide', { case: opened.id, verdict: 'release', note: 'fine' });
  assert.equal(answer.ok, true, JSON.stringify(answer));
  const closed = await review.waitFor('case.closed');
  assert.deepEqual([closed.case.verdict, closed.case.deadline_ms], ['release', null]);
  await until(async () => (await weir.stream('live/cam')).gate === 'pass', 20000, 'the gate is open again');
});

scenario('a cut by policy ends the stream with nothing of it sent, and is undone by lifting the bar', async (s) => {
  const weir = await Weir.start(s, { ...WITH_BANK, gate: { delay_ms: 8000, shutdown_timeout_ms: 500 }, 'policy fast': { action: 'cut', hits: 2, of: 3 } });
  const review = await weir.review();
  const flagged = await source(s, FLAGGED, { from: 4, seconds: 7 });
  const key = await weir.key('live', 'cam');
  const url = await weir.publishUrl('live', 'cam', key.secret);
  const ffmpeg = publish(s, flagged, url, { loop: -1 });

  const { case: one } = await review.waitFor('case.closed', () => true, 30000);
  assert.deepEqual([one.verdict, one.decided_by, one.action, one.policy], ['cut', 'policy fast', 'cut', 'fast']);
  assert.equal(one.exposure_ms, 0);
  assert.match(one.reason, /Policy fast cuts the stream\.$/);
  await ffmpeg.ended(30000);
  await review.stopped('live/cam');
  const [bar] = (await weir.api('GET', 'bars')).body;
  assert.deepEqual([bar.stream, bar.by, bar.case, bar.reason], ['live/cam', 'policy fast', one.id, one.reason]);
  const records = (await weir.api('GET', 'trail')).body.map((r) => `${r.actor} ${r.action}`);
  assert.ok(records.includes('policy:fast case.cut'), records.join('\n'));

  assert.equal((await review.command('stream.unbar', { stream: 'live/cam', reason: 'appeal' })).ok, true);
  const from = review.mark;
  publish(s, flagged, url);
  await review.waitFor('stream.started', (m) => m.stream.path === 'live/cam', 30000, from);
});

scenario('every stream has a thumbnail from what is looked at anyway', async (s) => {
  const weir = await Weir.start(s, { sampling: { thumbnail_gap_ms: 2500 }, gate: { delay_ms: 1000 } });
  const review = await weir.review();
  const file = await source(s, FLAGGED, { seconds: 9 });
  publish(s, file, await weir.publishUrl('live', 'cam'));
  const picture = (headers) => weir.fetch('/api/v1/streams/live/cam/thumbnail', { headers });

  const first = await review.waitFor('stream.updated', (m) => m.stream.thumbnail_ms !== null, 30000);
  const answer = await picture({ authorization: `Bearer ${weir.token}` });
  assert.deepEqual([answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')], [200, 'image/jpeg', 'no-store']);
  const jpeg = Buffer.from(await answer.arrayBuffer());
  assert.equal(jpeg.subarray(0, 2).toString('hex') + jpeg.subarray(-2).toString('hex'), 'ffd8ffd9');
  assert.ok(jpeg.length < 64 * 1024, `${jpeg.length} bytes`);
  assert.equal((await picture({})).status, 401);
  assert.equal((await weir.fetch('/api/v1/streams/live/other/thumbnail', { headers: { authorization: `Bearer ${weir.token}` } })).status, 404);

  // Another one comes, and fewer than are looked at: it costs no decoding.
  await review.waitFor('stream.updated', (m) => m.stream.thumbnail_ms > first.stream.thumbnail_ms, 30000);
  const stopped = await review.stopped('live/cam');
  const shown = new Set(review.events.filter((m) => m.type === 'stream.updated').map((m) => m.stream.thumbnail_ms));
  shown.delete(null);
  assert.ok(shown.size >= 2 && shown.size < stopped.stream.sampling.done, `${shown.size} thumbnails of ${stopped.stream.sampling.done} samples`);
  assert.equal(stopped.stream.sampling.done, stopped.stream.sampling.asked);
  assert.equal((await picture({ authorization: `Bearer ${weir.token}` })).status, 404);
});
