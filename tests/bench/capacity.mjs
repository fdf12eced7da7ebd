// How many streams this machine relays and looks at, and what a stream costs
// beside the chain that people build of nginx-rtmp, ffmpeg, PDQ and faiss.

import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { between, childrenOf, cost, costByProgram } from './lib/cost.mjs';
import { makeEntries } from './lib/entries.mjs';
import { histogram, median, quantile, quantileOf, round, table } from './lib/figures.mjs';
import { pick, Watch } from './lib/flags.mjs';
import { FRAMES_PER_SECOND, makeFlvOf, sources } from './lib/media.mjs';
import { canProfile, profile } from './lib/profile.mjs';
import { startChain, startLoad, startNginx, startSink, startWeir } from './lib/relays.mjs';

const BUILD = fileURLToPath(new URL('../../build-bench', import.meta.url));
const CORES = os.availableParallelism();
const STAGGER_MS = 37; // no multiple of a frame: publishers' frames spread out
const SETTLE_MS = 3000;
const MAX_CLIPS = 6;
const KEY_SECONDS = 2;
const PROFILE_SECONDS = 10;
const FLOOR_MS = 6000;
// What "carries" means, beside: nothing skipped, nothing lost.
const MAX_FLAG_P99_MS = 500;
const MAX_LATE_P99_MS = 100;
// The search: begin where this much of the machine would be in use, then step.
const FIRST_SHARE = 0.85;
const STEP = 1.12;
const MAX_TRIES = 9;

const say = (text) => console.log(`bench capacity: ${text}`);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function options() {
  const { values } = parseArgs({
    options: {
      streams: { type: 'string', default: '0' },
      seconds: { type: 'string', default: '30' },
      entries: { type: 'string', default: '1000000' },
      'chain-streams': { type: 'string', default: '20' },
      rounds: { type: 'string', default: '2' },
      kbit: { type: 'string', default: '2500' },
      'delay-ms': { type: 'string', default: '8000' },
      looked: { type: 'string', default: 'keyframes' },
      media: { type: 'string' },
    },
  });
  const number = (name, least = 1) => {
    const n = Number(values[name]);
    if (!Number.isInteger(n) || n < least) throw new Error(`--${name} must be a whole number from ${least} on`);
    return n;
  };
  const oneOf = (name, allowed) => {
    if (!allowed.includes(values[name])) throw new Error(`--${name} must be one of ${allowed.join(', ')}`);
    return values[name];
  };
  return {
    streams: number('streams', 0),
    seconds: number('seconds', 4),
    entries: number('entries'),
    chainStreams: number('chain-streams'),
    rounds: number('rounds', 0),
    kbit: number('kbit'),
    delayMs: number('delay-ms', 0),
    looked: oneOf('looked', ['keyframes', 'floor']),
    media: values.media,
  };
}

/** Clips to send, the bank that flags one picture of each, and a large one. */
async function prepare(o) {
  const clips = [];
  for (const from of (await sources(o.media)).slice(0, MAX_CLIPS)) {
    const file = await makeFlvOf(BUILD, { from, kbit: o.kbit, say });
    const clip = { file, ...(await pick(BUILD, file)) };
    clips.push(clip);
    const { size } = await stat(file);
    say(`${path.basename(from)}: ${Math.round(size / 1024)} KiB, ${clip.hash ? 'one picture flagged' : 'no picture stands alone'}`);
  }
  const flags = path.join(BUILD, 'media', 'capacity-flags.txt');
  await writeFile(flags, clips.flatMap((clip) => clip.hash ?? []).join('\n') + '\n');
  return { clips, flags, entries: await makeEntries(BUILD, o.entries) };
}

const sections = (media) => ({
  sampling: { mode: 'keyframes', floor_gap_ms: FLOOR_MS },
  analysis: { workers: 0 },
  // Every time the picture comes round is a case of its own.
  review: { case_gap_ms: 1000 },
  'bank large': { file: media.entries.list },
  'bank flags': { file: media.flags },
});

