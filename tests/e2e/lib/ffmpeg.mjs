// ffmpeg as publisher, as maker of sources and as judge of recordings.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { fromFirstKey } from './flv.mjs';
import { Program, run } from './program.mjs';

const QUIET = ['-nostdin', '-hide_banner', '-loglevel', 'error'];

/** A part of CLIP as an FLV file, byte for byte what a publisher will send. It
 * begins on a key frame, as everything that leaves the gateway does. */
export async function source(s, clip, { from = 0, seconds = 100, name = `source-${from}-${seconds}.flv`, only = [] } = {}) {
  const file = s.path(name);
  await run('ffmpeg', [...QUIET, '-ss', String(from), '-i', clip, '-t', String(seconds), ...only, '-c', 'copy', '-flvflags', 'no_duration_filesize', '-f', 'flv', file]);
  writeFileSync(file, fromFirstKey(file));
  return file;
}

class Publisher extends Program {
  lines() {
    return this.err.list.map((line) => `${this.name}: ${line}`);
  }

  close() {
    return this.kill();
  }

  /** Sent all that it had and was not refused. */
  async finished(ms = 60000) {
    const { code } = await this.ended(ms);
    assert.equal(code, 0, this.text);
  }
}

/** Sends FILE as it is, RATE times as fast as it plays; 0: as fast as it goes.
 * OPTIONS are ffmpeg's, of the output. */
export function publish(s, file, url, { rate = 1, loop = 0, options = [] } = {}) {
  const pace = rate > 0 ? ['-readrate', String(rate)] : [];
  const args = ['-nostdin', '-hide_banner', '-loglevel', 'info', '-nostats', ...pace, '-stream_loop', String(loop), '-i', file, '-c', 'copy', '-copyinkf', '-f', 'flv', ...options, url];
  return s.add(new Publisher(`ffmpeg ${url.replace(/^.*\/|\?.*$/g, '')}`, 'ffmpeg', args));
}

/** SHA-256 of an elementary stream as ffmpeg reads it. */
export async function elementary(s, file, kind) {
  const out = s.path(`elementary-${kind}`);
  const how = kind === 'video'
    ? ['-map', '0:v', '-c', 'copy', '-bsf:v', 'h264_mp4toannexb', '-f', 'h264']
    : ['-map', '0:a', '-c', 'copy', '-f', 'adts'];
  await run('ffmpeg', [...QUIET, '-y', '-i', file, ...how, out]);
  return createHash('sha256').update(readFileSync(out)).digest('hex');
}

/** Fails at the first thing in FILE that a decoder doesn't like. Pictures keep
 * their own times: rounded to a frame rate, two that are close where slate and
 * content meet would have the same. */
export async function decodes(file) {
  const asItCame = ['-fps_mode', 'passthrough', '-enc_time_base', '-1'];
  const { err } = await run('ffmpeg', [...QUIET, '-xerror', '-err_detect', 'explode', '-i', file, ...asItCame, '-f', 'null', '-']);
  assert.deepEqual(err.list, []);
}
