// Time to cut and to blank with many streams running: from the arrival of the
// decision on the WebSocket to the last byte of content handed to the kernel
// downstream, as the gateway measures it, and what a reviewer sees of it.

import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { ReviewSocket } from '../e2e/lib/review-socket.mjs';
import { histogram, quantile, round } from './lib/figures.mjs';
import { FRAMES_PER_SECOND, makeFlv } from './lib/media.mjs';
import { startLoad, startSink, startWeir } from './lib/relays.mjs';

const BUILD = fileURLToPath(new URL('../../build-bench', import.meta.url));
const STAGGER_MS = 37;
const SETTLE_MS = 3000;

const say = (text) => console.log(`bench gate: ${text}`);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function options() {
  const { values } = parseArgs({
    options: {
      streams: { type: 'string', default: '100' },
      blanks: { type: 'string', default: '300' },
      kbit: { type: 'string', default: '1000' },
      'delay-ms': { type: 'string', default: '3000' },
      media: { type: 'string' },
    },
  });
  const number = (name) => {
    const n = Number(values[name]);
    if (!Number.isInteger(n) || n < 1) throw new Error(`--${name} must be a whole number from 1 on`);
    return n;
  };
  return {
    streams: number('streams'),
    blanks: number('blanks'),
    kbit: number('kbit'),
    delayMs: number('delay-ms'),
    media: values.media,
  };
}

const at = (list, share) => {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)];
};

async function timed(review, type, args) {
  const began = performance.now();
  const result = await review.command(type, args);
  if (!result.ok) throw new Error(`${type}: ${result.message}`);
  return { result, ms: performance.now() - began };
}

/** Blanks and resumes one stream after the other, at uneven distances. */
async function measureBlank(weir, review, o) {
  const took = [];
  const answered = [];
  let blanked = 0;

  for (let i = 0; i < o.blanks; i += 1) {
    const stream = `live/bench-${i % o.streams}`;
    await pause(5 + (i * 7) % 31);
    const { ms } = await timed(review, 'stream.blank', { stream });
    answered.push(ms);
    await pause(60); // what was under way when it closed is out by then
    const now = (await weir.api('streams')).find((one) => one.path === stream);
    if (now.gate === 'blank') blanked += 1;
    took.push(now.time_to_close_us / 1000);
    await timed(review, 'stream.resume', { stream });
  }
  if (blanked !== o.blanks) throw new Error(`only ${blanked} of ${o.blanks} were blanked`);
  return { took, answered };
}

async function measureCut(review, o) {
  const took = [];
  const answered = [];

  for (let i = 0; i < o.streams; i += 1) {
    const stream = `live/bench-${i}`;
    const from = review.mark;
    await pause(5 + (i * 7) % 31);
    answered.push((await timed(review, 'stream.cut', { stream })).ms);
    const stopped = await review.stopped(stream, 40000, from);
    took.push(stopped.stream.time_to_close_us / 1000);
  }
  return { took, answered };
}

async function main() {
  const o = options();
  const folder = await mkdtemp(path.join(os.tmpdir(), 'weir-bench-'));

  try {
    const media = await makeFlv(BUILD, { dir: o.media, kbit: o.kbit, say });
    const sink = await startSink(BUILD, FRAMES_PER_SECOND);
    const weir = await startWeir(BUILD, folder, o.streams, sink.port, o.delayMs);
    const load = startLoad(BUILD, { port: weir.port, streams: o.streams, media, staggerMs: STAGGER_MS });
    const ready = await load.event('ready', o.streams * STAGGER_MS + 60000);
    if (ready.refused > 0) throw new Error(`${ready.refused} publishers were refused`);
    await pause(o.delayMs + SETTLE_MS);

    const review = await ReviewSocket.open(weir);
    const late0 = histogram(await weir.metrics(), 'lateness_seconds');
    say(`${o.streams} streams at ${o.kbit} kbit/s: ${o.blanks} blanks, then a cut of each`);
    const blank = await measureBlank(weir, review, o);
    const late1 = histogram(await weir.metrics(), 'lateness_seconds');
    const cut = await measureCut(review, o);
    review.close();
    await load.finish();
    weir.signal('SIGTERM');
    await weir.ended(45000);
    await sink.finish();

    for (const [name, list] of [['blank', blank], ['cut', cut]]) {
      say(`${name}: ${list.took.length} times; to the last byte of content p50 ${round(at(list.took, 0.5), 2)} ms, ` +
        `p99 ${round(at(list.took, 0.99), 2)} ms, most ${round(Math.max(...list.took), 2)} ms; ` +
        `answered, durable, p99 ${round(at(list.answered, 0.99), 1)} ms`);
    }
    console.log();
    console.log(JSON.stringify({
      bench: 'gate',
      streams: o.streams,
      kbit: o.kbit,
      blanks: blank.took.length,
      cuts: cut.took.length,
      cut_p50_ms: round(at(cut.took, 0.5), 3),
      cut_p99_ms: round(at(cut.took, 0.99), 3),
      blank_p50_ms: round(at(blank.took, 0.5), 3),
      blank_p99_ms: round(at(blank.took, 0.99), 3),
      cut_answered_p99_ms: round(at(cut.answered, 0.99), 3),
      blank_answered_p99_ms: round(at(blank.answered, 0.99), 3),
      lateness_p99_ms: round(quantile(late0, late1, 0.99) * 1000, 1),
    }));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(`bench gate: ${error.message}`);
    process.exit(error.code?.startsWith('ERR_PARSE_ARGS') || error.message.startsWith('--') ? 2 : 1);
  },
);
