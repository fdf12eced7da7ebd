// CPU of one stream over SRT in, through the window and over SRT out, weir and
// weir-srt together, beside srt-live-transmit moving the same bytes, in turns.
// Then a crowd of publishers into weir alone, of which nothing may be lost.

import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { children } from '../e2e/lib/linux.mjs';
import { between, cost, threads } from './lib/cost.mjs';
import { median, round, table, total } from './lib/figures.mjs';
import { makeTs, startSrtLoad, startSrtSink, startSrtWeir, startTransmits } from './lib/srt.mjs';

const BUILD = fileURLToPath(new URL('../../build-bench', import.meta.url));
const SETTLE_MS = 3000;
const TAIL_S = 4;
const CROWD_SECONDS = 30;

const say = (text) => console.log(`bench srt: ${text}`);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function options() {
  const { values } = parseArgs({
    options: {
      streams: { type: 'string', default: '10' },
      seconds: { type: 'string', default: '20' },
      rounds: { type: 'string', default: '3' },
      kbit: { type: 'string', default: '5000' },
      'delay-ms': { type: 'string', default: '3000' },
      crowd: { type: 'string', default: '100' },
      'crowd-kbit': { type: 'string', default: '760' },
      only: { type: 'string' },
      media: { type: 'string' },
    },
  });
  const number = (name, least = 1) => {
    const n = Number(values[name]);
    if (!Number.isInteger(n) || n < least) throw new Error(`--${name} must be a whole number from ${least} on`);
    return n;
  };
  if (![undefined, 'weir', 'transmit'].includes(values.only)) throw new Error('--only must be weir or transmit');
  return {
    streams: number('streams'),
    seconds: number('seconds'),
    rounds: number('rounds', 0),
    kbit: number('kbit'),
    delayMs: number('delay-ms'),
    crowd: number('crowd', 0),
    crowdKbit: number('crowd-kbit'),
    only: values.only,
    media: values.media,
  };
}

const sumCost = (pids) => {
  const all = pids.map(cost);
  return { cpuNs: all.reduce((a, c) => a + c.cpuNs, 0), wakeups: all.reduce((a, c) => a + c.wakeups, 0), at: performance.now() };
};

/** The parts of the gateway's cost: its own, and that of weir-srt. */
function look(relay) {
  const [pid] = relay.pids();
  const workers = children(pid, 'weir-srt');
  return { all: sumCost(relay.pids()), srt: sumCost(workers), threads: threads(workers) };
}

async function measure(who, o, folder, media) {
  const sink = await startSrtSink(BUILD);
  const relay = who === 'weir'
    ? await startSrtWeir(BUILD, folder, { to: sink.port, delayMs: o.delayMs })
    : await startTransmits({ streams: o.streams, to: sink.port });
  const load = startSrtLoad(BUILD, { ports: relay.ports, streams: o.streams, media });
  const ready = await load.event('ready', 60000);
  if (ready.refused > 0) throw new Error(`${who}: ${ready.refused} publishers were refused`);
  await pause((who === 'weir' ? o.delayMs : 0) + SETTLE_MS);

  const before = { ...look(relay), sink: cost(sink.pid), load: cost(load.pid) };
  await pause(o.seconds * 1000);
  const after = { ...look(relay), sink: cost(sink.pid), load: cost(load.pid) };
  // To the end of the media, so that what came can be counted against it.
  const sent = await load.event('end', 120000);
  await relay.drained();
  await pause(1000);
  await relay.stop();
  const got = await sink.finish();
  const per = (name) => between(before[name], after[name]).cpuPercent / o.streams;
  const seconds = (after.all.at - before.all.at) / 1000;
  const parts = Object.entries(after.threads).map(([name, ns]) => [name, (ns - (before.threads[name] ?? 0)) / 1e7 / seconds / o.streams]);
  return {
    parts: Object.fromEntries(parts),
    who, cpu: per('all'), srt: per('srt'), sink: per('sink'), load: per('load'),
    wakeups: between(before.all, after.all).wakeups,
    missing: sent.pictures * o.streams - got.pictures, gaps: got.gaps, loadLate: sent.late_p99_ms, lost: sent.lost,
  };
}

