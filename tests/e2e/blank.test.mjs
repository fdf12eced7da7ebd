// Blank and resume: nothing of the blanked time leaves, then it goes on.

import assert from 'node:assert/strict';
import { assertClean, foundIn, placesIn, unitsOfSpan } from './lib/compare.mjs';
import { decodes, publish, source } from './lib/ffmpeg.mjs';
import { units, videoOf } from './lib/flv.mjs';
import { Nginx } from './lib/nginx.mjs';
import { FLAGGED } from './lib/places.mjs';
import { scenario } from './lib/scenario.mjs';
import { NOT_LOOKED_AT, Weir } from './lib/weir.mjs';

const DELAY_MS = 1500;

scenario('a blanked time is missing, the rest goes on from a key frame', async (s) => {
  const nginx = await Nginx.start(s);
  const weir = await Weir.start(s, { ...NOT_LOOKED_AT, gate: { delay_ms: DELAY_MS }, 'egress out': nginx.egress });
  const review = await weir.review();
  const file = await source(s, FLAGGED, { seconds: 14 });
  const ffmpeg = publish(s, file, await weir.publishUrl('live', 'cam'));

  await review.waitFor('stream.updated', (m) => m.stream.packets.sent > 40);
  const blank = await review.command('stream.blank', { stream: 'live/cam', reason: 'look' });
  assert.deepEqual([blank.ok, blank.applied], [true, true]);
  const blanked = await review.waitFor('gate.changed');
  assert.deepEqual([blanked.state, blanked.by, blanked.from_ms], ['blank', 'admin', blank.from_ms]);
  // Blanked again is still blanked, and not a change.
  assert.equal((await review.command('stream.blank', { stream: 'live/cam' })).ok, true);
  assert.equal(review.events.filter((m) => m.type === 'gate.changed').length, 1);

  const size = await nginx.size('cam');
  const from = review.mark;
  await review.waitFor('stream.updated', (m) => m.stream.packets.withheld > 150, 20000, from);
  assert.ok((await nginx.size('cam')) - size < 20000, 'nothing but what was in the socket arrives meanwhile');
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
  assert.ok(!places.includes(-1), 'all pictures are the source\'s, in its order');
  const jumps = places.flatMap((p, i) => (i > 0 && p !== places[i - 1] + 1 ? [i] : []));
  assert.equal(jumps.length, 1, `one gap, not at ${jumps}`);
  const sent = videoOf(units(file));
  assert.ok(videoOf(units(recording))[jumps[0]].key, 'the picture after the gap is a key frame');
  assert.equal(places.at(-1), sent.length - 1, 'it goes on to the end');
  const sound = units(recording).filter((u) => u.kind === 'audio');
  const gap = Math.max(...sound.map((u, i) => (i > 0 ? u.dts - sound[i - 1].dts : 0)));
  assert.ok(gap < 60, `silence takes the place of sound: ${gap} ms`);
  assertClean(recording);
  await decodes(recording);
});
