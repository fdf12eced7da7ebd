// A bad network between UDP clients and a server on this machine: see
// `udp-proxy --help` for what it can do.

import assert from 'node:assert/strict';
import { UDP_PROXY } from './places.mjs';
import { Program } from './program.mjs';

const START_MS = 10000;
const NAMES = {
  delayMs: 'delay-ms',
  jitterMs: 'jitter-ms',
  loss: 'loss',
  gilbertElliott: 'gilbert-elliott',
  reorder: 'reorder',
  duplicate: 'duplicate',
  rateKbit: 'rate-kbit',
  queuePackets: 'queue-packets',
};

function impairments(prefix, settings) {
  return Object.entries(settings).flatMap(([name, value]) => {
    assert.ok(name in NAMES, `${name} is no impairment`);
    return [`--${prefix}${NAMES[name]}`, [value].flat().join(',')];
  });
}

export class UdpProxy {
  #program;

  /** From a free port to port TO of this machine. Impairments are both
   * directions' or, in UP (from the clients) and DOWN, one's; those with
   * several numbers take a list: {loss: 2, down: {gilbertElliott: [1, 20]}}. */
  static async start(s, { to, seed = 1, up = {}, down = {}, ...both }) {
    const proxy = s.add(new UdpProxy());
    proxy.#program = new Program('udp-proxy', UDP_PROXY, [
      '--listen', '0', '--to', `127.0.0.1:${to}`, '--seed', String(seed),
      ...impairments('', both), ...impairments('up-', up), ...impairments('down-', down),
    ]);
    const line = await proxy.#program.out.first(() => true, START_MS, 'udp-proxy says its port');
    proxy.port = JSON.parse(line).port;
    return proxy;
  }

  get pid() {
    return this.#program.pid;
  }

  /** Ends it; what it did, as it says it: {up: {packets, lost, …}, down, …}. */
  async stop() {
    this.#program.signal('SIGTERM');
    const status = await this.#program.ended();
    assert.deepEqual(status, { code: 0, signal: null }, this.#program.text);
    return JSON.parse(this.#program.out.list.at(-1));
  }

  lines() {
    return this.#program.text.split('\n');
  }

  async close() {
    await this.#program.kill();
  }
}
