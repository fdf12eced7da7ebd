// RTMP over TLS, to other servers.

import assert from 'node:assert/strict';
import { Authority } from './lib/certificates.mjs';
import { assertClean, assertRelayed, foundIn, unitsOfSpan } from './lib/compare.mjs';
import { publish, source } from './lib/ffmpeg.mjs';
import { Nginx } from './lib/nginx.mjs';
import { FLAGGED } from './lib/places.mjs';
import { scenario } from './lib/scenario.mjs';
import { NOT_LOOKED_AT, Weir, WITH_BANK } from './lib/weir.mjs';

const waits = (error) => (m) => m.stream.egress[0].state === 'waiting' && error.test(m.stream.egress[0].error);

scenario('a clip goes out over TLS byte for byte', async (s) => {
  const authority = await Authority.create(s.folder);
  const nginx = await Nginx.start(s, { tls: await authority.issue('distribution') });
  const weir = await Weir.start(s, {
    ...NOT_LOOKED_AT,
    gate: { delay_ms: 500 },
    'egress out': { url: nginx.tlsUrl, ca_file: authority.file },
  });
  const review = await weir.review();
  const file = await source(s, FLAGGED, { seconds: 10 });
  // All at once: many full records, and a socket that is full.
  await publish(s, file, await weir.publishUrl('live', 'cam'), { rate: 0 }).finished();
  const stopped = await review.stopped('live/cam');
  assert.equal(stopped.stream.egress[0].connects, 1);
  assertRelayed(await nginx.recorded('cam'), file);
});

scenario('a certificate that does not hold is refused with words, and goes by without verification', async (s) => {
  const authority = await Authority.create(s.folder);
  const other = await Nginx.start(s, { folder: 'other', tls: await authority.issue('other', { hosts: 'DNS:other.example' }) });
  const expired = await Nginx.start(s, { folder: 'expired', tls: await authority.issue('expired', { days: -1 }) });
  const weir = await Weir.start(s, {
    ...NOT_LOOKED_AT,
    gate: { delay_ms: 500 },
    'egress other': { app: 'other', url: other.tlsUrl, ca_file: authority.file },
    'egress expired': { app: 'expired', url: expired.tlsUrl, ca_file: authority.file },
    'egress stranger': { app: 'stranger', url: other.tlsUrl },
    'egress plain': { app: 'plain', url: `rtmps://127.0.0.1:${other.told}/live/{name}` },
    'egress open': { app: 'open', url: expired.tlsUrl, verify: false },
  });
  const review = await weir.review();
  const file = await source(s, FLAGGED, { seconds: 4 });
  for (const [app, words] of [
    ['other', /certificate of localhost is not accepted: hostname mismatch/],
    ['expired', /certificate of localhost is not accepted: certificate has expired/],
    ['stranger', /certificate of localhost is not accepted: unable to get local issuer/],
    ['plain', /TLS: first byte is 72: it looks like HTTP without TLS/],
  ]) {
    const ffmpeg = publish(s, file, await weir.publishUrl(app, 'cam'));
    await review.waitFor('stream.updated', waits(words));
    await ffmpeg.kill();
    await review.stopped(`${app}/cam`);
  }
  assert.equal(other.count('publish', 'cam'), 0);
  await publish(s, file, await weir.publishUrl('open', 'cam'), { rate: 0 }).finished();
  await review.stopped('open/cam');
  assertRelayed(await expired.recorded('cam'), file);
});

scenario('a cut holds over TLS', async (s) => {
  const authority = await Authority.create(s.folder);
  const nginx = await Nginx.start(s, { tls: await authority.issue('distribution') });
  const weir = await Weir.start(s, {
    ...WITH_BANK,
    gate: { delay_ms: 5000 },
    'egress out': { url: nginx.tlsUrl, ca_file: authority.file },
  });
  const review = await weir.review();
  const file = await source(s, FLAGGED, { from: 4, seconds: 16 });
  publish(s, file, await weir.publishUrl('live', 'cam'));
  const c = await review.caseOpened('live/cam');
  await review.waitFor('stream.updated', (m) => m.stream.packets.sent > 20);
  const cut = await review.command('case.decide', { case: c.id, verdict: 'cut', note: '' });
  assert.deepEqual([cut.ok, cut.exposure_ms], [true, 0]);
  s.say(`time to cut: ${cut.time_to_cut_us} µs`);
  await review.stopped('live/cam');
  const recording = await nginx.recorded('cam');
  assertClean(recording);
  assert.deepEqual(foundIn(recording, unitsOfSpan(file, c.span.from_ms)).map((u) => u.pts), []);
  assert.ok(foundIn(recording, unitsOfSpan(file, 0, c.span.from_ms)).length > 0, 'what was public before is there');
});