/** Milliseconds from the last byte of a flagged picture at the socket to its
 * case, for cases that began while measuring: by the load's clock, and from its
 * arrival in the gateway. */
function flagTimes({ cases, began, clips, from, to }) {
  const times = [];
  const inside = [];
  for (const c of cases) {
    if (c.atMs < from || c.atMs > to) continue;
    const publisher = Number(c.stream.split('-').at(-1));
    const clip = clips[publisher % clips.length];
    times.push(c.atMs - (began.get(publisher) + c.firstHitMs - clip.leadMs));
    inside.push(c.atMs - c.sampledMs);
  }
  return { times, inside };
}

async function sampling(weir) {
  const answer = await fetch(`${weir.url}/api/v1/streams`, { headers: { authorization: `Bearer ${weir.token}` } });
  const streams = await answer.json();
  const sum = (name) => streams.reduce((n, s) => n + s.sampling[name], 0);
  return { asked: sum('asked'), granted: sum('granted'), done: sum('done'), skipped: sum('skipped') };
}

/** Relays and looks at N streams for a while. */
async function runWeir(n, o, media, folder, { withProfile = false } = {}) {
  const sink = await startSink(BUILD, FRAMES_PER_SECOND);
  const weir = await startWeir(BUILD, folder, n, sink.port, o.delayMs, sections(media));
  const watch = await Watch.open(weir);
  const load = startLoad(BUILD, { port: weir.port, streams: n, media: media.clips.map((c) => c.file), staggerMs: STAGGER_MS, tell: true });
  const ready = await load.event('ready', n * STAGGER_MS + 60000);
  await pause(o.delayMs + SETTLE_MS);

  const own = { pid: process.pid };
  const programs = { weir, sink, load, own };
  const look = () => Object.fromEntries(Object.entries(programs).map(([name, p]) => [name, cost(p.pid)]));
  const from = performance.timeOrigin + performance.now();
  const late0 = histogram(await weir.metrics(), 'lateness_seconds');
  const samples0 = await sampling(weir);
  const parts0 = costByProgram(weir.pid);
  const before = look();
  await pause(o.seconds * 1000);
  const after = look();
  const parts1 = costByProgram(weir.pid);
  const samples1 = await sampling(weir);
  const late1 = histogram(await weir.metrics(), 'lateness_seconds');
  const to = performance.timeOrigin + performance.now();
  const shares = withProfile ? await profile(folder, [weir.pid, ...childrenOf(weir.pid)], PROFILE_SECONDS) : null;

  watch.close();
  const sent = await load.finish();
  await weir.drained();
  weir.signal('SIGTERM');
  await weir.ended(45000);
  await pause(300);
  const got = await sink.finish();

  const began = new Map(load.out.list.filter((l) => l.includes('"began"')).map((l) => JSON.parse(l)).map((b) => [b.publisher, b.wall_ms]));
  const flags = flagTimes({ cases: watch.cases, began, clips: media.clips, from, to });
  const seconds = (after.weir.at - before.weir.at) / 1000;
  const percent = (name) => between(before[name], after[name]).cpuPercent;
  const part = (name) => ((parts1[name] ?? 0) - (parts0[name] ?? 0)) / 1e7 / seconds;
  const samples = Object.fromEntries(Object.entries(samples1).map(([name, value]) => [name, value - samples0[name]]));
  const r = {
    who: 'weir',
    streams: n,
    cpu: percent('weir'),
    relay: part('weir'),
    analyzers: part('weir-analyzer'),
    others: percent('sink') + percent('load') + percent('own'),
    refused: ready.refused + sent.refused + sent.lost,
    lost: sent.messages - got.messages,
    lateP99: quantile(late0, late1, 0.99) * 1000,
    loadLateP99: sent.late_p99_ms,
    flags,
    flagP50: quantileOf(flags.times, 0.5),
    flagP99: quantileOf(flags.times, 0.99),
    samples,
    shares,
  };
  r.carries = r.refused === 0 && r.lost === 0 && samples.skipped === 0
    && samples.granted >= (o.looked === 'floor' ? Math.floor((n * o.seconds * 1000) / FLOOR_MS) - n : samples.asked)
    && samples.done >= samples.granted - n && r.lateP99 <= MAX_LATE_P99_MS && !(r.flagP99 > MAX_FLAG_P99_MS);
  say(`weir, ${n} streams: ${r.cpu.toFixed(0)} % of a core (relay ${r.relay.toFixed(0)}, analyzers ${r.analyzers.toFixed(0)}), load and far end ${r.others.toFixed(0)} %; ` +
    `${samples.done} of ${samples.asked} pictures, ${samples.skipped} skipped; late p99 ${r.lateP99.toFixed(0)} ms; flagged in ${ms(r.flagP50)} / ${ms(r.flagP99)} ms (${flags.times.length}): ` +
    (r.carries ? 'carried' : 'not carried'));
  return r;
}

