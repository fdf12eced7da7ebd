// Publishers behind proxies that tell their address with a PROXY header.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import net from 'node:net';
import tls from 'node:tls';
import { Authority } from './lib/certificates.mjs';
import { RtmpClient } from './lib/rtmp-client.mjs';
import { scenario } from './lib/scenario.mjs';
import { NOT_LOOKED_AT, Weir } from './lib/weir.mjs';

const PER_ADDRESS = 3;
const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const LOCAL = v2(0x20, 0, Buffer.alloc(0));

const v1 = (address, port = 4711) => Buffer.from(`PROXY TCP4 ${address} 127.0.0.1 ${port} 1935\r\n`);

function v2(command, family, body) {
  const head = Buffer.from([command, family, 0, 0]);
  head.writeUInt16BE(body.length, 2);
  return Buffer.concat([SIGNATURE, head, body]);
}

/** 2001:db8::LAST, with a TLV behind the addresses. */
function v2Ipv6(last, port) {
  const body = Buffer.alloc(36);
  body.set([0x20, 0x01, 0x0d, 0xb8]);
  body[15] = last;
  body[31] = 1;
  body.writeUInt16BE(port, 32);
  return v2(0x21, 0x21, Buffer.concat([body, Buffer.from([2, 0, 4, 0x68, 0x6f, 0x73, 0x74])]));
}

function client(s, weir, header) {
  const one = s.add(new RtmpClient(weir.port));
  one.write(header);
  return one;
}

scenario('the address behind a proxy is shown, logged and counted', async (s) => {
  const authority = await Authority.create(s.folder);
  const weir = await Weir.start(s, {
    ...NOT_LOOKED_AT,
    rtmp: { proxy_from: '192.0.2.0/24, 127.0.0.1', max_connections_per_address: PER_ADDRESS },
    rtmps: await authority.issue('first'),
  });
  const [one, two] = [await weir.key('live', 'one'), await weir.key('live', 'two')];

  const first = client(s, weir, v1('203.0.113.7'));
  await first.publish('live', `one?key=${one.secret}`);
  await weir.says(/203\.0\.113\.7:4711: publishes live\/one/);
  assert.equal((await weir.stream('live/one')).peer, '203.0.113.7:4711');

  // Version 2, in front of TLS, a byte at a time.
  const socket = net.connect(await weir.tlsPort(), '127.0.0.1');
  socket.setNoDelay(true);
  await once(socket, 'connect');
  for (const byte of v2Ipv6(9, 65000)) socket.write(Buffer.from([byte]));
  const secure = tls.connect({ socket, servername: 'localhost', ca: await readFile(authority.file) });
  const second = s.add(new RtmpClient(null, secure));
  await second.publish('live', `two?key=${two.secret}`);
  const stream = await weir.stream('live/two');
  assert.deepEqual([stream.peer, stream.protocol], ['[2001:db8::9]:65000', 'rtmps']);

  // One address has its limit, on both ports together; another has its own.
  for (let i = 1; i < PER_ADDRESS; i += 1) await client(s, weir, v1('203.0.113.7', i)).handshake();
  assert.equal(await client(s, weir, v1('203.0.113.7')).refused(), '', 'closed without a word');
  await weir.says(/203\.0\.113\.7: refused: too many connections of one address/);
  await client(s, weir, v1('203.0.113.8')).handshake();
  first.close();
  await weir.says(/203\.0\.113\.7:4711: went away/);
  await client(s, weir, v1('203.0.113.7')).handshake();
  // Those in which the proxy speaks for itself count against nobody.
  for (let i = 0; i < PER_ADDRESS + 2; i += 1) await client(s, weir, LOCAL).handshake();
});

scenario('a proxy must send a header, and nobody else may', async (s) => {
  const rtmp = { handshake_timeout_ms: 1000 };
  const weir = await Weir.start(s, { ...NOT_LOOKED_AT, rtmp: { ...rtmp, proxy_from: '127.0.0.0/8' } });
  await client(s, weir, Buffer.concat([Buffer.from([3]), Buffer.alloc(1536)])).refused();
  await weir.says(/127\.0\.0\.1:\d+: refused: PROXY header: there is none/);
  await client(s, weir, Buffer.from('PROXY TCP4 x y 1 2\r\n')).refused();
  await weir.says(/refused: PROXY header: a broken address/);
  await client(s, weir, Buffer.from('PROXY TCP4 ')).refused();
  await weir.says(/refused: no PROXY header within 1000 ms/);

  const other = await Weir.start(s, { ...NOT_LOOKED_AT, rtmp }, { folder: 'other' });
  for (const [header, first] of [[v1('203.0.113.7'), 80], [LOCAL, 13]]) {
    await client(s, other, header).refused();
    await other.says(new RegExp(`127\\.0\\.0\\.1:\\d+: refused: handshake: first byte is ${first}, not 3: it looks like .*a PROXY header`));
  }
});
