// Reads the samples of an MP4 file that ffmpeg wrote: one track a kind, as
// they stand in it, with their times and the codec's configuration.

import { readFileSync } from 'node:fs';

const CONTAINERS = ['moov', 'trak', 'mdia', 'minf', 'stbl'];
const ENTRY_HEAD = { video: 86, audio: 36 };
const CONFIGS = ['avcC', 'hvcC', 'av1C', 'vpcC', 'dOps'];

/** Boxes of DATA by type, those of containers included: [{type, body}]. */
function* boxes(data) {
  for (let at = 0; at + 8 <= data.length;) {
    const size = data.readUInt32BE(at);
    const type = data.toString('latin1', at + 4, at + 8);
    const body = data.subarray(at + 8, at + size);
    yield { type, body };
    if (CONTAINERS.includes(type)) yield* boxes(body);
    at += size;
  }
}

/** [count, value] pairs of a table, a value a sample. */
function runs(body, signed = false) {
  const list = [];
  for (let i = 0, at = 8; i < body.readUInt32BE(4); i++, at += 8) {
    const value = signed ? body.readInt32BE(at + 4) : body.readUInt32BE(at + 4);
    for (let n = body.readUInt32BE(at); n > 0; n--) list.push(value);
  }
  return list;
}

const numbers = (body, at) => Array.from({ length: body.readUInt32BE(at - 4) }, (_, i) => body.readUInt32BE(at + 4 * i));

/** Where each sample begins in the file. */
function places({ stsc, stco, stsz }) {
  const sizes = numbers(stsz, 12);
  const first = [];
  for (let i = 0, at = 8; i < stsc.readUInt32BE(4); i++, at += 12) first.push([stsc.readUInt32BE(at), stsc.readUInt32BE(at + 4)]);
  const list = [];
  numbers(stco, 8).forEach((start, chunk) => {
    const [, count] = first.filter(([c]) => c <= chunk + 1).pop();
    for (let at = start, n = 0; n < count; n++) {
      const size = sizes[list.length];
      list.push({ at, size });
      at += size;
    }
  });
  return list;
}

function track(file, trak) {
  const table = {};
  for (const { type, body } of boxes(trak)) table[type] = body;
  const kind = table.hdlr.toString('latin1', 8, 12) === 'vide' ? 'video' : 'audio';
  const scale = table.mdhd.readUInt32BE(table.mdhd[0] === 1 ? 20 : 12);
  const entry = table.stsd.subarray(8);
  const config = [...boxes(entry.subarray(ENTRY_HEAD[kind]))].find((b) => CONFIGS.includes(b.type));
  const durations = runs(table.stts);
  const offsets = table.ctts ? runs(table.ctts, true) : [];
  const keys = table.stss ? new Set(numbers(table.stss, 8)) : null;
  const ms = (ticks) => Math.round((ticks * 1000) / scale);
  let ticks = 0;
  const samples = places(table).map(({ at, size }, i) => {
    const sample = { kind, dts: ms(ticks), pts: ms(ticks + (offsets[i] ?? 0)), key: !keys || keys.has(i + 1), data: file.subarray(at, at + size) };
    ticks += durations[i];
    return sample;
  });
  return { kind, codec: entry.toString('latin1', 4, 8), config: config?.body, samples };
}

/** The tracks of FILE: [{kind, codec, config, samples: [{kind, dts, pts, key, data}]}]. */
export function tracks(path) {
  const file = readFileSync(path);
  const moov = [...boxes(file)].find((b) => b.type === 'moov').body;
  const list = [];
  for (let at = 0; at + 8 <= moov.length; at += moov.readUInt32BE(at)) {
    if (moov.toString('latin1', at + 4, at + 8) === 'trak') list.push(track(file, moov.subarray(at + 8, at + moov.readUInt32BE(at))));
  }
  return list;
}
