// The stream that a load sends: 720p30 with B-frames and AAC, as FLV. Made
// once and kept beside the build.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../../e2e/lib/program.mjs';
import { CLEAN, FLAGGED } from '../../e2e/lib/places.mjs';

export const FRAMES_PER_SECOND = 30;
const SECONDS = 30;
const VIDEO = /\.(mp4|mkv|mov|webm|flv|ts|m4v)$/i;

/** Video files of DIR, the largest first; or the project's own samples. */
export async function sources(dir) {
  if (dir === undefined) return [CLEAN, FLAGGED];
  const files = (await readdir(dir, { recursive: false })).filter((name) => VIDEO.test(name));
  const sized = await Promise.all(files.map(async (name) => ({ name, size: (await stat(path.join(dir, name))).size })));
  sized.sort((a, b) => b.size - a.size || a.name.localeCompare(b.name));
  if (sized.length === 0) throw new Error(`${dir}: no video file in it`);
  return sized.map(({ name }) => path.join(dir, name));
}

export async function makeFlv(build, { dir, kbit, say }) {
  return makeFlvOf(build, { from: (await sources(dir))[0], kbit, say });
}

export async function makeFlvOf(build, { from, kbit, say }) {
  const { size, mtimeMs } = await stat(from);
  const print = createHash('sha256').update(`${path.basename(from)} ${size} ${mtimeMs}`).digest('hex').slice(0, 12);
  const file = path.join(build, 'media', `720p30-${kbit}-${print}.flv`);
  if (existsSync(file)) return file;
  say(`making ${SECONDS} s of 720p30 at ${kbit} kbit/s from ${path.basename(from)}`);
  await mkdir(path.dirname(file), { recursive: true });
  // A little noise, or upscaled samples would not fill the bitrate.
  const picture = `scale=1280:720:force_original_aspect_ratio=increase,crop=1280:720,fps=${FRAMES_PER_SECOND},noise=alls=6:allf=t,format=yuv420p`;
  await run(
    'ffmpeg',
    // prettier-ignore
    ['-hide_banner', '-loglevel', 'error', '-nostdin', '-y', '-stream_loop', '-1', '-i', from,
      '-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=44100',
      '-map', '0:v:0', '-map', '1:a', '-t', String(SECONDS), '-vf', picture,
      '-c:v', 'libx264', '-preset', 'veryfast', '-b:v', `${kbit}k`, '-maxrate', `${kbit}k`, '-bufsize', `${kbit * 2}k`,
      '-g', '60', '-keyint_min', '60', '-sc_threshold', '0', '-bf', '2',
      '-c:a', 'aac', '-b:a', '128k', '-ac', '2', '-f', 'flv', `${file}.part`],
    { deadline: 600000 },
  );
  await rename(`${file}.part`, file);
  return file;
}
