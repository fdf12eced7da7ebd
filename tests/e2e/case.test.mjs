// A flagged picture becomes a case in time; a clean stream doesn't.

import assert from 'node:assert/strict';
import { query } from './lib/database.mjs';
import { publish, source } from './lib/ffmpeg.mjs';
import { CLEAN, FLAGGED } from './lib/places.mjs';
import { scenario } from './lib/scenario.mjs';
import { Weir, WITH_BANK } from './lib/weir.mjs';

const DELAY_MS = 5000;

scenario('a flagged clip opens a case with its evidence; a clean one none', async (s) => {
  const weir = await Weir.start(s, { ...WITH_BANK, gate: { delay_ms: DELAY_MS } });
  const review = await weir.review();
  // Flagged from its second 4 on: seconds 0 and 2 are looked at and clean.
  const flagged = await source(s, FLAGGED, { from: 4, seconds: 7, name: 'flagged.flv' });
  const clean = await source(s, CLEAN, { seconds: 9, name: 'clean.flv' });
  const bad = publish(s, flagged, await weir.publishUrl('live', 'bad'));
  const good = publish(s, clean, await weir.publishUrl('live', 'good'));

  const opened = await review.waitFor('case.opened', () => true, 20000);
  const stored = await query(weir, 'SELECT * FROM review_case WHERE id = ?', opened.case.id);
  const c = opened.case;
  assert.equal(stored.length, 1, 'in the database by the time it is announced');
  assert.equal(stored[0].stream, 'live/bad');
  const [{ n }] = await query(weir, 'SELECT length(jpeg) AS n FROM still WHERE case_id = ?', c.id);
  assert.ok(n > 1000, `a still of ${n} bytes`);

  const started = await review.waitFor('stream.started', (m) => m.stream.path === 'live/bad');
  assert.equal(c.stream, 'live/bad');
  assert.equal(c.publisher, 'bad');
  assert.equal(c.state, 'open');
  assert.equal(c.bank, 'demo');
  assert.match(c.entry, /^bbb_720p\.mp4@\d+(\.\d+)?$/);
  assert.equal(c.item, 'big-buck-bunny');
  assert.ok(c.distance <= 31, `distance ${c.distance}`);
  assert.ok(c.quality >= 50, `quality ${c.quality}`);
  assert.ok(c.hits >= 1);
  // The last clean key frame is at second 2, the first flagged one at 4.
  assert.ok(c.span.from_ms >= 1900 && c.span.from_ms <= 2200, `span from ${c.span.from_ms}`);
  assert.equal(c.span.to_ms, null);
  assert.ok(c.first_hit_ms >= 3900 && c.first_hit_ms <= 4200, `first hit ${c.first_hit_ms}`);
  const due = started.stream.started_ms + c.span.from_ms + DELAY_MS;
  assert.ok(c.public_ms > opened.time, `public in ${c.public_ms - opened.time} ms`);
  assert.ok(Math.abs(c.public_ms - due) < 3000, `public ${c.public_ms - due} ms off`);
  assert.equal(c.exposure_ms ?? 0, 0);
  s.say(`time to flag: ${opened.time - c.sampled_ms} ms after the picture came in`);

  const still = await weir.fetch(c.still, { headers: { authorization: `Bearer ${weir.token}` } });
  assert.equal(still.headers.get('content-type'), 'image/jpeg');
  const jpeg = Buffer.from(await still.arrayBuffer());
  assert.equal(jpeg.subarray(0, 2).toString('hex'), 'ffd8');
  assert.equal(jpeg.subarray(-2).toString('hex'), 'ffd9');

  const more = await review.waitFor('case.updated', (m) => m.case.hits > c.hits);
  assert.equal(more.case.id, c.id);
  await Promise.all([bad.finished(), good.finished()]);
  const stopped = await review.stopped('live/good');
  const { asked, done, skipped } = stopped.stream.sampling;
  assert.ok(done >= 5 && done === asked && skipped === 0, `clean: ${done} of ${asked} looked at`);
  assert.equal(stopped.stream.cases_open, 0);
  await review.stopped('live/bad');
  const list = (await weir.api('GET', 'cases')).body;
  assert.deepEqual(list.map((one) => one.id), [c.id], 'one case in all');
});
