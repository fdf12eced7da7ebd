// SRT into and out of the gateway: stream ids, ffmpeg as publisher and receiver,
// what came compared with what was sent.

import assert from 'node:assert/strict';
import { freeUdpPort } from './places.mjs';
import { Program, run } from './program.mjs';
import { readFlv, readTs } from './ts.mjs';

const QUIET = ['-nostdin', '-hide_banner', '-loglevel', 'error'];
/** What is on the way when a live connection ends may be lost. */
const TAIL_MS = 1500;
/** Sound that comes before the first picture is withheld. */
const SOUND_BEFORE = 20;
const SOUND_OFF_MS = 30;

export const WITH_SRT = { srt: { address: '127.0.0.1', port: 0 } };

/** The UDP port that the gateway listens on, the NTH that it says. */
export async function srtPort(weir, from = 0) {
  return Number((await weir.says(/srt: listens on \S+ port (\d+)/, 30000, from))[1]);
}

export const streamId = (app, name, secret, more = '') => `#!::r=${app}/${name},m=publish,s=${secret}${more}`;

/** A part of CLIP as a transport stream, the same units as ffmpeg.mjs's source (). */
export async function tsSource(s, clip, { from = 0, seconds = 100, name = `source-${from}-${seconds}.ts`, loop = 0 } = {}) {
  const file = s.path(name);
  await run('ffmpeg', [...QUIET, '-stream_loop', String(loop), '-ss', String(from), '-i', clip, '-t', String(seconds), '-c', 'copy', '-muxdelay', '0', '-f', 'mpegts', file]);
  return file;
}

class Ffmpeg extends Program {
  lines() {
    return this.err.list.map((line) => `${this.name}: ${line}`);
  }

  close() {
    return this.kill();
  }

  async refused(ms = 20000) {
    const { code } = await this.ended(ms);
    assert.notEqual(code, 0, 'it was refused');
  }
}

/** Sends FILE over SRT with ffmpeg as it plays. OPTIONS are those of its URL; its
 * latency is in microseconds. */
export function publishSrt(s, file, port, id, { loop = 0, latencyMs = 120, ...options } = {}) {
  const query = Object.entries({ streamid: id, latency: latencyMs * 1000, ...options }).map(([k, v]) => `${k}=${v}`).join('&');
  const args = ['-nostdin', '-hide_banner', '-loglevel', 'warning', '-re', '-stream_loop', String(loop), '-i', file,
    '-c', 'copy', '-copyinkf', '-muxdelay', '0', '-f', 'mpegts', `srt://127.0.0.1:${port}?${query}`];
  return s.add(new Ffmpeg(`ffmpeg ${id.slice(0, 30)}`, 'ffmpeg', args));
}

/** Receives with ffmpeg, which writes what it understands to a file. */
export class FfmpegReceiver {
  static async start(s, name = 'received.ts') {
    const receiver = s.add(new FfmpegReceiver());
    receiver.port = await freeUdpPort();
    receiver.file = s.path(name);
    receiver.program = new Ffmpeg('ffmpeg receives', 'ffmpeg', ['-nostdin', '-hide_banner', '-loglevel', 'warning', '-i',
      `srt://127.0.0.1:${receiver.port}?mode=listener&latency=120000`, '-c', 'copy', '-copyinkf', '-f', 'mpegts', receiver.file]);
    return receiver;
  }

  /** Its file, once the sender has gone. */
  async finished(ms = 30000) {
    await this.program.ended(ms);
    return this.file;
  }

  lines() {
    return this.program.lines();
  }

  close() {
    return this.program.kill();
  }
}

/** Before the first parameter sets have come a parser passes over what is told beside the
 * picture, such as the encoder's name. */
const same = (unit, other, i) => other !== undefined && (unit.data.equals(other.data) || (i === 0 && unit.bare?.equals(other.bare)));

const read = (file) => (Buffer.isBuffer(file) || file.endsWith('.ts') ? readTs(file) : readFlv(file));

/** What RECEIVED (file or bytes) has is what was sent, from the first unit on, whole and in
 * order, byte for byte; only the end may be missing. Says how much is. */
export function assertCarried(received, sent, { tailMs = TAIL_MS } = {}) {
  const [got, had] = [read(received), read(sent)];
  assert.equal(got.gaps, 0, 'no gap in a continuity counter');
  const missing = {};
  assert.ok(got.audio.length > 0, 'there is sound');
  const before = had.audio.findIndex((unit) => unit.data.equals(got.audio[0].data));
  assert.ok(before >= 0 && before < SOUND_BEFORE, `the sound begins with frame ${before}`);
  for (const [kind, skip] of [['video', 0], ['audio', before]]) {
    const [g, h] = [got[kind], had[kind].slice(skip)];
    g.forEach((unit, i) => assert.ok(same(unit, h[i], i), `${kind} ${i} of ${g.length} is what was sent`));
    missing[kind] = h.length - g.length;
  }
  const { length } = got.video;
  assert.ok(length > 0, 'there are pictures');
  const end = had.video.at(-1).dts - had.video[length - 1].dts;
  assert.ok(end <= tailMs, `${end} ms of picture are missing at the end`);
  // Decoded and shown when they were.
  for (const what of ['dts', 'pts']) {
    got.video.forEach((unit, i) => {
      const off = unit[what] - got.video[0].dts - (had.video[i][what] - had.video[0].dts);
      assert.ok(Math.abs(off) <= 2, `the ${what} of picture ${i} is ${off} ms off`);
    });
  }
  got.audio.forEach((unit, i) => {
    const other = had.audio[i + before];
    if (unit.pts === null || other.pts === null) return;
    const off = unit.pts - got.video[0].dts - (other.pts - had.video[0].dts);
    assert.ok(Math.abs(off) <= SOUND_OFF_MS, `frame ${i} of the sound is ${off} ms off the picture`);
  });
  return missing;
}

/** A decoder finds nothing wrong with it, but for the picture that is torn at its end. */
export async function decodesTs(file) {
  const { err } = await run('ffmpeg', [...QUIET, '-err_detect', 'explode', '-i', file, '-f', 'null', '-']);
  assert.deepEqual(err.list, []);
}

/** A caller of srt-live-transmit that sends what is read from FILE, and ends
 * when it is refused: its words. */
export class Caller extends Program {
  constructor(port, options) {
    const query = new URLSearchParams({ mode: 'caller', ...options }).toString().replaceAll('+', '%20');
    super('srt-live-transmit', 'srt-live-transmit', ['-t:20', '-a:no', 'file://con', `srt://127.0.0.1:${port}?${query}`], { stdin: 'pipe' });
    this.input.on('error', () => {});
  }

  lines() {
    return this.text.split('\n');
  }

  close() {
    return this.kill();
  }
}
