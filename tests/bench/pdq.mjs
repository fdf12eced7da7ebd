// PDQ of one Y plane to hash, quality and eight dihedral hashes, on one core:
// every kernel that this processor runs, beside the long way round.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { round, table } from './lib/figures.mjs';

const program = fileURLToPath(new URL('../../build-bench/tests/bench/pdq-bench', import.meta.url));
const run = spawnSync(program, [], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
if (run.status !== 0) process.exit(1);
const lines = run.stdout.trim().split('\n').map((line) => JSON.parse(line));

const memory = lines.find((l) => l.size === 'memory').gb_per_s;
const of = (size) => lines.filter((l) => l.size === size);
const ours = (size) => of(size).filter((l) => l.who !== 'peer').at(-1);
const peer = (size) => of(size).find((l) => l.who === 'peer');

console.log(`bench pdq: memory is read at ${memory} GB/s`);
console.log(
  table([
    ['plane', 'who', 'ms', 'GB/s', 'of memory'],
    ...lines
      .filter((l) => l.size !== 'memory')
      .map((l) => [l.size, l.who, l.ms.toFixed(3), l.gb_per_s?.toFixed(1) ?? '', l.bandwidth_share ? `${Math.round(l.bandwidth_share * 100)} %` : '']),
  ]),
);
console.log('peer: the algorithm step by step in floats over the whole plane, as the C++ reference goes about it');
console.log(
  JSON.stringify({
    bench: 'pdq',
    ms_720p: round(ours('1280x720').ms, 4),
    ms_1080p: round(ours('1920x1080').ms, 4),
    ratio: round(ours('1280x720').ms / peer('1280x720').ms, 5),
    ratio_1080p: round(ours('1920x1080').ms / peer('1920x1080').ms, 5),
    kernel: ours('1280x720').who,
    peer: 'plain',
    peer_ms_720p: round(peer('1280x720').ms, 3),
    peer_ms_1080p: round(peer('1920x1080').ms, 3),
    paths: Object.fromEntries(of('1280x720').map((l) => [l.who, l.ms])),
    bandwidth_share_720p: ours('1280x720').bandwidth_share,
  }),
);
