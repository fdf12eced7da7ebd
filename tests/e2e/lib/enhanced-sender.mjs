// A publisher of Enhanced RTMP: HEVC, AV1, VP9 and Opus by FourCC, which the
// ffmpeg of these tests can encode but not send.

import { setTimeout as pause } from 'node:timers/promises';
import { tracks } from './mp4.mjs';
import { run } from './program.mjs';
import { RtmpClient } from './rtmp-client.mjs';

const AUDIO = 8;
const VIDEO = 9;
const SEQUENCE_START = 0;
const CODED_FRAMES = 1;
const ENCODER = {
  hevc: ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=error', '-tag:v', 'hvc1'],
  av1: ['-c:v', 'libaom-av1', '-cpu-used', '8', '-usage', 'realtime', '-row-mt', '1'],
  vp9: ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8'],
};

/** A small MP4 file of a moving test picture in CODEC and a tone in Opus. */
export async function clip(s, codec, { seconds = 4, name = `${codec}.mp4` } = {}) {
  const file = s.path(name);
  await run('ffmpeg', [
    '-nostdin', '-hide_banner', '-loglevel', 'error', '-f', 'lavfi', '-i', 'testsrc=size=320x180:rate=25', '-f', 'lavfi', '-i', 'sine=sample_rate=48000',
    '-t', String(seconds), '-pix_fmt', 'yuv420p', '-g', '25', '-b:v', '300k', ...ENCODER[codec], '-c:a', 'libopus', '-strict', '-2', file,
  ]);
  return file;
}

/** OpusHead (RFC 7845, 5.1) from MP4's dOps, which has the other byte order. */
function opusHead(dops) {
  const head = Buffer.alloc(19);
  head.write('OpusHead', 'latin1');
  head[8] = 1;
  head[9] = dops[1];
  head.writeUInt16LE(dops.readUInt16BE(2), 10);
  head.writeUInt32LE(dops.readUInt32BE(4), 12);
  head.writeInt16LE(dops.readInt16BE(8), 16);
  return head;
}

function si24(value) {
  const b = Buffer.alloc(3);
  b.writeIntBE(value, 0, 3);
  return b;
}

function body(kind, fourCc, type, key, ...parts) {
  const first = kind === 'video' ? 0x80 | (key ? 1 : 2) << 4 | type : 9 << 4 | type;
  return Buffer.concat([Buffer.from([first]), Buffer.from(fourCc, 'latin1'), ...parts]);
}

/** The RTMP messages of FILE in order of sending: {type, time, body}. */
export function messages(file) {
  const list = [];
  for (const { kind, codec, config, samples } of tracks(file)) {
    const fourCc = codec === 'hev1' ? 'hvc1' : codec;
    const type = kind === 'video' ? VIDEO : AUDIO;
    const start = kind === 'video' ? config : opusHead(config);
    list.push({ type, time: 0, body: body(kind, fourCc, SEQUENCE_START, true, start) });
    for (const { dts, pts, key, data } of samples) {
      const composition = fourCc === 'hvc1' ? [si24(pts - dts)] : [];
      list.push({ type, time: dts, body: body(kind, fourCc, CODED_FRAMES, key, ...composition, data) });
    }
  }
  return list.sort((a, b) => a.time - b.time);
}

/** Publishes FILE as APP/NAME in the time that it plays. Returns the client,
 * with SENT: a promise of how many messages went before the end or a close. */
export async function publishEnhanced(s, file, port, app, name) {
  const client = s.add(new RtmpClient(port));
  await client.publish(app, name);
  client.sent = (async () => {
    const began = Date.now();
    let n = 0;
    let open = true;
    client.closed.then(() => { open = false; });
    for (const { type, time, body: bytes } of messages(file)) {
      const early = began + time - Date.now();
      if (early > 0) await pause(early);
      if (!open) break;
      client.message(type, bytes, { csid: type === VIDEO ? 6 : 4, time });
      n++;
    }
    return n;
  })();
  return client;
}

