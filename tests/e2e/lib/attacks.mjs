// What strangers and broken publishers send: bytes and the pace of them.

import { once } from 'node:events';
import net from 'node:net';
import { RtmpClient } from './rtmp-client.mjs';

export const TYPE = { setChunkSize: 1, userControl: 4, audio: 8, video: 9, data: 18, command: 20 };
export const AAC_CONFIG = Buffer.from([0xaf, 0, 0x12, 0x08]);

/** Clients of one gateway, from any loopback address, closed with the scenario. */
export class Attackers {
  #all = [];

  constructor(s, port) {
    this.port = port;
    s.add(this);
  }

  socket(from = '127.0.0.1', options = {}) {
    return net.connect({ port: this.port, host: '127.0.0.1', localAddress: from, ...options });
  }

  client(from, options) {
    const client = new RtmpClient(this.port, this.socket(from, options));
    this.#all.push(client);
    return client;
  }

  clients(count, from) {
    return Array.from({ length: count }, () => this.client(from));
  }

  close() {
    for (const client of this.#all) client.close();
  }
}

/** Only the first chunk of a message that claims to be SIZE bytes long. */
export function begin(client, type, size, csid) {
  const chunk = Buffer.alloc(128);
  if (csid < 64) {
    client.head(type, size, { csid });
    client.write(chunk);
    return;
  }
  const head = Buffer.alloc(13);
  head[1] = csid - 64;
  head.writeUIntBE(size, 5, 3);
  head[8] = type;
  client.write(head, chunk);
}

export function setChunkSize(client, size) {
  const body = Buffer.alloc(4);
  body.writeUInt32BE(size);
  client.message(TYPE.setChunkSize, body, { csid: 2, stream: 0 });
}

/** One byte every EACH_MS, until the gateway closes. */
export function drip(client, bytes, eachMs = 20) {
  let at = 0;
  const timer = setInterval(() => client.write([bytes[at++ % bytes.length]]), eachMs);
  client.closed.then(() => clearInterval(timer));
}

/** ACT (i) for i below COUNT, one every EACH_MS, or until the gateway closes. */
export function paced(client, count, eachMs, act) {
  return new Promise((resolve) => {
    let i = 0;
    const timer = setInterval(() => {
      if (i === count || client.socket.destroyed) {
        clearInterval(timer);
        resolve();
      } else {
        act(i++);
      }
    }, eachMs);
  });
}

/** BYTES again and again, as fast as they are taken, until the gateway closes. */
export async function flood(client, bytes) {
  const { socket } = client;
  while (!socket.destroyed && socket.writable) {
    if (!socket.write(bytes)) await Promise.race([once(socket, 'drain'), client.closed]).catch(() => {});
    else await new Promise(setImmediate);
  }
}

/** COUNT connections in all, each closed as soon as it is there. */
export async function connectAndClose(attackers, count, { workers = 32, addresses = 20 } = {}) {
  let left = count;
  const work = async (i) => {
    while (left-- > 0) {
      const socket = attackers.socket(`127.0.1.${1 + (i % addresses)}`);
      socket.on('error', () => {});
      await Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => {});
      if (left % 2) socket.resetAndDestroy?.();
      socket.destroy();
    }
  };
  await Promise.all(Array.from({ length: workers }, (_, i) => work(i)));
}

/** Type 3 chunks: the same message head again, then BODY. */
export function again(csid, body, count) {
  const one = Buffer.concat([Buffer.from([0xc0 | csid]), body]);
  return Buffer.concat(Array(count).fill(one));
}

/** AMF0: connect whose argument is an object of DEPTH objects, or of MEMBERS
 * numbers, or a string that claims STRING bytes. */
export function connectBomb({ depth = 0, members = 0, string = 0 }) {
  const head = Buffer.from([2, 0, 7, ...Buffer.from('connect'), 0, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0]);
  const parts = [head];
  for (let i = 0; i < depth; i += 1) parts.push(Buffer.from([3, 0, 1, 0x61]));
  if (members > 0) parts.push(Buffer.from([3]));
  for (let i = 0; i < members; i += 1) parts.push(Buffer.from([0, 1, 0x61, 5]));
  if (string > 0) {
    const text = Buffer.alloc(5, 12);
    text.writeUInt32BE(string, 1);
    parts.push(text, Buffer.alloc(100, 0x61));
  }
  return Buffer.concat(parts);
}