/** Publishers alone: what of their packets the gateway did not get. */
async function crowd(o, folder) {
  const media = await makeTs(BUILD, { dir: o.media, kbit: o.crowdKbit, seconds: CROWD_SECONDS, say });
  const weir = await startSrtWeir(BUILD, folder, { delayMs: o.delayMs });
  const load = startSrtLoad(BUILD, { ports: weir.ports, streams: o.crowd, media });
  const ready = await load.event('ready', 60000);
  await pause(SETTLE_MS);
  const before = { ...look(weir) };
  await pause((CROWD_SECONDS / 2) * 1000);
  const after = { ...look(weir) };
  const metrics = await weir.metrics();
  const sent = await load.event('end', 120000);
  await weir.drained();
  await weir.stop();
  const of = (name) => total(metrics, name);
  return {
    publishers: ready.connected,
    bitrate_kbit: Math.round((sent.bytes * 8) / 1000 / CROWD_SECONDS / o.crowd),
    cpu_percent: round(between(before.all, after.all).cpuPercent, 1),
    lost_on_the_way: of('srt_packets_lost_total'),
    dropped: of('srt_packets_dropped_total'),
    holes: of('srt_ts_holes_total'),
    load_unsent: sent.unsent,
    load_late_p99_ms: sent.late_p99_ms,
    publishers_lost: sent.lost,
  };
}

const percent = (value) => value.toFixed(3);

/** What a stream costs in weir-srt, by its threads. */
function partsOf(rounds) {
  const ours = rounds.filter((r) => r.who === 'weir');
  const names = [...new Set(ours.flatMap((r) => Object.keys(r.parts)))];
  const list = names.map((name) => [name, round(median(ours.map((r) => r.parts[name] ?? 0)), 4)]);
  return Object.fromEntries(list.filter(([, value]) => value > 0).sort((a, b) => b[1] - a[1]));
}

function summary(o, rounds, crowded) {
  const of = (who) => rounds.filter((r) => r.who === who);
  const middle = (list, name) => median(list.map((r) => r[name]));
  const [ours, theirs] = [of('weir'), of('transmit')];
  const result = { bench: 'srt', streams: o.streams, kbit: o.kbit, seconds: o.seconds, rounds: o.rounds };
  if (ours.length > 0) {
    result.cpu_percent_per_stream = round(middle(ours, 'cpu'), 4);
    result.of_it_weir_srt = round(middle(ours, 'srt'), 4);
    result.threads_of_weir_srt = partsOf(rounds);
    result.of_it_weir = round(middle(ours, 'cpu') - middle(ours, 'srt'), 4);
    result.missing_pictures = ours.reduce((a, r) => a + r.missing, 0);
    result.gaps = ours.reduce((a, r) => a + r.gaps, 0);
  }
  if (theirs.length > 0) {
    result.peer_cpu_percent_per_stream = round(middle(theirs, 'cpu'), 4);
    result.peer_missing_pictures = theirs.reduce((a, r) => a + r.missing, 0);
  }
  if (ours.length > 0 && theirs.length > 0) result.ratio = round(middle(ours, 'cpu') / middle(theirs, 'cpu'), 3);
  if (crowded) result.crowd = crowded;
  return result;
}

async function main() {
  const o = options();
  const folder = await mkdtemp(path.join(os.tmpdir(), 'weir-bench-'));
  const rounds = [];
  let crowded = null;

  try {
    const length = o.seconds + Math.ceil((o.delayMs + SETTLE_MS) / 1000) + TAIL_S;
    const media = await makeTs(BUILD, { dir: o.media, kbit: o.kbit, seconds: length, say });
    say(`${o.streams} streams of 720p30 at ${o.kbit} kbit/s, delay ${o.delayMs} ms, ${o.rounds} rounds of ${o.seconds} s`);
    for (let n = 1; n <= o.rounds; n += 1) {
      // Who goes first alternates too.
      const order = n % 2 ? ['weir', 'transmit'] : ['transmit', 'weir'];
      for (const who of order.filter((one) => o.only === undefined || one === o.only)) {
        const r = await measure(who, o, path.join(folder, `${n}-${who}`), media);
        rounds.push({ ...r, round: n });
        say(`round ${n}, ${who}: ${percent(r.cpu)} % of a core per stream`);
      }
    }
    if (o.crowd > 0 && o.only !== 'transmit') {
      say(`${o.crowd} publishers of ${o.crowdKbit} kbit/s`);
      crowded = await crowd(o, path.join(folder, 'crowd'));
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  console.log();
  console.log(table([
    ['round', 'who', 'CPU %/stream', 'weir-srt', 'sink', 'load', 'wake-ups/s', 'missing', 'gaps', 'load late ms'],
    ...rounds.map((r) => [r.round, r.who, percent(r.cpu), percent(r.srt), percent(r.sink), percent(r.load),
      r.wakeups.toFixed(0), r.missing, r.gaps, r.loadLate]),
  ]));
  console.log();
  console.log(JSON.stringify(summary(o, rounds, crowded)));
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(`bench srt: ${error.message}`);
    process.exit(error.code?.startsWith('ERR_PARSE_ARGS') || error.message.startsWith('--') ? 2 : 1);
  },
);
