// Bodies of requests that are not taken: each is answered in words that name
// the limit, whoever is still sending gets to read them, and then the
// connection ends.

import assert from 'node:assert/strict';
import net from 'node:net';
import { once } from 'node:events';
import { scenario } from './lib/scenario.mjs';
import { within } from './lib/wait.mjs';
import { NOT_LOOKED_AT, Weir } from './lib/weir.mjs';

const ENTRIES = '/api/v1/banks/live/entries';
const MOST = 64 * 1024;

/** Sends HEAD, then the parts of BODY, whatever comes back; {status, body} of the answer. */
async function send(weir, head, body = []) {
  const socket = net.connect(new URL(weir.url).port, '127.0.0.1');
  const got = [];
  socket.on('data', (data) => got.push(data));
  socket.on('error', () => {}); // a reset behind the answer
  const closed = once(socket, 'close');
  socket.write(`${head.join('\r\n')}\r\nHost: x\r\nAuthorization: Bearer ${weir.token}\r\n\r\n`);
  for (const part of body) {
    if (socket.destroyed) break;
    if (!socket.write(part)) await Promise.race([once(socket, 'drain').catch(() => {}), closed]);
  }
  await within(closed, 30000, 'the connection ends');
  const text = Buffer.concat(got).toString();
  const [first, rest] = text.split('\r\n\r\n');
  return { status: Number(first.split(' ')[1]) || null, head: first.toLowerCase(), body: rest ? JSON.parse(rest) : null };
}

function* parts(bytes, of = 65536) {
  for (let at = 0; at < bytes; at += of) yield Buffer.alloc(Math.min(of, bytes - at), 0x20);
}

scenario('a body over its limit is answered with the limit', async (s) => {
  const weir = await Weir.start(s, { ...NOT_LOOKED_AT, 'bank live': {} });
  for (const bytes of [MOST + 1, 1 << 20, 100 << 20]) {
    const { status, head, body } = await send(weir, [`POST ${ENTRIES} HTTP/1.1`, `Content-Length: ${bytes}`], parts(bytes));
    assert.equal(status, 413, `${bytes}`);
    assert.equal(body.error, 'too_large');
    assert.match(body.message, new RegExp(`The body is ${bytes} bytes long; at most 65536 are taken here \\(64 KiB\\)`));
    assert.match(head, /connection: close/);
  }
  // Nobody has to send it to be told, wherever it goes.
  for (const where of ['POST /api/v1/login', 'POST /nothing', 'GET /api/v1/streams', `DELETE ${ENTRIES}/x`]) {
    const { status } = await send(weir, [`${where} HTTP/1.1`, 'Content-Length: 999999999999999999'], parts(1));
    assert.equal(status, 413, where);
  }
  const { status } = await send(weir, [`POST ${ENTRIES} HTTP/1.1`, `Content-Length: ${MOST}`], parts(MOST));
  assert.equal(status, 400, 'so much is taken, and is no JSON');
});

scenario('a length that is none is refused, and nobody waits for it', async (s) => {
  const weir = await Weir.start(s, { ...NOT_LOOKED_AT, 'bank live': {} });
  for (const [line, wanted, words] of [
    ['Transfer-Encoding: chunked', 411, /length of the body must be given/],
    ['Transfer-Encoding: chunked\r\nContent-Length: 5', 411, /length of the body must be given/],
    ['Content-Length: -1', 400, /not a number of bytes/],
    ['Content-Length: 5x', 400, /not a number of bytes/],
    ['Content-Length: 0x10', 400, /not a number of bytes/],
    ['Content-Length: 9999999999999999999', 400, /not a number of bytes/],
  ]) {
    const { status, body } = await send(weir, [`POST ${ENTRIES} HTTP/1.1`, line], [Buffer.from('5\r\nhello\r\n0\r\n\r\n')]);
    assert.equal(status, wanted, line);
    assert.match(body.message, words, line);
  }
  assert.equal((await weir.api('POST', 'banks/live/entries')).status, 400, 'no body at all');

  // Who promises more than it sends is waited for, and no longer.
  const short = net.connect(new URL(weir.url).port, '127.0.0.1');
  short.on('error', () => {});
  short.resume();
  short.write(`POST ${ENTRIES} HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nx`);
  await within(once(short, 'close'), 30000, 'half a body ends the connection');
  assert.equal((await weir.fetch('/healthz')).status, 200);
});
