// libsrt's own sender and receiver.

import { openSync, closeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { freeUdpPort } from './places.mjs';
import { Program } from './program.mjs';
import { until } from './wait.mjs';

const FILE = 'srt-live-transmit';
const PACKET_BYTES = 1316;
const TICK_MS = 5;

const url = (port, options) => `srt://127.0.0.1:${port}?${new URLSearchParams(options)}`;

/** Listens on a free port and writes what it receives to a file. */
export class SrtReceiver {
  #program;

  static async start(s, options = {}, name = 'received.ts') {
    const receiver = s.add(new SrtReceiver());
    receiver.port = await freeUdpPort();
    receiver.file = s.path(name);
    const stdout = openSync(receiver.file, 'w');
    receiver.#program = new Program(FILE, FILE,
      ['-chunk:1316', url(receiver.port, { mode: 'listener', ...options }), 'file://con'], { stdout });
    closeSync(stdout);
    return receiver;
  }

  /** What has come, as soon as it is SIZE bytes or more. */
  async received(size, ms) {
    const all = () => readFile(this.file);
    return until(async () => {
      const bytes = await all();
      return bytes.length >= size && bytes;
    }, ms, `${size} bytes have come`).catch(async (error) => {
      throw new Error(`${error.message}; ${(await all()).length} have`);
    });
  }

  /** Ends it: all that has come. */
  async finish() {
    this.#program.signal('SIGINT');
    await this.#program.ended();
    return readFile(this.file);
  }

  get pid() {
    return this.#program.pid;
  }

  signal(name) {
    this.#program.signal(name);
  }

  lines() {
    return this.#program.text.split('\n');
  }

  async close() {
    await this.#program.kill();
  }
}

/** Calls PORT and sends DATA at an even bit rate, then zeros until it is
 * closed: a receiver writes in blocks, and what is on the way at the end of a
 * live connection is lost. */
export class SrtSender {
  #program;
  #timer;

  static async start(s, port, data, kbit, options = {}) {
    const sender = s.add(new SrtSender());
    sender.#program = new Program(FILE, FILE,
      ['-chunk:1316', 'file://con', url(port, { mode: 'caller', ...options })], { stdin: 'pipe' });
    sender.#program.input.on('error', () => sender.#stop());
    // What comes before is thrown away.
    await sender.#program.says(/SRT target connected/);
    sender.#send(data, kbit / 8);
    return sender;
  }

  #send(data, bytesPerMs) {
    const began = performance.now();
    let sent = 0;
    this.#timer = setInterval(() => {
      const due = (performance.now() - began) * bytesPerMs;
      for (; sent + PACKET_BYTES <= due; sent += PACKET_BYTES) {
        const packet = Buffer.alloc(PACKET_BYTES);
        data.subarray(sent, sent + PACKET_BYTES).copy(packet);
        this.#program.input.write(packet);
      }
    }, TICK_MS);
  }

  #stop() {
    clearInterval(this.#timer);
  }

  lines() {
    return this.#program.text.split('\n');
  }

  async close() {
    this.#stop();
    await this.#program.kill();
  }
}
