// Pictures that a bench has flagged: one key frame of each clip, found by its
// hash, and how long a reviewer waits for its case.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import WebSocket from 'ws';
import { run } from '../../e2e/lib/program.mjs';

const WIDTH = 1280;
const HEIGHT = 720;
const MIN_QUALITY = 60;
const ALONE = 40; // bits to every other key frame of the clip

const bits = (n) => n.toString(2).replaceAll('0', '').length;
const distance = (a, b) => [...a].reduce((sum, digit, i) => sum + bits(parseInt(digit, 16) ^ parseInt(b[i], 16)), 0);

/** [{hash, quality}] of the key frames of FILE, as hash-frames sees them. */
async function hashes(build, file) {
  // prettier-ignore
  const decode = spawn('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-nostdin', '-skip_frame', 'nokey', '-i', file,
    '-map', '0:v:0', '-vsync', 'passthrough', '-f', 'rawvideo', '-pix_fmt', 'gray', '-'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const hash = spawn(path.join(build, 'tests/bench/hash-frames'), [String(WIDTH), String(HEIGHT)], {
    stdio: [decode.stdout, 'pipe', 'inherit'],
  });
  let text = '';
  hash.stdout.on('data', (data) => (text += data));
  const [code] = await once(hash, 'close');
  if (code !== 0) throw new Error(`hash-frames: ${code}`);
  return text.trim().split('\n').map((line) => ({ hash: line.split(' ')[0], quality: Number(line.split(' ')[1]) }));
}

/** Milliseconds between decoding and showing the key frames of FILE. */
async function lead(file) {
  const probe = await run('ffprobe', ['-v', 'error', '-select_streams', 'v:0', '-show_entries', 'packet=pts_time,dts_time,flags', '-of', 'csv=p=0', file]);
  const key = probe.out.list.find((line) => line.includes('K'));
  const [pts, dts] = key.split(',').map(Number);
  return (pts - dts) * 1000;
}

/** {leadMs, hash}: the key frame of FILE that is least like the others; hash
 * null when none stands alone. */
export async function pick(build, file) {
  const all = await hashes(build, file);
  const alone = all.map(({ hash, quality }, i) => ({
    hash,
    quality,
    nearest: Math.min(256, ...all.filter((_, k) => k !== i).map((other) => distance(hash, other.hash))),
  }));
  const best = alone.slice(1).filter((one) => one.quality >= MIN_QUALITY).sort((a, b) => b.nearest - a.nearest)[0];
  return { leadMs: await lead(file), hash: best && best.nearest > ALONE ? best.hash : null };
}

/** Listens for cases as a reviewer's screen does. */
export class Watch {
  cases = []; // {stream, firstHitMs, sampledMs, atMs}

  static async open(weir) {
    const watch = new Watch();
    watch.ws = new WebSocket(`${weir.url.replace('http', 'ws')}/api/v1/review`, 'weir.v1', {
      headers: { authorization: `Bearer ${weir.token}` },
    });
    watch.ws.on('message', (data) => {
      const atMs = performance.timeOrigin + performance.now();
      const text = data.toString();
      if (!text.includes('"case.opened"')) return;
      const { case: c } = JSON.parse(text);
      watch.cases.push({ stream: c.stream, firstHitMs: c.first_hit_ms, sampledMs: c.sampled_ms, atMs });
    });
    await once(watch.ws, 'open');
    watch.ws.send(JSON.stringify({ type: 'hello', epoch: null, since: 0 }));
    return watch;
  }

  close() {
    this.ws.terminate();
  }
}
