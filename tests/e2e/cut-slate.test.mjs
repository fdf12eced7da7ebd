// A cut with a slate for a time and a bar for a time.

import assert from 'node:assert/strict';
import { assertClean, placesIn } from './lib/compare.mjs';
import { decodes, publish, source } from './lib/ffmpeg.mjs';
import { units, videoOf } from './lib/flv.mjs';
import { Nginx } from './lib/nginx.mjs';
import { CLEAN } from './lib/places.mjs';
import { scenario } from './lib/scenario.mjs';
import { until } from './lib/wait.mjs';
import { NOT_LOOKED_AT, Weir } from './lib/weir.mjs';

const SLATE_MS = 2000;
const LONG_BAR_MS = 3600000;
const SHORT_BAR_MS = 1000;

scenario('a cut leaves viewers on the slate and bars for a time', async (s) => {
  const nginx = await Nginx.start(s);
  const weir = await Weir.start(s, { ...NOT_LOOKED_AT, gate: { delay_ms: 1500 }, 'egress out': nginx.egress });
  const review = await weir.review();
  const file = await source(s, CLEAN, { seconds: 30 });
  const { secret } = await weir.key('live', 'cam');
  const url = await weir.publishUrl('live', 'cam', secret);
  const bars = async () => (await weir.api('GET', 'bars')).body;

  const ffmpeg = publish(s, file, url);
  await weir.says(/muxer: slate ready/);
  await review.waitFor('stream.updated', (m) => m.stream.packets.sent > 40);
  const cut = await review.command('stream.cut', { stream: 'live/cam', reason: 'not for all ages', slate_ms: SLATE_MS, bar_ms: LONG_BAR_MS });
  assert.deepEqual([cut.ok, cut.applied], [true, true], cut.message);
  const gate = await review.waitFor('gate.changed', (m) => m.state === 'cut');
  assert.deepEqual([gate.cause, gate.by], ['reviewer', 'admin']);
  assert.notEqual((await ffmpeg.ended()).code, 0, 'the publisher is disconnected');
  assert.match(ffmpeg.text, /A reviewer ended this stream\./);

  const [bar] = await bars();
  assert.deepEqual([bar.stream, bar.reason, bar.until_ms - bar.since_ms], ['live/cam', 'not for all ages', LONG_BAR_MS]);
  // While viewers may still see the slate, and behind it.
  for (const behind of [false, true]) {
    if (behind) await review.stopped('live/cam');
    const again = publish(s, file, url);
    assert.notEqual((await again.ended()).code, 0, 'it is refused');
    const until = new Date(Math.ceil(bar.until_ms / 1000) * 1000).toISOString().replace('T', ' ').replace('.000Z', ' UTC');
    assert.ok(again.text.includes(`ended by a reviewer and is barred until ${until}: not for all ages`), again.text);
  }

  const recording = await nginx.recorded('cam');
  const pictures = videoOf(units(recording));
  const places = placesIn(file, recording);
  const first = places.indexOf(-1);
  assert.ok(first > 0 && places.slice(0, first).every((p, i) => p === i), 'content from its beginning on');
  assert.ok(places.slice(first).every((p) => p === -1), 'then the slate, to the end');
  assert.ok(pictures[first].key, 'it begins on a key frame');
  const slate = pictures.at(-1).dts - pictures[first].dts;
  s.say(`slate of ${slate} ms behind ${first} pictures`);
  assert.ok(slate > SLATE_MS / 2 && slate < SLATE_MS * 2, `the slate is shown for ${slate} ms`);
  assertClean(recording);
  await decodes(recording);
  assert.equal(nginx.count('publish', 'cam'), 1, 'nothing of those who were refused came downstream');

  // Lifted before its time.
  assert.equal((await review.command('stream.unbar', { stream: 'live/cam', reason: 'appeal' })).ok, true);
  assert.deepEqual(await bars(), []);
  let from = review.mark;
  const lifted = publish(s, file, url);
  await review.waitFor('stream.started', () => true, 20000, from);

  // And one that ends by itself.
  const short = await review.command('stream.cut', { stream: 'live/cam', slate_ms: 0, bar_ms: SHORT_BAR_MS });
  assert.equal(short.ok, true, short.message);
  assert.notEqual((await lifted.ended()).code, 0);
  await review.stopped('live/cam', 40000, from);
  await until(async () => (await bars()).length === 0, 20000, 'the bar has ended');
  from = review.mark;
  publish(s, file, url);
  await review.waitFor('stream.started', () => true, 20000, from);
});
