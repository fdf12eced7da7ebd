// Who may use the API and the review socket, and what a stranger gets.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import WebSocket from 'ws';
import { publish, source } from './lib/ffmpeg.mjs';
import { CLEAN } from './lib/places.mjs';
import { scenario } from './lib/scenario.mjs';
import { within } from './lib/wait.mjs';
import { NOT_LOOKED_AT, Weir } from './lib/weir.mjs';

const DEADLINE_MS = 10000;

/** The path as it is, which fetch would tidy up. */
function raw(weir, path, { method = 'GET', headers = {}, body } = {}) {
  const { hostname, port } = new URL(weir.url);
  const answer = new Promise((resolve, reject) => {
    const request = http.request({ hostname, port, path, method, headers, agent: false });
    request.on('response', (response) => {
      response.resume();
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers }));
      response.on('error', reject);
    });
    request.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ status: 101, headers: response.headers });
    });
    request.on('error', (error) => resolve({ status: null, error: error.code }));
    request.end(body);
  });
  return within(answer, DEADLINE_MS, `${method} ${path} is answered`);
}

/** How an attempt to open the review socket ends: 'open', or the refusal. */
async function attempt(weir, headers, protocol = 'weir.v1', path = '/api/v1/review') {
  const ws = new WebSocket(weir.url.replace('http', 'ws') + path, protocol, { headers });
  try {
    return await within(
      Promise.race([once(ws, 'open').then(() => 'open'), once(ws, 'error').then(([e]) => e.message)]),
      DEADLINE_MS, 'the upgrade is answered or refused');
  } catch (error) {
    return error.message;
  } finally {
    ws.on('error', () => {});
    ws.terminate();
  }
}

async function login(weir) {
  const answer = await weir.fetch('/api/v1/login', { method: 'POST', headers: { authorization: `Bearer ${weir.token}` } });
  assert.equal(answer.status, 204);
  return answer.headers.get('set-cookie');
}

scenario('without a session or a token there is nothing to see', async (s) => {
  const weir = await Weir.start(s, NOT_LOOKED_AT);
  const doc = await (await weir.fetch('/api/v1/openapi.json')).json();
  const open = new Set(['/api/v1/openapi.json', '/api/v1/asyncapi.json', '/healthz', '/readyz', '/metrics']);
  let tried = 0;
  for (const [path, methods] of Object.entries(doc.paths)) {
    for (const method of Object.keys(methods).filter((m) => /^(get|post|put|patch|delete)$/.test(m))) {
      const where = path.replace(/\{\w+\}/g, 'x');
      const bodies = method === 'get' ? {} : { body: '{}', headers: { 'content-type': 'application/json' } };
      if (open.has(path)) {
        assert.equal((await weir.fetch(where)).status, 200, where);
        continue;
      }
      for (const authorization of [undefined, 'Bearer wrong', `Basic ${weir.token}`]) {
        const answer = await weir.fetch(where, {
          method: method.toUpperCase(),
          ...bodies,
          headers: { ...bodies.headers, ...(authorization && { authorization }) },
        });
        assert.equal(answer.status, 401, `${method} ${where}`);
        assert.equal((await answer.json()).error, 'unauthorized');
        tried += 1;
      }
    }
  }
  assert.ok(tried > 30, `${tried} requests`);

  const cookie = await login(weir);
  assert.match(cookie, /^weir_session=[\w-]{20,}; /);
  for (const flag of ['HttpOnly', 'SameSite=Strict', 'Path=/']) assert.ok(cookie.split('; ').includes(flag), flag);
  const session = cookie.split(';')[0];
  const me = await weir.fetch('/api/v1/me', { headers: { cookie: session } });
  assert.deepEqual(await me.json(), { name: 'admin', role: 'admin' });

  const { port } = new URL(weir.url);
  const foreign = 'http://elsewhere.example';
  assert.notEqual(await attempt(weir, {}), 'open');
  assert.notEqual(await attempt(weir, { cookie: 'weir_session=guess' }), 'open');
  assert.notEqual(await attempt(weir, { cookie: session, origin: foreign }), 'open');
  assert.notEqual(await attempt(weir, { cookie: session, origin: 'null' }), 'open');
  assert.notEqual(await attempt(weir, { cookie: session }, 'other.v1'), 'open');
  assert.notEqual(await attempt(weir, { cookie: session }, 'weir.v1', '/'), 'open');
  assert.equal(await attempt(weir, { cookie: session, origin: `http://127.0.0.1:${port}` }), 'open');
  assert.equal(await attempt(weir, { authorization: `Bearer ${weir.token}` }), 'open');
  const forged = await raw(weir, '/api/v1/keys', { method: 'POST', headers: { cookie: session, origin: foreign, 'content-length': 2 }, body: '{}' });
  assert.equal(forged.status, 403, 'another page may not post with the cookie');

  const out = await weir.fetch('/api/v1/logout', { method: 'POST', headers: { cookie: session } });
  assert.equal(out.status, 204);
  assert.equal((await weir.fetch('/api/v1/me', { headers: { cookie: session } })).status, 401);
  assert.notEqual(await attempt(weir, { cookie: session }), 'open');
});

