// Where the CPU time of a running gateway goes, by perf where it is installed.

import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../../e2e/lib/program.mjs';

const PERF = '/usr/bin/perf';

/** Which part a symbol belongs to. The first that matches. */
const PARTS = [
  ['decoding', (comm, dso) => comm !== 'weir' && /libav|libx264|libswscale/.test(dso)],
  ['hashing', (comm, dso, symbol) => /pdq|weir_pdq/i.test(symbol)],
  ['matching', (comm, dso, symbol) => /weir_index|scan|look_up|add_candidate|compare_candidates/.test(symbol)],
  ['stills', (comm, dso) => /opencv|jpeg/.test(dso)],
  ['relay', (comm) => comm === 'weir'],
  ['rest of the analyzers', () => true],
];

export const canProfile = () => existsSync(PERF);

/** {part: share of 1} over SECONDS of the processes PIDS. */
export async function profile(folder, pids, seconds) {
  const data = path.join(folder, 'perf.data');
  await run(PERF, ['record', '-q', '-F', '499', '-o', data, '-p', pids.join(','), '--', 'sleep', String(seconds)], {
    deadline: seconds * 1000 + 60000,
  });
  const report = await run(PERF, ['report', '-i', data, '--stdio', '--sort', 'comm,dso,symbol', '--percent-limit', '0', '-t', '\t', '-q'], {
    deadline: 120000,
  });
  await rm(data);
  const shares = {};
  for (const line of report.out.list) {
    const [percent, comm, dso, symbol] = line.split('\t').map((cell) => cell.trim());
    if (!percent?.endsWith('%')) continue;
    const [part] = PARTS.find(([, test]) => test(comm, dso, symbol ?? ''));
    shares[part] = (shares[part] ?? 0) + Number(percent.slice(0, -1)) / 100;
  }
  return shares;
}
