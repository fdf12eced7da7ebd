// What a process and its children have cost so far, from /proc.

import { readdirSync, readFileSync } from 'node:fs';

const read = (file) => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

const tasks = (pid) => {
  try {
    return readdirSync(`/proc/${pid}/task`).map((task) => `/proc/${pid}/task/${task}`);
  } catch {
    return [];
  }
};

const figure = (text, name) => Number(text.match(new RegExp(`^${name}:\\s+(\\d+)`, 'm'))?.[1] ?? 0);

/** {cpuNs, wakeups}: of all threads, and of all processes started by PID. */
function sum(pid) {
  let cpuNs = 0;
  let wakeups = 0;
  for (const task of tasks(pid)) {
    cpuNs += Number(read(`${task}/schedstat`).split(' ')[0]);
    wakeups += figure(read(`${task}/status`), 'voluntary_ctxt_switches');
    for (const child of read(`${task}/children`).split(' ').filter(Boolean)) {
      cpuNs += sum(child).cpuNs;
    }
  }
  return { cpuNs, wakeups };
}

/** The processes that PID has started and that run. */
export const childrenOf = (pid) => tasks(pid).flatMap((task) => read(`${task}/children`).split(' ').filter(Boolean));

/** {name: CPU in ns} of PID and all processes started by it, by program. */
export function costByProgram(pid, into = {}) {
  const name = read(`/proc/${pid}/comm`).trim();
  for (const task of tasks(pid)) {
    into[name] = (into[name] ?? 0) + Number(read(`${task}/schedstat`).split(' ')[0]);
    for (const child of read(`${task}/children`).split(' ').filter(Boolean)) costByProgram(child, into);
  }
  return into;
}

/** {name: cpuNs} of the threads of these processes, numbers in names left out. */
export function threads(pids) {
  const all = {};
  for (const task of pids.flatMap(tasks)) {
    const name = read(`${task}/comm`).trim().replace(/[:\d]*\d+(:src)?$/, '');
    all[name] = (all[name] ?? 0) + Number(read(`${task}/schedstat`).split(' ')[0]);
  }
  return all;
}

export const cost = (pid) => ({ ...sum(pid), at: performance.now() });

/** Share of one core in percent, and wake-ups a second. */
export function between(before, after) {
  const seconds = (after.at - before.at) / 1000;
  return {
    cpuPercent: (after.cpuNs - before.cpuNs) / 1e7 / seconds,
    wakeups: (after.wakeups - before.wakeups) / seconds,
  };
}

/** Resident bytes of the process alone. */
export const residentBytes = (pid) => figure(read(`/proc/${pid}/status`), 'VmRSS') * 1024;
