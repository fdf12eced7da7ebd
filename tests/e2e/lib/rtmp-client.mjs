// A bare RTMP client, also for what no encoder would send.

import { once } from 'node:events';
import net from 'node:net';
import { decode, encode } from './amf0.mjs';
import { ChunkReader, chunks, COMMAND, messageHead } from './rtmp-chunks.mjs';
import { Happenings, within } from './wait.mjs';

const HANDSHAKE_BYTES = 3073; // S0, S1, S2

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

  /** Nothing more will be written. */
  finish() {
    this.socket.end();
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

  /** The last onStatus that came: {level, code, description}. */
  get status() {
    const messages = new ChunkReader().feed(Buffer.from(this.#text, 'latin1').subarray(HANDSHAKE_BYTES));
    const commands = messages.filter(({ type }) => type === COMMAND).map(({ body }) => decode(body));
    return commands.filter(([name]) => name === 'onStatus').at(-1)?.[3];
  }

  async handshake() {
    const c1 = Buffer.alloc(1537);
    c1[0] = 3;
    this.write(c1);
    await this.received.first((all) => all.length >= HANDSHAKE_BYTES, 10000, 'the handshake is answered');
    this.write(Buffer.alloc(1536));
  }

  /** Only the head of a message that claims to be SIZE bytes long. */
  head(type, size, options) {
    this.write(messageHead(type, size, options));
  }

  message(type, body, options) {
    this.write(chunks(type, body, options));
  }

  command(...values) {
    this.message(COMMAND, Buffer.concat(values.map(encode)), { csid: 3, stream: 0 });
  }

  /** MORE stands in the command's object, too. */
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

  async publish(app, name, more) {
    await this.ask(app, name, more);
    await this.sees('NetStream.Publish.Start');
  }
}
