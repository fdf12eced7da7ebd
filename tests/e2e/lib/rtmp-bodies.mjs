// Bodies of RTMP's audio and video messages, with numbers for codecs as Adobe
// had them and with the FourCCs of Enhanced RTMP: written and taken apart.
//
// A message is {kind, codec, config} or {kind, codec, key, dts, pts, data}.

import assert from 'node:assert/strict';

const FOUR_CC = {
  video: { h264: 'avc1', hevc: 'hvc1', av1: 'av01', vp9: 'vp09' },
  audio: { aac: 'mp4a', opus: 'Opus', mp3: '.mp3', flac: 'fLaC' },
};
const NUMBER = { video: { h264: 7, hevc: 12 }, audio: { aac: 10, mp3: 2 } };
const ADOBE = ['h264', 'aac', 'mp3'];
const KEY = 1;
const INTER = 2;
const EXTENDED_SOUND = 9;
const LEGACY_SOUND = 0x0f; // 44 kHz, 16 bit, stereo, whatever it is
const OFFSET_NANO = 0;

const CONFIG = 0;
const FRAMES = 1;
const FRAMES_X = 3; // of video: no composition time
const MULTITRACK = { video: 6, audio: 5 };
const MODEX = 7;

const codecOf = (table, value) => Object.keys(table).find((codec) => table[codec] === value);
const composes = (codec) => codec === 'h264' || codec === 'hevc';

export const fourCcs = (kind) => Object.values(FOUR_CC[kind]);

/** Every server knows it by its number. */
export const hasNumber = ({ codec }) => ADOBE.includes(codec);

function composition({ pts, dts }) {
  const b = Buffer.alloc(3);
  b.writeIntBE(pts - dts, 0, 3);
  return b;
}

const frameType = ({ config, key }) => (config || key ? KEY : INTER);

/** By number: what every server knows, but for HEVC as 12, which only some do. */
export function byNumber(message) {
  const { kind, codec, config, data } = message;
  const number = NUMBER[kind][codec];
  const type = config ? CONFIG : FRAMES;
  if (codec === 'mp3') return Buffer.concat([Buffer.from([(number << 4) | LEGACY_SOUND]), data]);
  if (kind === 'audio') return Buffer.concat([Buffer.from([(number << 4) | LEGACY_SOUND, type]), config ?? data]);
  const head = Buffer.from([(frameType(message) << 4) | number, type]);
  return Buffer.concat([head, config ? Buffer.alloc(3) : composition(message), config ?? data]);
}

/** By FourCC, in the short form where there is no composition time. */
export function byFourCc(message) {
  const { kind, codec, config, pts, dts, data } = message;
  const composed = !config && composes(codec) && pts !== dts;
  const short = !config && composes(codec) && !composed;
  const type = config ? CONFIG : short ? FRAMES_X : FRAMES;
  const first = kind === 'video' ? 0x80 | (frameType(message) << 4) : EXTENDED_SOUND << 4;
  const head = Buffer.from(`\0${FOUR_CC[kind][codec]}`);
  head[0] = first | type;
  return Buffer.concat([head, composed ? composition(message) : Buffer.alloc(0), config ?? data]);
}

/** BODY by FourCC with an offset of NANOSECONDS as a modifier before it. */
export function modified(body, nanoseconds) {
  const type = body[0] & 15;
  const head = Buffer.from([(body[0] & 0xf0) | MODEX, 2, 0, 0, 0, (OFFSET_NANO << 4) | type]);
  head.writeUIntBE(nanoseconds, 2, 3);
  return Buffer.concat([head, body.subarray(1)]);
}

/** BODY by FourCC as that of one track by number. */
export function ofTrack(kind, body, track) {
  const head = Buffer.from([(body[0] & 0xf0) | MULTITRACK[kind], body[0] & 15]);
  return Buffer.concat([head, body.subarray(1, 5), Buffer.from([track]), body.subarray(5)]);
}

/** {kind, codec, carried, config} or {kind, codec, carried, key, composition,
 * data}; CARRIED is the codec's name in the message. One track, no modifiers. */
export function readBody(kind, body) {
  const video = kind === 'video';
  const extended = video ? body[0] >> 7 === 1 : body[0] >> 4 === EXTENDED_SOUND;
  const carried = extended ? body.toString('latin1', 1, 5) : video ? body[0] & 15 : body[0] >> 4;
  const codec = codecOf(extended ? FOUR_CC[kind] : NUMBER[kind], carried);
  assert.ok(codec, `${kind} by name or number: ${carried}`);
  const common = { kind, codec, carried };
  const key = !video || ((body[0] >> 4) & 7) === KEY;
  if (!extended && codec === 'mp3') return { ...common, key, composition: 0, data: body.subarray(1) };

  const type = extended ? body[0] & 15 : body[1];
  assert.ok([CONFIG, FRAMES].includes(type) || (extended && video && type === FRAMES_X), `${carried}: packet type ${type}`);
  const composed = video && (extended ? type === FRAMES && composes(codec) : true);
  const at = extended ? 5 : 2;
  const data = body.subarray(composed ? at + 3 : at);
  if (type === CONFIG) return { ...common, config: data };
  return { ...common, key, composition: composed ? body.readIntBE(at, 3) : 0, data };
}