async function runChain(n, o, media, folder) {
  const sink = await startSink(BUILD, FRAMES_PER_SECOND);
  const nginx = await startNginx(folder, n * 2, sink.port);
  const load = startLoad(BUILD, { port: nginx.port, streams: n, media: media.clips.map((c) => c.file), staggerMs: STAGGER_MS });
  await load.event('ready', n * STAGGER_MS + 60000);
  const chain = startChain(BUILD, { port: nginx.port, streams: n, entries: media.entries.raw });
  await chain.event('ready', 60000);
  await pause(SETTLE_MS);

  const look = () => ({ nginx: cost(nginx.pid), chain: cost(chain.pid) });
  const before = look();
  const began = performance.now();
  await pause(o.seconds * 1000);
  const after = look();
  const parts = costByProgram(chain.pid);
  const lived = (performance.now() - began) / 1000;
  const done = await chain.finish();
  await load.finish();
  nginx.signal('SIGTERM');
  await nginx.ended(45000);
  await sink.finish();

  const relay = between(before.nginx, after.nginx).cpuPercent;
  const analyzers = between(before.chain, after.chain).cpuPercent;
  const r = { who: 'chain', streams: n, cpu: relay + analyzers, relay, analyzers, frames: done.frames, parts };
  say(`chain, ${n} streams: ${r.cpu.toFixed(0)} % of a core (nginx ${relay.toFixed(0)}, ffmpeg and looking ${analyzers.toFixed(0)}); ${done.frames} pictures`);
  if (done.frames < (0.8 * n * lived) / KEY_SECONDS) throw new Error('the chain did not keep up: its figures say nothing');
  return r;
}

const ms = (value) => (value === null ? '-' : value.toFixed(0));

/** The most streams that are carried: up or down from a first guess until one
 * number is carried and the next is not. */
async function search(o, media, folder, cpuPerStream) {
  const tried = new Map();
  const attempt = async (n) => {
    const r = await runWeir(n, o, media, path.join(folder, `search-${n}`));
    tried.set(n, r);
    return r;
  };
  let n = o.streams || Math.max(1, Math.floor((FIRST_SHARE * CORES * 100) / cpuPerStream));
  let r = await attempt(n);
  const up = r.carries;
  while (o.streams === 0 && tried.size < MAX_TRIES && r.carries === up && n > 1) {
    n = up ? Math.ceil(n * STEP) : Math.max(1, Math.floor(n / STEP));
    r = await attempt(n);
  }
  return [...tried.values()];
}

