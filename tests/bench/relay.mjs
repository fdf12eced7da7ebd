// CPU, memory and lateness of relaying, weir beside nginx-rtmp: the same load
// into either, the same kind of far end behind, in turns.

import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { between, cost, residentBytes } from './lib/cost.mjs';
import { histogram, median, quantile, round, table, total } from './lib/figures.mjs';
import { FRAMES_PER_SECOND, makeFlv } from './lib/media.mjs';
import { startLoad, startNginx, startSink, startWeir } from './lib/relays.mjs';

const BUILD = fileURLToPath(new URL('../../build-bench', import.meta.url));
const STAGGER_MS = 37; // no multiple of a frame: publishers' frames spread out
const SETTLE_MS = 2000;
const MEMORY_FACTOR = 1.15;
const MEMORY_EXTRA = 256 * 1024;

const say = (text) => console.log(`bench relay: ${text}`);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function options() {
  const { values } = parseArgs({
    options: {
      streams: { type: 'string', default: '20' },
      seconds: { type: 'string', default: '30' },
      rounds: { type: 'string', default: '3' },
      kbit: { type: 'string', default: '2500' },
      'delay-ms': { type: 'string', default: '5000' },
      sink: { type: 'string', default: 'own' },
      only: { type: 'string' },
      media: { type: 'string' },
    },
  });
  const number = (name) => {
    const n = Number(values[name]);
    if (!Number.isInteger(n) || n < 1) throw new Error(`--${name} must be a whole number from 1 on`);
    return n;
  };
  const oneOf = (name, allowed) => {
    if (!allowed.includes(values[name])) throw new Error(`--${name} must be one of ${allowed.filter(Boolean).join(', ')}`);
    return values[name];
  };
  return {
    streams: number('streams'),
    seconds: number('seconds'),
    rounds: number('rounds'),
    kbit: number('kbit'),
    delayMs: number('delay-ms'),
    sink: oneOf('sink', ['own', 'nginx']),
    only: oneOf('only', ['weir', 'nginx', undefined]),
    media: values.media,
  };
}

/** Stops everything of a round in the order of the stream; what was counted. */
async function stop({ load, relay, sink }) {
  const sent = await load.finish();
  await relay.drained();
  await pause(300);
  relay.signal('SIGTERM');
  await relay.ended(45000);
  await pause(300);
  if (sink.finish) return { sent, got: await sink.finish() };
  await sink.kill();
  return { sent, got: null };
}

async function measure(who, o, folder, media) {
  const sink = o.sink === 'own' ? await startSink(BUILD, FRAMES_PER_SECOND) : await startNginx(path.join(folder, 'sink'), o.streams);
  const relay =
    who === 'weir'
      ? await startWeir(BUILD, folder, o.streams, sink.port, o.delayMs)
      : await startNginx(folder, o.streams, sink.port);
  await pause(500);
  const idleBytes = residentBytes(relay.pid);
  const load = startLoad(BUILD, { port: relay.port, streams: o.streams, media, staggerMs: STAGGER_MS });
  const ready = await load.event('ready', o.streams * STAGGER_MS + 60000);
  if (ready.refused > 0) say(`${who}: ${ready.refused} publishers were refused`);
  await pause((who === 'weir' ? o.delayMs : 0) + SETTLE_MS);

  const programs = { relay, sink, load };
  const look = () => Object.fromEntries(Object.entries(programs).map(([name, p]) => [name, cost(p.pid)]));
  const late0 = histogram(await relay.metrics(), 'lateness_seconds');
  const before = look();
  await pause(o.seconds * 1000);
  const after = look();
  const bytes = residentBytes(relay.pid);
  const metrics = await relay.metrics();
  const late1 = histogram(metrics, 'lateness_seconds');
  const { sent, got } = await stop(programs);
  const per = (name) => between(before[name], after[name]).cpuPercent / o.streams;

  return {
    who,
    cpu: per('relay'),
    sinkCpu: per('sink'),
    loadCpu: per('load'),
    wakeups: between(before.relay, after.relay).wakeups,
    memory: (bytes - idleBytes) / o.streams,
    window: total(metrics, 'window_bytes') / o.streams,
    lateP50: quantile(late0, late1, 0.5) * 1000,
    lateP99: quantile(late0, late1, 0.99) * 1000,
    lost: got ? sent.messages - got.messages : null,
    missing: got?.missing ?? null,
    reordered: got?.reordered ?? null,
    reads: got ? got.reads / got.messages : null,
    refused: sent.refused + sent.lost,
    loadLateP99: sent.late_p99_ms,
  };
}

