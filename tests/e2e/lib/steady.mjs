// A good stream that nobody may disturb: the bench's publisher and far end,
// which count what was sent, what came, in which order.

import assert from 'node:assert/strict';
import path from 'node:path';
import { residentBytes } from './linux.mjs';
import { BUILD } from './places.mjs';
import { Program } from './program.mjs';
import { until } from './wait.mjs';

const FPS = 30;
/** What an attack may cost for as long as it lasts, sanitizers included. */
const MEMORY_BYTES = 96 * 1024 * 1024;

async function event(program, name, ms) {
  const line = await program.out.first((l) => l.includes(`"event":"${name}"`), ms, `${program.name}: ${name}`);
  return JSON.parse(line);
}

class Tool extends Program {
  constructor(name, args) {
    super(name, path.join(BUILD, 'tests/bench', name), args);
  }

  lines() {
    return [...this.out.list, ...this.err.list].map((line) => `${this.name}: ${line}`);
  }

  close() {
    return this.kill();
  }
}

/** Counts what comes: {sink, egress}, the latter for the configuration. */
export async function farEnd(s, app) {
  const sink = s.add(new Tool('rtmp-sink', ['--fps', String(FPS)]));
  const { port } = await event(sink, 'listening', 10000);
  return { sink, egress: { url: `rtmp://127.0.0.1:${port}/live/{name}`, app } };
}

/** What the far end has counted. It ends with that. */
export async function counted(sink) {
  sink.signal('SIGTERM');
  return event(sink, 'end', 20000);
}

/** The lines of /metrics: name with labels to value. */
async function figures(weir) {
  const text = await (await weir.fetch('/metrics')).text();
  const lines = text.split('\n').filter((line) => line && !line.startsWith('#'));
  return new Map(lines.map((line) => line.split(' ')).map(([name, value]) => [name, Number(value)]));
}

export class Steady {
  /** Streams APP/steady-0… of FILE (FLV, 30 pictures a second), again and again. */
  static async start(s, weir, sink, file, { app = 'live', streams = 2 } = {}) {
    const steady = new Steady();
    const url = `rtmp://127.0.0.1:${weir.port}/${app}/steady-%d`;
    steady.s = s;
    steady.weir = weir;
    steady.sink = sink;
    steady.streams = streams;
    steady.names = Array.from({ length: streams }, (_, i) => `${app}/steady-${i}`);
    steady.load = s.add(new Tool('rtmp-load', ['--url', url, '--streams', String(streams), '--media', file]));
    const { connected } = await event(steady.load, 'ready', 20000);
    assert.equal(connected, streams);
    steady.last = await steady.#sent();
    await steady.goesOn();
    return steady;
  }

  async #sent() {
    const all = await figures(this.weir);
    return this.names.map((name) => all.get(`weir_packets_sent_total{stream="${name}"}`) ?? -1);
  }

  /** Each of its streams has sent more since the last time. */
  async goesOn() {
    const { last } = this;
    await until(async () => {
      this.last = await this.#sent();
      return this.last.every((n, i) => n > last[i]);
    }, 20000, 'the good streams go on');
  }

  /** Runs the attack ATTACK. The good streams go on in it and behind it, and
   * the gateway's memory stays within bounds. How late packets were is shown. */
  async through(name, attack) {
    const [bytes, late] = [residentBytes(this.weir.pid), await this.#lateness()];
    let most = bytes;
    const watch = setInterval(() => {
      most = Math.max(most, residentBytes(this.weir.pid));
    }, 50);
    try {
      await Promise.all([attack(), this.goesOn()]);
    } finally {
      clearInterval(watch);
    }
    await this.goesOn();
    const now = await this.#lateness();
    const shown = now.map(([to, n], i) => [to, n - late[i][1]]).filter(([, n]) => n > 0).map(([to, n]) => `${n} below ${to}`);
    this.s.say(`${name}: ${((most - bytes) / 1048576).toFixed(1)} MiB; packets by lateness in ms: ${shown.join(', ')}`);
    assert.ok(most - bytes < MEMORY_BYTES, `${name}: ${most - bytes} bytes more`);
  }

  /** Counts of the lateness histogram: [upper bound in ms, packets]. */
  async #lateness() {
    const buckets = [];
    let below = 0;
    for (const [name, value] of await figures(this.weir)) {
      const le = name.match(/^weir_lateness_seconds_bucket\{le="(.*)"\}$/)?.[1];
      if (le === undefined) continue;
      buckets.push([le === '+Inf' ? Infinity : Number(le) * 1000, value - below]);
      below = value;
    }
    return buckets;
  }

  /** Ends it: nothing was lost, nothing came out of order. */
  async finish() {
    this.load.signal('SIGTERM');
    const sent = await event(this.load, 'end', 20000);
    const gone = ({ body }) => body.every((one) => !this.names.includes(one.path));
    await until(async () => gone(await this.weir.api('GET', 'streams')), 30000, 'the good streams have gone out');
    const came = await counted(this.sink);
    assert.deepEqual([sent.lost, sent.refused], [0, 0], 'every good publisher stayed');
    assert.deepEqual([came.reordered, came.missing], [0, 0], 'nothing reordered, nothing missing');
    assert.equal(came.messages, sent.messages, 'as many messages as were sent');
    assert.equal(came.streams, this.streams, 'one connection a stream');
  }
}