function rowsOf(runs) {
  const head = ['who', 'streams', 'CPU %', '%/stream', 'relay', 'analysis', 'others', 'asked', 'done', 'skipped', 'late p99', 'flag p50', 'flag p99', 'carried'];
  return [
    head,
    ...runs.map((r) => [
      r.who, r.streams, r.cpu.toFixed(1), (r.cpu / r.streams).toFixed(3), (r.relay / r.streams).toFixed(3), (r.analyzers / r.streams).toFixed(3),
      r.others?.toFixed(1) ?? '', r.samples?.asked ?? '', r.samples?.done ?? r.frames, r.samples?.skipped ?? '',
      r.lateP99?.toFixed(0) ?? '', r.flagP50 === undefined ? '' : ms(r.flagP50), r.flagP99 === undefined ? '' : ms(r.flagP99),
      r.carries === undefined ? '' : r.carries ? 'yes' : 'no',
    ]),
  ];
}

function summary(o, { pairs, found, shares }) {
  const of = (who) => pairs.filter((r) => r.who === who).map((r) => r.cpu / r.streams);
  const carried = found.filter((r) => r.carries).sort((a, b) => b.streams - a.streams)[0];
  const result = { bench: 'capacity', streams: 0, cpu_ratio_to_chain: null, flag_p50_ms: null, flag_p99_ms: null };

  if (of('chain').length > 0) result.cpu_ratio_to_chain = round(median(of('weir')) / median(of('chain')), 3);
  if (carried) {
    // What load, far end and this program used would have carried more.
    result.streams = Math.floor((carried.streams * (carried.cpu + carried.others)) / carried.cpu);
    result.streams_beside_load = carried.streams;
    if (carried.flagP50 !== null) {
      result.flag_p50_ms = round(carried.flagP50, 1);
      result.flag_p99_ms = round(carried.flagP99, 1);
      result.flag_inside_p50_ms = round(quantileOf(carried.flags.inside, 0.5), 1);
      result.flagged = carried.flags.times.length;
    }
    result.cpu_percent_per_stream = round(carried.cpu / carried.streams, 3);
    result.relay_percent_per_stream = round(carried.relay / carried.streams, 3);
    result.analysis_ms_per_picture = round((carried.analyzers * 10 * o.seconds) / carried.samples.done, 2);
    result.late_p99_ms = round(carried.lateP99, 1);
    result.cpu_percent_used = round(carried.cpu + carried.others, 0);
  }
  if (of('chain').length > 0) result.chain_cpu_percent_per_stream = round(median(of('chain')), 3);
  if (shares) result.bound = Object.fromEntries(Object.entries(shares).sort((a, b) => b[1] - a[1]).map(([name, share]) => [name, round(share, 3)]));
  result.cores = CORES;
  result.entries = o.entries;
  return result;
}

async function main() {
  const o = options();
  const folder = await mkdtemp(path.join(os.tmpdir(), 'weir-bench-'));
  const pairs = [];
  let found = [];
  let shares = null;

  try {
    const media = await prepare(o);
    say(`720p30 at ${o.kbit} kbit/s, a key frame every ${KEY_SECONDS} s, delay ${o.delayMs} ms, ${o.entries} entries, ${CORES} cores`);
    for (let n = 1; n <= o.rounds; n += 1) {
      // Who goes first alternates too.
      for (const who of n % 2 ? ['weir', 'chain'] : ['chain', 'weir']) {
        const at = path.join(folder, `${n}-${who}`);
        const r = who === 'weir'
          ? await runWeir(o.chainStreams, o, media, at, { withProfile: canProfile() && shares === null })
          : await runChain(o.chainStreams, o, media, at);
        shares ??= r.shares ?? null;
        pairs.push(r);
      }
    }
    const alike = pairs.filter((r) => r.who === 'weir');
    const cpuPerStream = alike.length > 0 ? median(alike.map((r) => (r.cpu + r.others) / r.streams)) : 1.2;
    found = await search(o, media, folder, cpuPerStream);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  console.log();
  console.log(table(rowsOf([...pairs, ...found])));
  console.log();
  console.log(JSON.stringify(summary(o, { pairs, found, shares })));
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(`bench capacity: ${error.message}`);
    process.exit(error.code?.startsWith('ERR_PARSE_ARGS') || error.message.startsWith('--') ? 2 : 1);
  },
);