const percent = (value) => value.toFixed(3);
const kib = (value) => (value / 1024).toFixed(0);
const orNone = (value) => value ?? '-';

function rowsOf(rounds) {
  const head = ['round', 'relay', 'CPU %/stream', 'sink %', 'load %', 'wake-ups/s', 'late p50 ms', 'p99 ms',
    'KiB/stream', 'window KiB', 'lost', 'reordered', 'gaps'];
  return [
    head,
    ...rounds.map((r) => [
      r.round, r.who, percent(r.cpu), percent(r.sinkCpu), percent(r.loadCpu), r.wakeups.toFixed(0),
      r.who === 'weir' ? r.lateP50.toFixed(1) : '-', r.who === 'weir' ? r.lateP99.toFixed(1) : '-',
      kib(r.memory), r.who === 'weir' ? kib(r.window) : '-', orNone(r.lost), orNone(r.reordered), orNone(r.missing),
    ]),
  ];
}

function summary(o, rounds) {
  const of = (who) => rounds.filter((r) => r.who === who);
  const middle = (list, name) => (list.length > 0 ? median(list.map((r) => r[name])) : null);
  const sum = (list, name) => list.reduce((a, r) => a + (r[name] ?? 0), 0);
  const ours = of('weir');
  const theirs = of('nginx');
  const cpu = middle(ours, 'cpu');
  const peer = middle(theirs, 'cpu');
  const result = { bench: 'relay', streams: o.streams, kbit: o.kbit, seconds: o.seconds, rounds: o.rounds };

  if (cpu !== null) result.cpu_percent_per_stream = round(cpu, 4);
  if (peer !== null) result.peer_cpu_percent_per_stream = round(peer, 4);
  if (cpu !== null && peer !== null) {
    result.ratio = round(cpu / peer, 3);
    result.sink_ratio = round(middle(ours, 'sinkCpu') / middle(theirs, 'sinkCpu'), 3);
  }
  if (cpu !== null) {
    result.lateness_p50_ms = round(middle(ours, 'lateP50'), 1);
    result.lateness_p99_ms = round(Math.max(...ours.map((r) => r.lateP99)), 1);
    result.memory_bytes_per_stream = Math.round(middle(ours, 'memory'));
    result.window_bytes_per_stream = Math.round(middle(ours, 'window'));
    result.memory_within_bound = ours.every((r) => r.memory <= r.window * MEMORY_FACTOR + MEMORY_EXTRA);
    result.lost = sum(ours, 'lost');
    result.reordered = sum(ours, 'reordered');
    result.gaps = sum(ours, 'missing');
    result.refused = sum(ours, 'refused');
  }
  if (peer !== null) result.peer_lost = sum(theirs, 'lost');
  return result;
}

async function main() {
  const o = options();
  const folder = await mkdtemp(path.join(os.tmpdir(), 'weir-bench-'));
  const rounds = [];

  try {
    const media = await makeFlv(BUILD, { dir: o.media, kbit: o.kbit, say });
    say(`${o.streams} streams of 720p30 at ${o.kbit} kbit/s, delay ${o.delayMs} ms, ${o.rounds} rounds of ${o.seconds} s`);
    for (let n = 1; n <= o.rounds; n += 1) {
      // Who goes first alternates too.
      const order = n % 2 ? ['weir', 'nginx'] : ['nginx', 'weir'];
      for (const who of order.filter((one) => o.only === undefined || one === o.only)) {
        const r = await measure(who, o, path.join(folder, `${n}-${who}`), media);
        rounds.push({ ...r, round: n });
        say(`round ${n}, ${who}: ${percent(r.cpu)} % of a core per stream` +
          (r.loadLateP99 > 20 ? ` (the load itself was ${r.loadLateP99} ms late)` : ''));
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  console.log();
  console.log(table(rowsOf(rounds)));
  console.log();
  console.log(JSON.stringify(summary(o, rounds)));
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(`bench relay: ${error.message}`);
    process.exit(error.code?.startsWith('ERR_PARSE_ARGS') || error.message.startsWith('--') ? 2 : 1);
  },
);
