// Reads and writes FLV files: tags, coded units, codec configurations.

import { readFileSync } from 'node:fs';

const AUDIO = 8;
const VIDEO = 9;

/** All whole tags of a file: {type, dts, body, end}. A torn last one is left out. */
export function tags(file) {
  const data = Buffer.isBuffer(file) ? file : readFileSync(file);
  const list = [];
  let at = 13;
  while (at + 11 <= data.length) {
    const size = data.readUIntBE(at + 1, 3);
    if (at + 11 + size > data.length) break;
    list.push({
      type: data[at],
      dts: data.readUIntBE(at + 4, 3) + data[at + 7] * 0x1000000,
      body: data.subarray(at + 11, at + 11 + size),
      end: at + 11 + size + 4,
    });
    at += size + 15;
  }
  return list;
}

/** What a sound tag holds of coded sound: AAC or MP3; null if nothing. */
function sound(body) {
  if (body[0] >> 4 === 10 && body[1] === 1) return body.subarray(2);
  return body[0] >> 4 === 2 ? body.subarray(1) : null;
}

/** The coded units of a file: {kind, dts, pts, key, data}, H.264, AAC, MP3. */
export function units(file) {
  const list = [];
  for (const { type, dts, body } of tags(file)) {
    if (type === VIDEO && (body[0] & 15) === 7 && body[1] === 1) {
      list.push({ kind: 'video', dts, pts: dts + body.readIntBE(2, 3), key: body[0] >> 4 === 1, data: body.subarray(5) });
    } else if (type === AUDIO && sound(body)) {
      list.push({ kind: 'audio', dts, pts: dts, key: true, data: sound(body) });
    }
  }
  return list;
}

export const videoOf = (list) => list.filter((u) => u.kind === 'video');
export const audioOf = (list) => list.filter((u) => u.kind === 'audio');

/** Decoder configurations in the order in which they stand in the file. */
export function configs(file) {
  return tags(file)
    .filter(({ type, body }) => (type === VIDEO && (body[0] & 15) === 7 && body[1] === 0) || (type === AUDIO && body[0] >> 4 === 10 && body[1] === 0))
    .map(({ type, body }) => `${type}:${body.toString('hex')}`);
}

/** A copy with the tag list put through CHANGE. */
export function rewrite(file, change) {
  const data = readFileSync(file);
  const parts = [data.subarray(0, 13)];
  for (const tag of change(tags(data))) {
    const head = Buffer.alloc(11);
    head[0] = tag.type;
    head.writeUIntBE(tag.body.length, 1, 3);
    head.writeUIntBE(tag.dts & 0xffffff, 4, 3);
    head[7] = tag.dts >>> 24;
    const tail = Buffer.alloc(4);
    tail.writeUInt32BE(tag.body.length + 11);
    parts.push(head, tag.body, tail);
  }
  return Buffer.concat(parts);
}

/** Without the sound that comes before the first key frame. */
export function fromFirstKey(file) {
  const isKey = ({ type, body }) => type === VIDEO && body[0] >> 4 === 1 && body[1] === 1;
  return rewrite(file, (list) => {
    const first = list.findIndex(isKey);
    return list.filter((tag, i) => i >= first || !(tag.type === AUDIO && sound(tag.body)));
  });
}

/** Every picture made larger by a filler unit that decoders skip. */
export function fatten(file, bytes) {
  const filler = Buffer.alloc(bytes, 0xff);
  filler.writeUInt32BE(bytes - 4, 0);
  filler[4] = 12;
  filler[bytes - 1] = 0x80;
  return rewrite(file, (list) =>
    list.map((tag) => (tag.type === VIDEO && tag.body[1] === 1 ? { ...tag, body: Buffer.concat([tag.body, filler]) } : tag)));
}
