// Range search at radius 31, one thread, one needle a call, beside libfaiss;
// a batch of 32 at radius 63. Every answer is compared with brute force.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { round, table } from './lib/figures.mjs';

const { values } = parseArgs({
  options: {
    entries: { type: 'string', default: '100000,1000000,10000000' },
    path: { type: 'string', default: 'best' },
    media: { type: 'string' },
  },
});
const sizes = values.entries.split(',');
if (!sizes.every((n) => /^[1-9]\d{2,7}$/.test(n))) throw new Error('--entries must be numbers from 100 to 99999999, with commas');

if (!['best', 'portable', 'avx2', 'avx512'].includes(values.path)) throw new Error('--path must be portable, avx2, avx512 or best');

const program = fileURLToPath(new URL('../../build-bench/tests/bench/match-bench', import.meta.url));
const child = spawn(program, [values.path, ...sizes], { stdio: ['ignore', 'pipe', 'inherit'] });
const lines = [];
for await (const line of createInterface({ input: child.stdout })) lines.push(JSON.parse(line));
if (child.exitCode === null) await new Promise((resolve) => child.on('exit', resolve));
if (child.exitCode !== 0) process.exit(1);

const rows = lines.filter((l) => l.entries);
const ms = (value) => (value === undefined ? '' : value.toFixed(3));
console.log(`bench match: ${lines[0].cpu}; radius 31, milliseconds of CPU a needle; every answer as brute force gives it`);
console.log(
  table([
    ['entries', 'data', 'ours', 'our scan', 'faiss multi', 'faiss flat', '32 at 63', 'MB', 'build s', 'open ms'],
    ...rows.map((r) => [
      String(r.entries), r.data, ms(r.ms), ms(r.scan_ms), ms(r.faiss_multi_ms), ms(r.faiss_flat_ms), ms(r.batch_ms),
      (r.bytes / 1e6).toFixed(0), (r.build_ms / 1e3).toFixed(1), r.open_ms.toFixed(1),
    ]),
  ]),
);
const of = (entries, data = 'random') => rows.find((r) => r.entries === entries && r.data === data);
const biggest = rows.filter((r) => r.data === 'random').at(-1);
console.log(
  JSON.stringify({
    bench: 'match',
    cpu: lines[0].cpu,
    ms_per_needle_1m: of(1e6)?.ms,
    ms_per_needle_10m: of(1e7)?.ms,
    ms_per_needle_1m_clustered: of(1e6, 'clustered')?.ms,
    ms_per_needle_10m_clustered: of(1e7, 'clustered')?.ms,
    ratio: round(biggest.ms / biggest.faiss_multi_ms, 5),
    ratio_flat: round(biggest.ms / biggest.faiss_flat_ms, 5),
    batch_32_radius_63_1m_ms: of(1e6)?.batch_ms,
    batch_32_radius_63_1m_clustered_ms: of(1e6, 'clustered')?.batch_ms,
    bytes: biggest.bytes,
    build_s: round(biggest.build_ms / 1e3, 1),
    open_ms: biggest.open_ms,
    faiss_build_s: round(biggest.faiss_build_ms / 1e3, 1),
  }),
);
