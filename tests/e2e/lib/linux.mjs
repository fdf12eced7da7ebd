// What /proc says about processes of ours.

import { readFileSync, readdirSync } from 'node:fs';

/** Process ids of PID's children whose program is NAME. */
export function children(pid, name) {
  const list = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const text = readFileSync(`/proc/${entry}/stat`, 'latin1');
      const comm = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'));
      const [state, parent] = text.slice(text.lastIndexOf(')') + 2).split(' ');
      if (Number(parent) === pid && comm === name && state !== 'Z') list.push(Number(entry));
    } catch {
      // It has ended meanwhile.
    }
  }
  return list;
}

export function residentBytes(pid) {
  return Number(readFileSync(`/proc/${pid}/status`, 'latin1').match(/VmRSS:\s+(\d+)/)[1]) * 1024;
}
