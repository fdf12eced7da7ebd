// What is lost through bad networks: srt-load through the project's UDP proxy
// into weir, and into srt-live-transmit beside it, with the same seeds. What
// comes out of either goes to a sink over a good line, where it is counted. And
// out of weir through the same networks.

import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { Program } from '../e2e/lib/program.mjs';
import { round, table, total } from './lib/figures.mjs';
import { makeTs, startSrtLoad, startSrtSink, startSrtWeir, startTransmits } from './lib/srt.mjs';

const BUILD = fileURLToPath(new URL('../../build-bench', import.meta.url));
const DELAY_MS = 500;
const PER_SRT_PACKET = 7; // TS packets
const FAR = ['--delay-ms', '40', '--jitter-ms', '5'];

/** MUST: nothing may be lost in weir. */
const NETWORKS = {
  random: { latencyMs: 400, must: true, proxy: [...FAR, '--loss', '5', '--reorder', '1,3'] },
  bursts: { latencyMs: 400, must: true, proxy: [...FAR, '--gilbert-elliott', '0.25,20'] },
  'heavy-bursts': { latencyMs: 400, must: false, proxy: [...FAR, '--gilbert-elliott', '1,20'] },
  tight: { latencyMs: 120, must: false, proxy: [...FAR, '--loss', '2'] },
};

const WAYS = ['in', 'peer', 'out'];

const say = (text) => console.log(`bench srt-loss: ${text}`);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function options() {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '60' },
      seeds: { type: 'string', default: '5' },
      kbit: { type: 'string', default: '5000' },
      network: { type: 'string', default: 'all' },
      way: { type: 'string', default: 'all' },
      late: { type: 'string', default: 'wait' },
      media: { type: 'string' },
    },
  });
  const [seconds, seeds, kbit] = ['seconds', 'seeds', 'kbit'].map((name) => {
    const n = Number(values[name]);
    if (!Number.isInteger(n) || n < 1) throw new Error(`--${name} must be a whole number from 1 on`);
    return n;
  });
  if (values.network !== 'all' && !(values.network in NETWORKS)) throw new Error(`--network must be one of all, ${Object.keys(NETWORKS).join(', ')}`);
  if (values.way !== 'all' && !WAYS.includes(values.way)) throw new Error(`--way must be one of all, ${WAYS.join(', ')}`);
  if (!['wait', 'drop'].includes(values.late)) throw new Error('--late must be wait or drop');
  return { late: values.late, seconds, seeds, kbit, ways: values.way === 'all' ? WAYS : [values.way], networks: values.network === 'all' ? Object.keys(NETWORKS) : [values.network], media: values.media };
}

async function startProxy(to, seed, impairments) {
  const proxy = new Program('udp-proxy', path.join(BUILD, 'tests/udp-proxy/udp-proxy'),
    ['--listen', '0', '--to', `127.0.0.1:${to}`, '--seed', String(seed), ...impairments]);
  const line = await proxy.out.first(() => true, 10000, 'udp-proxy says its port');
  proxy.port = JSON.parse(line).port;
  return proxy;
}

/** WAY: 'in' and 'out' of weir, or 'peer', in of srt-live-transmit. */
async function measure(way, network, seed, late, folder, media) {
  const { latencyMs, proxy: impairments } = NETWORKS[network];
  const sink = await startSrtSink(BUILD, way === 'out' ? latencyMs : 120);
  const beyond = way === 'out' ? await startProxy(sink.port, seed, impairments) : null;
  const to = beyond?.port ?? sink.port;
  const relay = way === 'peer'
    ? await startTransmits({ streams: 1, to, latencyMs })
    : await startSrtWeir(BUILD, folder, { to, delayMs: DELAY_MS, latencyMs, srt: { late } });
  const before = way === 'out' ? null : await startProxy(relay.ports[0], seed, impairments);
  const load = startSrtLoad(BUILD, { ports: [before?.port ?? relay.ports[0]], streams: 1, media, latencyMs });
  let metrics = '';
  const watch = setInterval(async () => {
    metrics = (await relay.metrics().catch(() => '')) || metrics;
  }, 500);
  const sent = await load.event('end', 600000);
  clearInterval(watch);
  await load.ended();
  await relay.drained();
  await pause(1500 + latencyMs);
  await relay.stop();
  const got = await sink.finish();
  const proxy = before ?? beyond;
  proxy.signal('SIGTERM');
  await proxy.ended();
  const { up } = JSON.parse(proxy.out.list.at(-1));
  const dropped = way === 'peer'
    ? Math.max(0, Math.round((sent.ts_packets - got.packets) / PER_SRT_PACKET))
    : total(metrics, 'srt_packets_dropped_total') + got.dropped;
  return {
    way, network, seed, loss: round((100 * up.lost) / up.packets, 2), packets: sent.packets, dropped,
    pictures: sent.pictures, missing: sent.pictures - got.pictures, gaps: got.gaps,
  };
}

function summary(o, results) {
  const networks = {};
  for (const name of o.networks) {
    const of = (way) => results.filter((r) => r.network === name && r.way === way);
    const sum = (way, what) => of(way).reduce((a, r) => a + r[what], 0);
    networks[name] = {
      packets: sum('in', 'packets'), dropped: sum('in', 'dropped'), peer_dropped: sum('peer', 'dropped'), dropped_out: sum('out', 'dropped'),
      missing_pictures: sum('in', 'missing'), peer_missing_pictures: sum('peer', 'missing'), missing_pictures_out: sum('out', 'missing'),
    };
  }
  return { bench: 'srt-loss', late: o.late, seconds: o.seconds, seeds: o.seeds, kbit: o.kbit, networks };
}

async function main() {
  const o = options();
  const folder = await mkdtemp(path.join(os.tmpdir(), 'weir-bench-'));
  const results = [];
  let failed = false;

  try {
    const media = await makeTs(BUILD, { dir: o.media, kbit: o.kbit, seconds: o.seconds, say });
    for (const network of o.networks) {
      for (let seed = 1; seed <= o.seeds; seed += 1) {
        // All at the same time would disturb each other.
        for (const way of seed % 2 ? o.ways : o.ways.toReversed()) {
          const r = await measure(way, network, seed, o.late, path.join(folder, `${network}-${seed}-${way}`), media);
          results.push(r);
          say(`${network}, seed ${seed}, ${way}: ${r.dropped} of ${r.packets} packets given up, ${r.missing} of ${r.pictures} pictures missing`);
          failed ||= NETWORKS[network].must && way !== 'peer' && r.dropped > 0;
        }
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  console.log();
  console.log(table([
    ['network', 'seed', 'way', 'loss %', 'packets', 'given up', 'pictures', 'missing', 'gaps'],
    ...results.map((r) => [r.network, r.seed, r.way, r.loss, r.packets, r.dropped, r.pictures, r.missing, r.gaps]),
  ]));
  console.log();
  console.log(JSON.stringify(summary(o, results)));
  if (failed) throw new Error('packets were lost where none may be');
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(`bench srt-loss: ${error.message}`);
    process.exit(error.code?.startsWith('ERR_PARSE_ARGS') || error.message.startsWith('--') ? 2 : 1);
  },
);
