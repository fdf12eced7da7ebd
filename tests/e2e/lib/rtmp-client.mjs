// A bare RTMP client for what no encoder would send.

import { once } from 'node:events';
import net from 'node:net';
import { Happenings, within } from './wait.mjs';

const CHUNK = 128;

function amf(value) {
  if (value === null) return Buffer.from([5]);
  if (typeof value === 'number') {
    const b = Buffer.alloc(9);
    b.writeDoubleBE(value, 1);
    return b;
  }
  if (typeof value === 'string') {
    const b = Buffer.alloc(3);
    b[0] = 2;
    b.writeUInt16BE(Buffer.byteLength(value), 1);
    return Buffer.concat([b, Buffer.from(value)]);
  }
  const parts = [Buffer.from([3])];
  for (const [key, v] of Object.entries(value)) parts.push(amf(key).subarray(1), amf(v));
  return Buffer.concat([...parts, Buffer.from([0, 0, 9])]);
}

export class RtmpClient {
  received = new Happenings();
  #text = '';

  /** SOCKET: one that is connected or about to be, instead of a new one. */
  constructor(port, socket = net.connect(port, '127.0.0.1')) {
    this.socket = socket;
    this.socket.on('data', (data) => {
      this.#text += data.toString('latin1');
      this.received.add(this.#text);
    });
    this.socket.on('error', () => {});
    this.closed = once(this.socket, 'close').then(() => this.received.end('the gateway closed the connection'));
  }

  close() {
    this.socket.destroy();
  }

  write(...parts) {
    this.socket.write(Buffer.concat(parts.map((p) => Buffer.from(p))));
  }

  /** Until the bytes received hold TEXT. */
  sees(text, ms = 10000) {
    return this.received.first((all) => all.includes(text), ms, `the gateway sends "${text}"`);
  }

  /** Until the gateway has closed: all that it said. */
  async refused(ms = 15000) {
    await within(this.closed, ms, 'the gateway closes the connection');
    return this.#text;
  }

  async handshake() {
    const c1 = Buffer.alloc(1537);
    c1[0] = 3;
    this.write(c1);
    await this.received.first((all) => all.length >= 3073, 10000, 'the handshake is answered');
    this.write(Buffer.alloc(1536));
  }

  /** Only the head of a message that claims to be SIZE bytes long. */
  head(type, size, { csid = 4, time = 0, stream = 1 } = {}) {
    const head = Buffer.alloc(12);
    head[0] = csid;
    head.writeUIntBE(time, 1, 3);
    head.writeUIntBE(size, 4, 3);
    head[7] = type;
    head.writeUInt32LE(stream, 8);
    this.write(head);
  }

  message(type, body, options = {}) {
    this.head(type, body.length, options);
    for (let at = 0; at < body.length; at += CHUNK) {
      if (at > 0) this.write([0xc0 | (options.csid ?? 4)]);
      this.write(body.subarray(at, at + CHUNK));
    }
  }

  command(...values) {
    this.message(20, Buffer.concat(values.map(amf)), { csid: 3, stream: 0 });
  }

  async connect(app, more = {}) {
    await this.handshake();
    this.command('connect', 1, { app, tcUrl: `rtmp://127.0.0.1/${app}`, ...more });
    await this.sees('NetConnection.Connect.Success');
  }

  /** Asks, and does not wait for the answer. */
  async ask(app, name, more) {
    await this.connect(app, more);
    this.command('createStream', 2, null);
    this.command('publish', 3, null, name, 'live');
  }

  async publish(app, name) {
    await this.ask(app, name);
    await this.sees('NetStream.Publish.Start');
  }
}
