// Blank and resume: nothing of the blanked time leaves, the slate is shown, then
// it goes on.

import assert from 'node:assert/strict';
import { assertClean, foundIn, placesIn, unitsOfSpan } from './lib/compare.mjs';
import { decodes, publish, source } from './lib/ffmpeg.mjs';
import { units, videoOf } from './lib/flv.mjs';
import { Nginx } from './lib/nginx.mjs';
import { FLAGGED } from './lib/places.mjs';
import { scenario } from './lib/scenario.mjs';
import { NOT_LOOKED_AT, Weir } from './lib/weir.mjs';

const DELAY_MS = 1500;

scenario('the slate takes the place of a blanked time, the rest goes on from a key frame', async (s) => {
  const nginx = await Nginx.start(s);
  const weir = await Weir.start(s, { ...NOT_LOOKED_AT, gate: { delay_ms: DELAY_MS }, 'egress out': nginx.egress });
  const review = await weir.review();
  const file = await source(s, FLAGGED, { seconds: 14 });
  const ffmpeg = publish(s, file, await weir.publishUrl('live', 'cam'));

  await weir.says(/muxer: slate ready/);
  await review.waitFor('stream.updated', (m) => m.stream.packets.sent > 40);
  const blank = await review.command('stream.blank', { stream: 'live/cam', reason: 'look' });
  assert.deepEqual([blank.ok, blank.applied], [true, true]);
  const blanked = await review.waitFor('gate.changed');
  assert.deepEqual([blanked.state, blanked.by, blanked.from_ms], ['blank', 'admin', blank.from_ms]);
  // Blanked again is still blanked, and not a change.
  assert.equal((await review.command('stream.blank', { stream: 'live/cam' })).ok, true);
  assert.equal(review.events.filter((m) => m.type === 'gate.changed').length, 1);

  const from = review.mark;
  await review.waitFor('stream.updated', (m) => m.stream.packets.withheld > 150, 20000, from);
  assert.equal((await weir.stream('live/cam')).gate, 'blank');

  assert.equal((await review.command('stream.resume', { stream: 'live/cam', reason: '' })).ok, true);
  const resumed = await review.waitFor('gate.changed', (m) => m.state === 'pass');
  assert.ok(resumed.from_ms > blank.from_ms + 1000, `resumed from ${resumed.from_ms}, blanked from ${blank.from_ms}`);
  await ffmpeg.finished();
  const stopped = await review.stopped('live/cam');
  assert.equal(stopped.stream.egress[0].connects, 1, 'the connection downstream was kept');

  const recording = await nginx.recorded('cam');
  const hidden = unitsOfSpan(file, blank.from_ms, resumed.from_ms);
  assert.ok(hidden.length > 30, `${hidden.length} units to look for`);
  assert.deepEqual(foundIn(recording, hidden).map((u) => u.pts), []);

  const places = placesIn(file, recording);
  const pictures = videoOf(units(recording));
  const [first, last] = [places.indexOf(-1), places.lastIndexOf(-1)];
  assert.ok(last - first > 30, `the slate is shown from ${first} to ${last}`);
  assert.ok(places.slice(first, last).every((p) => p === -1), 'in one piece');
  assert.ok(pictures[first].key && pictures[last + 1].key, 'slate and content begin on key frames');
  for (const part of [places.slice(0, first), places.slice(last + 1)]) {
    assert.ok(part.every((p, i) => i === 0 || p === part[i - 1] + 1), 'before and after it nothing is missing');
  }
  const sent = videoOf(units(file));
  assert.equal(places.at(-1), sent.length - 1, 'it goes on to the end');
  const frame = (sent.at(-1).dts - sent[0].dts) / (sent.length - 1);
  const step = Math.max(...pictures.map((u, i) => (i > 0 ? u.dts - pictures[i - 1].dts : 0)));
  assert.ok(step <= 2 * frame + 1, `no gap: ${step} ms, a picture lasts ${frame.toFixed(1)} ms`);
  const sound = units(recording).filter((u) => u.kind === 'audio');
  const gap = Math.max(...sound.map((u, i) => (i > 0 ? u.dts - sound[i - 1].dts : 0)));
  assert.ok(gap < 60, `silence takes the place of sound: ${gap} ms`);
  assertClean(recording);
  await decodes(recording);
});
