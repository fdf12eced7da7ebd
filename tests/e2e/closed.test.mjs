// What a person blanked stays so for whoever streams the name next, from the
// first packet on, until somebody opens it.

import assert from 'node:assert/strict';
import { foundIn, placesIn, unitsOfSpan } from './lib/compare.mjs';
import { publish, source } from './lib/ffmpeg.mjs';
import { Nginx } from './lib/nginx.mjs';
import { BUILD, FLAGGED } from './lib/places.mjs';
import { run } from './lib/program.mjs';
import { scenario } from './lib/scenario.mjs';
import { publishSrt, srtPort, streamId, tsSource, WITH_SRT } from './lib/srt.mjs';
import { NOT_LOOKED_AT, Weir } from './lib/weir.mjs';

const SECONDS = 4;

/** A gateway and a server, and ways to publish live/cam with SECRET to its end. */
async function begin(s, sections = {}) {
  const nginx = await Nginx.start(s);
  const weir = await Weir.start(s, { ...NOT_LOOKED_AT, gate: { delay_ms: 1500 }, 'egress out': nginx.egress, ...sections });
  const file = await source(s, FLAGGED, { seconds: SECONDS });
  const overRtmp = async (secret) => publish(s, file, await weir.publishUrl('live', 'cam', secret));
  return { nginx, weir, file, overRtmp };
}

/** Publishes by START to the end. Gives what is told of it at its beginning, what
 * DURING gave while it was on, and what the server recorded. */
async function session({ nginx }, review, start, during = async () => {}) {
  const [from, mark] = [nginx.events.list.length, review.mark];
  const sender = await start();
  const { stream } = await review.waitFor('stream.started', (m) => m.stream.path === 'live/cam', 20000, mark);
  await review.waitFor('stream.updated', (m) => m.stream.packets.sent + m.stream.packets.withheld > 20, 20000, mark);
  const result = await during(stream);
  await sender.ended();
  await review.stopped('live/cam', 40000, mark);
  return { stream, result, recording: await nginx.recorded('cam', 20000, from) };
}

/** Nothing of FILE is in RECORDING, but pictures are. */
function assertHidden(file, recording) {
  const hidden = unitsOfSpan(file, 0);
  assert.ok(hidden.length > 80, `${hidden.length} units to look for`);
  assert.deepEqual(foundIn(recording, hidden).map((u) => u.pts), []);
  const places = placesIn(file, recording);
  assert.ok(places.length > 30 && places.every((p) => p === -1), `${places.length} pictures of the slate`);
}

const closedBy = (stream) => stream.closed.map((one) => [one.kind, one.by, one.reason, one.carried]);
const blank = (review) => review.command('stream.blank', { stream: 'live/cam', reason: 'look' });

scenario('who unpublishes and publishes again is still blanked, after a restart and for another publisher too', async (s) => {
  const all = await begin(s);
  const { weir, file, overRtmp } = all;
  const { id, secret } = await weir.key('live', 'cam');
  let review = await weir.review();
  const weirctl = async (...args) => {
    const { out } = await run(`${BUILD}/gateway/weirctl`, args, { env: { WEIR_URL: weir.url, WEIR_TOKEN: weir.token } });
    return out.list.join('\n');
  };

  const first = await session(all, review, () => overRtmp(secret), () => blank(review));
  assert.deepEqual([first.result.ok, first.stream.gate, first.stream.closed], [true, 'pass', []]);

  const second = await session(all, review, () => overRtmp(secret));
  assert.deepEqual([second.stream.gate, closedBy(second.stream)], ['blank', [['blank', 'admin', 'look', true]]]);
  assertHidden(file, second.recording);

  await weir.stop();
  await weir.start();
  review = await weir.review();
  const [row] = (await weir.api('GET', 'closed')).body;
  assert.deepEqual([row.stream, row.kind, row.by, row.reason, row.live], ['live/cam', 'blank', 'admin', 'look', false]);
  assert.ok(row.until_ms > Date.now());
  assert.match(await weirctl('closed'), /^STREAM +CLOSED .*\nlive\/cam +blank +no +.* admin +look$/);

  // The name is closed, not who streamed it.
  await weir.api('DELETE', `keys/${id}`);
  const other = await weir.api('POST', 'keys', { app: 'live', name: 'cam', publisher: 'bob' });
  const third = await session(all, review, () => overRtmp(other.body.secret));
  assert.deepEqual([third.stream.publisher, third.stream.gate], ['bob', 'blank']);
  assertHidden(file, third.recording);

  // Opened while nobody is there.
  assert.equal(await weirctl('resume', 'live/cam', '--reason', 'fine'), 'live/cam is opened again; nobody streams it now.');
  assert.equal(await weirctl('closed'), 'No closed names.');
  assert.equal((await weir.api('POST', 'streams/live/cam/resume', { reason: '' })).status, 404);
  const fourth = await session(all, review, () => overRtmp(other.body.secret));
  assert.deepEqual([fourth.stream.gate, fourth.stream.closed], ['pass', []]);
  assert.ok(foundIn(fourth.recording, unitsOfSpan(file, 0)).length > 80);

  const trail = (await weir.api('GET', 'trail?limit=100')).body.filter((r) => r.subject === 'stream:live/cam').reverse();
  assert.deepEqual(trail.map((r) => r.action), ['stream.blank', 'closure.carry', 'closure.carry', 'stream.resume']);
  assert.deepEqual([trail[2].detail.by, trail[2].detail.publisher], ['admin', 'bob']);
});

scenario('over SRT, and a mute', async (s) => {
  const all = await begin(s, WITH_SRT);
  const { weir, file, overRtmp } = all;
  const { secret } = await weir.key('live', 'cam');
  const review = await weir.review();
  const port = await srtPort(weir);
  const ts = await tsSource(s, FLAGGED, { seconds: SECONDS });
  const overSrt = async () => publishSrt(s, ts, port, streamId('live', 'cam', secret));
  const mute = () => review.command('stream.mute', { stream: 'live/cam', reason: 'a song' });

  const first = await session(all, review, overSrt, async () => [await blank(review), await mute()]);
  assert.ok(first.result.every((one) => one.ok));
  const second = await session(all, review, overSrt);
  assert.deepEqual(closedBy(second.stream), [['blank', 'admin', 'look', true], ['mute', 'admin', 'a song', true]]);
  assertHidden(file, second.recording);

  // The other protocol; the picture is opened, the sound is not.
  const third = await session(all, review, () => overRtmp(secret), async (stream) => {
    assert.deepEqual([stream.protocol, stream.gate, stream.muted], ['rtmp', 'blank', true]);
    return review.command('stream.resume', { stream: 'live/cam', reason: '' });
  });
  assert.equal(third.result.ok, true);
  const fourth = await session(all, review, overSrt);
  assert.deepEqual([fourth.stream.gate, fourth.stream.muted], ['pass', true]);
  const found = foundIn(fourth.recording, unitsOfSpan(file, 0));
  assert.ok(found.some((u) => u.kind === 'video') && !found.some((u) => u.kind === 'audio'));
  assert.equal((await weir.api('POST', 'streams/live/cam/unmute', { reason: '' })).status, 200);
  assert.deepEqual((await weir.api('GET', 'closed')).body, []);
});
