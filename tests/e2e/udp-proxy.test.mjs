// The bad network that other tests use: that it is as bad as was asked for, and
// that SRT gets through it.

import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { CLEAN, UDP_PROXY } from './lib/places.mjs';
import { Program } from './lib/program.mjs';
import { scenario } from './lib/scenario.mjs';
import { SrtReceiver, SrtSender } from './lib/srt-live-transmit.mjs';
import { UdpProxy } from './lib/udp-proxy.mjs';
import { Happenings } from './lib/wait.mjs';

const DEADLINE_MS = 20000;

/** A UDP socket and what has come to it: {text, port}. */
async function endpoint(s, onPacket = () => {}) {
  const socket = dgram.createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const came = new Happenings();
  socket.on('message', (bytes, { port }) => {
    came.add({ text: bytes.toString(), port });
    onPacket(socket, bytes, port);
  });
  s.add({ close: () => socket.close() });
  return { socket, came, port: socket.address().port };
}

const echo = (socket, bytes, port) => socket.send(bytes, port, '127.0.0.1');

scenario('the target tells clients apart, and each gets its own answers', async (s) => {
  const server = await endpoint(s, echo);
  const proxy = await UdpProxy.start(s, { to: server.port });
  const clients = await Promise.all(Array.from({ length: 20 }, () => endpoint(s)));
  clients.forEach(({ socket }, i) => {
    for (const word of ['first', 'second']) socket.send(`${word} of ${i}`, proxy.port, '127.0.0.1');
  });
  await Promise.all(clients.map(({ came }, i) =>
    came.first(({ text }) => text === `second of ${i}`, DEADLINE_MS, `client ${i} is answered`)));
  clients.forEach(({ came }, i) =>
    assert.deepEqual(came.list.map(({ text }) => text), [`first of ${i}`, `second of ${i}`]));
  assert.equal(new Set(server.came.list.map(({ port }) => port)).size, clients.length);

  const { up, down, ...rest } = await proxy.stop();
  for (const one of [up, down]) {
    const { late, ...figures } = one;
    assert.deepEqual(figures, {
      packets: 40, bytes: 40 * 10 + 20 * 1 + 20, sent: 40, lost: 0, reordered: 0, duplicated: 0,
      delayed: 0, queue_dropped: 0, unsent: 0,
    });
  }
  assert.deepEqual(rest, { clients: 20, refused: 0, on_the_way: 0 });
});

scenario('directions are impaired apart, and the same seed does the same', async (s) => {
  const server = await endpoint(s, echo);
  const fate = async (seed) => {
    const proxy = await UdpProxy.start(s, { to: server.port, seed, up: { duplicate: 100, delayMs: 20 }, down: { loss: 50 } });
    const client = await endpoint(s);
    // The last word is repeated until it has got through.
    for (let i = 0; i < 50; i += 1) client.socket.send(String(i).padStart(2, '0'), proxy.port, '127.0.0.1');
    const again = setInterval(() => client.socket.send('end', proxy.port, '127.0.0.1'), 10);
    await client.came.first(({ text }) => text === 'end', DEADLINE_MS, 'the end has got through').finally(() => clearInterval(again));
    const { up, down } = await proxy.stop();
    assert.equal(up.duplicated, up.packets);
    assert.equal(up.delayed, up.packets);
    assert.equal(up.lost, 0);
    assert.equal(down.duplicated, 0);
    assert.ok(down.lost > 20 && down.lost < down.packets);
    return client.came.list.map(({ text }) => text).filter((text) => text !== 'end');
  };
  const [one, two, other] = [await fate(5), await fate(5), await fate(6)];
  assert.deepEqual(one, two);
  assert.notDeepEqual(one, other);
});

scenario('a wrong argument is named', async (s) => {
  const program = s.add(new Program('udp-proxy', UDP_PROXY, ['--to', 'localhost:1', '--loss', '101']));
  program.close = () => program.kill();
  assert.deepEqual(await program.ended(), { code: 2, signal: null });
  assert.match(program.text, /--loss: is not in its range/);
});

scenario('SRT delivers every byte through 5 % loss, jitter and reordering in 400 ms', async (s) => {
  const options = { latency: 400, transtype: 'live' };
  const data = await readFile(CLEAN);
  const receiver = await SrtReceiver.start(s, options);
  const proxy = await UdpProxy.start(s, { to: receiver.port, seed: 3, delayMs: 40, jitterMs: 5, loss: 5, reorder: [1, 3] });
  await SrtSender.start(s, proxy.port, data, 5000, options);
  const received = await receiver.received(data.length, DEADLINE_MS);
  assert.ok(received.subarray(0, data.length).equals(data), 'the same bytes');
  const { up, down } = await proxy.stop();
  assert.ok(up.lost > 0 && down.lost > 0 && up.reordered > 0);
  s.say(`up ${JSON.stringify(up)}`);
  s.say(`down ${JSON.stringify(down)}`);
});
