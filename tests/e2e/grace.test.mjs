// A publisher that drops out and comes back when all of it has gone out.

import assert from 'node:assert/strict';
import { assertClean } from './lib/compare.mjs';
import { decodes, publish, source } from './lib/ffmpeg.mjs';
import { audioOf, units, videoOf } from './lib/flv.mjs';
import { Nginx } from './lib/nginx.mjs';
import { FLAGGED } from './lib/places.mjs';
import { scenario } from './lib/scenario.mjs';
import { NOT_LOOKED_AT, Weir } from './lib/weir.mjs';

const waiting = (m) => m.stream.state === 'draining' && /^waiting for the publisher, \d+ s$/.test(m.stream.notice);

async function lost(s, gate) {
  const nginx = await Nginx.start(s);
  const weir = await Weir.start(s, { ...NOT_LOOKED_AT, gate, 'egress out': nginx.egress });
  const review = await weir.review();
  const file = await source(s, FLAGGED, { seconds: 5 });
  const url = await weir.publishUrl('live', 'cam');
  const first = publish(s, file, url);
  await review.waitFor('stream.updated', (m) => m.stream.packets.sent > 60);
  await first.kill();
  const killedAt = Date.now();
  await review.waitFor('stream.updated', waiting);
  return { nginx, weir, review, file, url, killedAt };
}

scenario('within the grace time it goes on over the same connection, with the real gap', async (s) => {
  const { nginx, review, file, url, killedAt } = await lost(s, { delay_ms: 1000, grace_ms: 60000 });
  const from = review.mark;
  const second = publish(s, file, url);
  await review.waitFor('stream.updated', (m) => m.stream.state === 'live' && m.stream.session === 2, 10000, from);
  const gap = Date.now() - killedAt;
  await second.finished();
  const stopped = await review.stopped('live/cam');
  assert.equal(stopped.stream.egress[0].connects, 1);
  assert.equal(nginx.count('publish', 'cam'), 1);

  const recording = await nginx.recorded('cam');
  assertClean(recording); // DTS rises, among other things
  await decodes(recording);
  const [got, sent] = [units(recording), units(file)];
  const pauseOf = (list, first) => {
    const again = list.findIndex((u, i) => i > 0 && u.data.equals(first.data));
    assert.ok(again > 0, 'the second session is there');
    return { unit: list[again], ms: list[again].dts - list[again - 1].dts };
  };
  const picture = pauseOf(videoOf(got), videoOf(sent)[0]);
  assert.ok(picture.unit.key, 'it begins on a key frame');
  s.say(`the publisher was away for ${gap} ms, the output stands for ${picture.ms} ms`);
  assert.ok(picture.ms > 0, `${picture.ms} ms`);
  const gaps = audioOf(got).map((u, i, all) => (i > 0 ? u.dts - all[i - 1].dts : 0));
  assert.ok(Math.abs(Math.max(...gaps) - picture.ms) < 500, `sound stands for ${Math.max(...gaps)} ms`);
});

scenario('after the grace time it ends downstream', async (s) => {
  const { nginx, review } = await lost(s, { delay_ms: 500, grace_ms: 2500 });
  assert.equal(nginx.count('publish_done', 'cam'), 0);
  const { stream } = await review.stopped('live/cam');
  assert.equal(stream.session, 1);
  assertClean(await nginx.recorded('cam'));
});

scenario('a cut while it is waited for ends it and bars it', async (s) => {
  const { nginx, review, weir, file, url } = await lost(s, { delay_ms: 500, grace_ms: 60000 });
  assert.equal((await review.command('stream.cut', { stream: 'live/cam' })).ok, true);
  await review.stopped('live/cam');
  await nginx.recorded('cam');
  const again = publish(s, file, url);
  await again.ended();
  assert.match(again.text, /ended by a reviewer and is barred/);
  assert.equal((await weir.api('GET', 'bars')).body.length, 1);
});
