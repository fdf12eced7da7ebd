// Coded units as files that decoders read: Annex B, IVF, ADTS, Ogg.

import { writeFileSync } from 'node:fs';

const START_CODE = Buffer.from([0, 0, 0, 1]);

function uint(bytes, value) {
  const b = Buffer.alloc(bytes);
  b.writeUIntBE(value, 0, bytes);
  return b;
}

/** The NAL units that stand in DATA from AT, each behind its length. */
function split(data, at, bytes, count = Infinity) {
  const list = [];
  for (let n = 0; n < count && at < data.length; n += 1) {
    const size = data.readUIntBE(at, bytes);
    list.push(data.subarray(at + bytes, at + bytes + size));
    at += bytes + size;
  }
  return { list, at };
}

/** Parameter sets of an AVCDecoderConfigurationRecord. */
function avcSets(config) {
  const sps = split(config, 6, 2, config[5] & 31);
  const pps = split(config, sps.at + 1, 2, config[sps.at]);
  return { bytes: (config[4] & 3) + 1, sets: [...sps.list, ...pps.list] };
}

/** Parameter sets of an HEVCDecoderConfigurationRecord. */
function hevcSets(config) {
  const sets = [];
  let at = 23;
  for (let n = 0; n < config[22]; n += 1) {
    const array = split(config, at + 3, 2, config.readUInt16BE(at + 1));
    sets.push(...array.list);
    at = array.at;
  }
  return { bytes: (config[21] & 3) + 1, sets };
}

function annexB({ bytes, sets }, units) {
  const all = [sets, ...units.map((u) => split(u.data, 0, bytes).list)].flat();
  return Buffer.concat(all.flatMap((nal) => [START_CODE, nal]));
}

function ivf(fourCc, units) {
  const head = Buffer.alloc(32);
  head.write(`DKIF\0\0\x20\0${fourCc}`, 'latin1');
  head.writeUInt32LE(1000, 16); // ticks a second
  head.writeUInt32LE(1, 20);
  head.writeUInt32LE(units.length, 24);
  const frames = units.flatMap(({ pts, data }) => {
    const frame = Buffer.alloc(12);
    frame.writeUInt32LE(data.length);
    frame.writeBigUInt64LE(BigInt(pts), 4);
    return [frame, data];
  });
  return Buffer.concat([head, ...frames]);
}

/** Temporal units as a file holds them: each behind its delimiter, the first
 * one with the sequence header. */
function av1(config, units) {
  const delimiter = Buffer.from([0x12, 0]);
  const unit = ({ pts, data }, i) => ({ pts, data: Buffer.concat([delimiter, ...(i === 0 ? [config.subarray(4)] : []), data]) });
  return ivf('AV01', units.map(unit));
}

function adts(config, units) {
  const [object, rate, channels] = [config[0] >> 3, (config.readUInt16BE() >> 7) & 15, (config[1] >> 3) & 15];
  return Buffer.concat(units.flatMap(({ data }) => {
    const size = data.length + 7;
    const fields = ((object - 1) << 14) | (rate << 10) | (channels << 6) | (size >> 11);
    return [Buffer.from([0xff, 0xf1]), uint(2, fields), uint(3, ((size & 0x7ff) << 13) | 0x1ffc), data];
  }));
}

/** RFC 3533, 6: a checksum over the page with 0 in its place. */
function oggChecksum(page) {
  let sum = 0;
  for (const byte of page) {
    sum ^= byte << 24;
    for (let i = 0; i < 8; i += 1) sum = sum < 0 ? (sum << 1) ^ 0x04c11db7 : sum << 1;
  }
  return sum >>> 0;
}

/** A page with one packet. */
function oggPage(number, flags, granule, data) {
  const lacing = Buffer.alloc(Math.floor(data.length / 255) + 1, 255);
  lacing[lacing.length - 1] = data.length % 255;
  const head = Buffer.alloc(27);
  head.write('OggS');
  head[5] = flags;
  head.writeBigUInt64LE(BigInt(granule), 6);
  head.writeUInt32LE(1, 14);
  head.writeUInt32LE(number, 18);
  head[26] = lacing.length;
  const page = Buffer.concat([head, lacing, data]);
  page.writeUInt32LE(oggChecksum(page), 22);
  return page;
}

/** Samples at 48 kHz of a packet: RFC 6716, 3.1. */
function opusSamples(packet) {
  const config = packet[0] >> 3;
  const ms = config < 12 ? [10, 20, 40, 60][config & 3] : config < 16 ? [10, 20][config & 1] : [2.5, 5, 10, 20][config & 3];
  const frames = [1, 2, 2, packet[1] & 63][packet[0] & 3];
  return ms * 48 * frames;
}

/** RFC 7845. */
function opus(config, units) {
  const tags = Buffer.from('OpusTags\0\0\0\0\0\0\0\0', 'latin1');
  const pages = [oggPage(0, 2, 0, config), oggPage(1, 0, 0, tags)];
  let granule = 0;
  for (const { data } of units) {
    granule += opusSamples(data);
    pages.push(oggPage(pages.length, pages.length === units.length + 1 ? 4 : 0, granule, data));
  }
  return Buffer.concat(pages);
}

const FORMS = {
  h264: (config, units) => annexB(avcSets(config), units),
  hevc: (config, units) => annexB(hevcSets(config), units),
  av1,
  vp9: (config, units) => ivf('VP90', units),
  aac: adts,
  mp3: (config, units) => Buffer.concat(units.map((u) => u.data)),
  opus,
};
const ENDINGS = { av1: 'ivf', vp9: 'ivf', opus: 'ogg' };

/** Writes UNITS {pts, data} of CODEC to PATH with a fitting ending: the file. */
export function writeElementary(path, codec, config, units) {
  const file = `${path}.${ENDINGS[codec] ?? codec}`;
  writeFileSync(file, FORMS[codec](config, units));
  return file;
}