scenario('hostile requests are refused, and the headers are safe', async (s) => {
  const weir = await Weir.start(s, NOT_LOOKED_AT);
  const authorization = `Bearer ${weir.token}`;

  const h2c = await raw(weir, '/', { headers: { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABkAAQAAP__' } });
  assert.notEqual(h2c.status, 101);
  const preface = net.connect(new URL(weir.url).port, '127.0.0.1');
  preface.on('error', () => {});
  preface.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  preface.resume();
  await within(once(preface, 'close'), 20000, 'an HTTP/2 preface is refused');

  // A second request with a body behind the first must not hold the loop.
  const two = net.connect(new URL(weir.url).port, '127.0.0.1');
  two.on('error', () => {});
  two.write('POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nxx'.repeat(2));
  two.resume();
  await within(once(two, 'close'), 20000, 'pipelined bodies end the connection');
  assert.equal((await raw(weir, '/healthz')).status, 200);

  const large = await raw(weir, '/api/v1/keys', { method: 'POST', headers: { authorization, 'content-length': 1 << 20 }, body: Buffer.alloc(1 << 20, 0x20) });
  assert.equal(large.status, 413, '1 MiB');
  const chunked = await raw(weir, '/api/v1/keys', { method: 'POST', headers: { authorization, 'transfer-encoding': 'chunked' }, body: '{}' });
  assert.notEqual(chunked.status, 201);
  const negative = await raw(weir, '/api/v1/keys', { method: 'POST', headers: { authorization, 'content-length': '-1' } });
  assert.ok(negative.status === null || negative.status >= 400, `length -1: ${negative.status}`);

  for (const path of ['/../weir.conf', '/%2e%2e/weir.conf', '/..%2fweir.conf', '/app/../../weir.db', '/....//weir.db', '//etc/passwd', '/app/', '/weir.db', '/nothing.js']) {
    const answer = await raw(weir, path);
    assert.ok([404, 400, 403, null].includes(answer.status), `${path}: ${answer.status}`);
  }
  for (const path of ['/', '/app/main.js', '/api/v1/openapi.json', '/api/v1/streams', '/nothing']) {
    const { headers } = await raw(weir, path);
    assert.match(headers['content-security-policy'], /default-src 'none'.*frame-ancestors 'none'/, path);
    assert.doesNotMatch(headers['content-security-policy'], /unsafe/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['referrer-policy'], 'no-referrer');
    assert.equal(headers['x-frame-options'], 'DENY');
  }
  assert.equal((await weir.fetch('/api/v1/streams', { headers: { authorization } })).headers.get('cache-control'), 'no-store');
  for (const [body, status] of [['[]', 400], ['{', 400], ['{"app":"a","app":"b"}', 400], ['{}', 400], ['{"app":"a b","name":"c"}', 400]]) {
    const answer = await weir.fetch('/api/v1/keys', { method: 'POST', headers: { authorization }, body });
    assert.equal(answer.status, status, body);
  }

  const review = await weir.review();
  for (const text of ['nonsense', '[]', '{}', '{"type":"stream.cut"}', '{"type":"stream.cut","id":7}']) {
    const from = review.mark;
    review.send(text);
    const result = await review.waitFor('result', () => true, DEADLINE_MS, from);
    assert.deepEqual([result.ok, result.error], [false, 'bad_request'], text);
  }
  const closed = once(review.ws, 'close');
  review.send(JSON.stringify({ type: 'stream.cut', id: 'x', stream: 'y'.repeat(200000) }));
  assert.equal((await within(closed, DEADLINE_MS, 'a large message closes the socket'))[0], 1009);
  const second = await weir.review();
  const refused = once(second.ws, 'close');
  second.ws.send(Buffer.from([1, 2, 3]));
  assert.equal((await within(refused, DEADLINE_MS, 'a binary message closes the socket'))[0], 1003);
  assert.equal((await weir.fetch('/healthz')).status, 200);
});

scenario('a reviewer who comes back gets exactly what was missed', async (s) => {
  const weir = await Weir.start(s, { ...NOT_LOOKED_AT, gate: { delay_ms: 300 } });
  const file = await source(s, CLEAN, { seconds: 2 });
  const url = await weir.publishUrl('live', 'cam');
  const all = await weir.review();
  const gone = await weir.review();
  assert.deepEqual([gone.welcome.resumed, gone.snapshot.seq], [false, gone.welcome.seq]);
  await publish(s, file, url, { rate: 0 }).finished();
  await gone.waitFor('stream.started');
  const since = gone.events.at(-1).seq;
  gone.close();

  await all.stopped('live/cam');
  const from = all.mark;
  await publish(s, file, url, { rate: 0 }).finished();
  await all.stopped('live/cam', 15000, from);
  const back = await weir.review({ epoch: gone.welcome.epoch, since });
  assert.equal(back.welcome.resumed, true);
  assert.equal(back.snapshot, undefined);
  await back.waitFor('stream.stopped', (m) => m.seq === all.events.filter((e) => e.type === 'stream.stopped').at(-1).seq);
  const plain = (list) => list.map(({ at, ...message }) => message);
  const last = back.events.at(-1).seq;
  assert.deepEqual(plain(back.events), plain(all.events.filter((e) => e.seq > since && e.seq <= last)));
  all.events.forEach((e, i, list) => assert.ok(i === 0 || e.seq === list[i - 1].seq + 1, 'numbers rise without gaps'));
  assert.ok(back.events.filter((e) => e.type === 'stream.stopped').length === 2);

  for (const hello of [{ epoch: 'another', since }, { epoch: gone.welcome.epoch, since: last + 1000 }, { epoch: gone.welcome.epoch, since: -1 }]) {
    const fresh = await weir.review(hello);
    assert.equal(fresh.welcome.resumed, false);
    assert.deepEqual(fresh.snapshot.streams, []);
  }
});
