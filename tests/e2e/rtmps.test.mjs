// RTMP over TLS: from publishers, and to other servers.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import tls from 'node:tls';
import { Authority } from './lib/certificates.mjs';
import { assertClean, assertRelayed, foundIn, unitsOfSpan } from './lib/compare.mjs';
import { publish, source } from './lib/ffmpeg.mjs';
import { Nginx } from './lib/nginx.mjs';
import { FLAGGED } from './lib/places.mjs';
import { Program } from './lib/program.mjs';
import { RtmpClient } from './lib/rtmp-client.mjs';
import { scenario } from './lib/scenario.mjs';
import { NOT_LOOKED_AT, Weir, WITH_BANK } from './lib/weir.mjs';

const trusting = (authority) => ({ options: ['-tls_verify', '1', '-ca_file', authority.file] });

/** Common name of the certificate that a new connection sees. */
async function seen(port, authority) {
  const socket = tls.connect({ port, host: '127.0.0.1', servername: 'localhost', ca: await readFile(authority.file) });
  await once(socket, 'secureConnect');
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return subject.CN;
}

scenario('a clip comes in over TLS byte for byte', async (s) => {
  const authority = await Authority.create(s.folder);
  const nginx = await Nginx.start(s);
  const weir = await Weir.start(s, {
    ...NOT_LOOKED_AT,
    rtmps: await authority.issue('first'),
    gate: { delay_ms: 500 },
    'egress out': nginx.egress,
  });
  const review = await weir.review();
  const file = await source(s, FLAGGED, { seconds: 10 });
  const ffmpeg = publish(s, file, await weir.publishTlsUrl('live', 'cam'), { rate: 0, ...trusting(authority) });
  const { stream } = await review.waitFor('stream.started');
  assert.equal(stream.protocol, 'rtmps');
  await ffmpeg.finished();
  await review.stopped('live/cam');
  assertRelayed(await nginx.recorded('cam'), file);

  // Words of refusal come through as well.
  const refused = publish(s, file, await weir.publishTlsUrl('live', 'other', 'wrong'), trusting(authority));
  assert.notEqual((await refused.ended()).code, 0);
  assert.match(refused.text, /The stream key is not known here/);
});

scenario('a new certificate is taken by SIGHUP, a bad one is not, and streams go on', async (s) => {
  const authority = await Authority.create(s.folder);
  const first = await authority.issue('first');
  const second = await authority.issue('second');
  const nginx = await Nginx.start(s);
  const pair = { certificate: s.path('server.pem'), key: s.path('server.key') };
  await copyFile(first.certificate, pair.certificate);
  await copyFile(first.key, pair.key);
  const weir = await Weir.start(s, { ...NOT_LOOKED_AT, rtmps: pair, gate: { delay_ms: 500 }, 'egress out': nginx.egress });
  const review = await weir.review();
  const port = await weir.tlsPort();
  const file = await source(s, FLAGGED, { seconds: 6 });
  const ffmpeg = publish(s, file, await weir.publishTlsUrl('live', 'cam'), trusting(authority));
  await review.waitFor('stream.started');
  assert.equal(await seen(port, authority), 'first');

  await copyFile(second.certificate, pair.certificate);
  assert.match(await weir.reload(), /not reloaded.*\[rtmps\] key: .*server\.key: key values mismatch/);
  assert.equal(await seen(port, authority), 'first');
  await writeFile(pair.certificate, 'nothing\n');
  assert.match(await weir.reload(), /not reloaded.*\[rtmps\] certificate: .*server\.pem: no start line/);
  assert.equal(await seen(port, authority), 'first');
  await copyFile(second.certificate, pair.certificate);
  await copyFile(second.key, pair.key);
  assert.match(await weir.reload(), /reloaded: /);
  assert.equal(await seen(port, authority), 'second');

  assert.equal(ffmpeg.status, null, 'still publishing');
  await ffmpeg.finished();
  const stopped = await review.stopped('live/cam');
  assert.equal(stopped.stream.session, 1);
  assertRelayed(await nginx.recorded('cam'), file);
});

scenario('who takes the wrong port, or speaks old or odd TLS, is told so, and the log says it', async (s) => {
  const authority = await Authority.create(s.folder);
  const weir = await Weir.start(s, { ...NOT_LOOKED_AT, rtmp: { handshake_timeout_ms: 1000 }, rtmps: await authority.issue('first') });
  const port = await weir.tlsPort();

  const plain = s.add(new RtmpClient(port));
  plain.write([3], Buffer.alloc(1536));
  assert.equal(Buffer.from(await plain.refused(), 'latin1').toString('hex'), '1503010002020a', 'an alert: unexpected message');
  await weir.says(/refused: TLS: first byte is 3: it looks like RTMP without TLS/);

  const secure = tls.connect({ port: weir.port, host: '127.0.0.1', rejectUnauthorized: false });
  await once(secure, 'error');
  await weir.says(/refused: handshake: first byte is 22, not 3: it looks like TLS; RTMPS has a port of its own/);

  // The publisher doesn't trust the certificate.
  const distrusting = new Program('openssl', 'openssl', ['s_client', '-connect', `127.0.0.1:${port}`, '-verify_return_error']);
  assert.notEqual((await distrusting.ended()).code, 0);
  await weir.says(/refused: TLS: the other side says: unknown CA/);

  const old = new Program('openssl', 'openssl', ['s_client', '-connect', `127.0.0.1:${port}`, '-tls1_1', '-cipher', 'ALL@SECLEVEL=0']);
  assert.notEqual((await old.ended()).code, 0);
  await weir.says(/refused: TLS: unsupported protocol/);
  const eager = tls.connect({ port, host: '127.0.0.1', servername: 'localhost', ca: await readFile(authority.file), maxVersion: 'TLSv1.2' });
  await once(eager, 'secureConnect');
  eager.renegotiate({}, () => {});
  const [error] = await once(eager, 'error');
  assert.equal(error.code, 'ERR_SSL_NO_RENEGOTIATION');

  // One deadline for both handshakes.
  const silent = s.add(new RtmpClient(port));
  await silent.refused(5000);
  await weir.says(/refused: no TLS handshake within 1000 ms/);
  const half = tls.connect({ port, host: '127.0.0.1', servername: 'localhost', ca: await readFile(authority.file) });
  await once(half, 'secureConnect');
  half.resume();
  await once(half, 'close');
  await weir.says(/refused: no handshake within 1000 ms/);
});

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
    gate: { delay_ms: 500, grace_ms: 0 },
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
