// Reads MPEG transport streams: coded units and what stands in them, whatever
// container they came in.

import { readFileSync } from 'node:fs';
import { audioOf, units as flvUnits, videoOf } from './flv.mjs';

const PACKET = 188;
const H264 = 0x1b;
const AAC = 0x0f;
const SEI = 6;
const IDR = 5;
/** NAL units that a container adds, moves or leaves out: parameter sets and
 * delimiters, and filler. */
const OF_CONTAINER = new Set([7, 8, 9, 12]);

function payloadOf(packet) {
  const control = (packet[3] >> 4) & 3;
  if (!(control & 1)) return Buffer.alloc(0);
  return packet.subarray(control & 2 ? 5 + packet[4] : 4);
}

/** A section that stands in one packet, as those of a small programme do. */
const sectionOf = (payload) => payload.subarray(1 + payload[0]);

function tableOf(section) {
  const end = 3 + (section.readUInt16BE(1) & 0xfff) - 4;
  return { id: section[0], body: section.subarray(8, end) };
}

/** {pid: stream type} of the first programme. */
function readMap(section) {
  const { body } = tableOf(section);
  const types = {};
  for (let at = 4 + (body.readUInt16BE(2) & 0xfff); at + 5 <= body.length; at += 5 + (body.readUInt16BE(at + 3) & 0xfff)) {
    types[body.readUInt16BE(at + 1) & 0x1fff] = body[at];
  }
  return types;
}

const time = (b) => Math.round((((b[0] >> 1) & 7) * 2 ** 30 + (b.readUInt16BE(1) >> 1) * 2 ** 15 + (b.readUInt16BE(3) >> 1)) / 90);

function readPes(pes) {
  const flags = pes[7] >> 6;
  const pts = flags & 2 ? time(pes.subarray(9)) : null;
  const dts = flags & 1 ? time(pes.subarray(14)) : pts;
  const size = pes.readUInt16BE(4);
  return { pts, dts, data: pes.subarray(9 + pes[8], size > 0 ? 6 + size : pes.length) };
}

/** Everything between start codes. */
export function annexB(data) {
  const list = [];
  let from = -1;
  for (let at = data.indexOf('000001', 0, 'hex'); at >= 0; at = data.indexOf('000001', at + 3, 'hex')) {
    if (from >= 0) list.push(data.subarray(from, at));
    from = at + 3;
  }
  if (from >= 0) list.push(data.subarray(from));
  return list.map((nal) => {
    let end = nal.length;
    while (end > 0 && nal[end - 1] === 0) end -= 1;
    return nal.subarray(0, end);
  });
}

function lengthPrefixed(data) {
  const list = [];
  for (let at = 0; at + 4 <= data.length; at += 4 + data.readUInt32BE(at)) list.push(data.subarray(at + 4, at + 4 + data.readUInt32BE(at)));
  return list;
}

/** Raw frames of an ADTS stream. */
function adts(data) {
  const list = [];
  for (let at = 0; at + 7 <= data.length && data[at] === 0xff;) {
    const size = ((data[at + 3] & 3) << 11) | (data[at + 4] << 3) | (data[at + 5] >> 5);
    list.push(data.subarray(at + (data[at + 1] & 1 ? 7 : 9), at + size));
    at += size;
  }
  return list;
}

/** What belongs to a picture itself: {data}, and {bare} without what is told beside it;
 * {key}: an IDR picture, {sets}: behind parameter sets. */
function picture(nals) {
  const own = nals.filter((nal) => nal.length > 0 && !OF_CONTAINER.has(nal[0] & 31));
  const types = nals.map((nal) => nal[0] & 31);
  const bare = own.filter((nal) => (nal[0] & 31) !== SEI);
  return { data: Buffer.concat(own), bare: Buffer.concat(bare), key: types.includes(IDR), sets: types.includes(7) && types.includes(8) };
}

/** BYTES without each PID's last unit, which is torn where a live connection ended. */
export function withoutTornEnd(bytes) {
  const last = new Map(); // PID → where its last unit begins
  const each = (look) => {
    for (let at = 0; at + PACKET <= bytes.length; at += PACKET) look(at, bytes.readUInt16BE(at + 1) & 0x1fff);
  };
  each((at, pid) => (bytes[at + 1] & 0x40) && last.set(pid, at));
  const kept = [];
  each((at, pid) => {
    if (pid === 0 || at < (last.get(pid) ?? 0)) kept.push(bytes.subarray(at, at + PACKET));
  });
  return Buffer.concat(kept);
}

/** {video: [{pts, dts, data, bare, key, sets}], audio: [{pts, data}], gaps} of a file or bytes; video
 * data without what containers change, sound a raw frame each, of which the
 * first of a PES has a time. The last PES of
 * a stream of no known length is left out: it may be torn. */
export function readTs(file) {
  const bytes = Buffer.isBuffer(file) ? file : readFileSync(file);
  const open = new Map(); // PID → parts
  const next = new Map();
  const result = { video: [], audio: [], gaps: 0, restarts: 0 };
  let mapPid = null;
  let types = {};
  const finish = (pid) => {
    const pes = Buffer.concat(open.get(pid) ?? []);
    open.delete(pid);
    if (pes.length < 9 || pes.readUIntBE(0, 3) !== 1) return;
    const { data, ...times } = readPes(pes);
    if (types[pid] === H264) result.video.push({ ...times, ...picture(annexB(data)) });
    else if (types[pid] === AAC) result.audio.push(...adts(data).map((frame, i) => ({ pts: i === 0 ? times.pts : null, data: frame })));
  };
  for (let at = 0; at + PACKET <= bytes.length; at += PACKET) {
    const packet = bytes.subarray(at, at + PACKET);
    if (packet[0] !== 0x47) throw new Error(`no packet at ${at}`);
    const pid = packet.readUInt16BE(1) & 0x1fff;
    const payload = payloadOf(packet);
    if (pid === 0x1fff || payload.length === 0) continue;
    const counter = packet[3] & 15;
    if (next.has(pid) && next.get(pid) !== counter) result.gaps += 1;
    next.set(pid, (counter + 1) & 15);
    const starts = (packet[1] & 0x40) !== 0;
    if (pid === 0) mapPid = tableOf(sectionOf(payload)).body.readUInt16BE(2) & 0x1fff;
    else if (pid === mapPid) types = readMap(sectionOf(payload));
    else if (starts) {
      finish(pid);
      open.set(pid, [payload]);
    } else open.get(pid)?.push(payload);
  }
  for (const pid of [...open.keys()]) {
    const pes = Buffer.concat(open.get(pid));
    const size = pes.length > 6 ? pes.readUInt16BE(4) : 0;
    if (size > 0 && pes.length >= 6 + size) finish(pid);
  }
  return result;
}

/** The same of an FLV file. */
export function readFlv(file) {
  const list = flvUnits(file);
  return {
    video: videoOf(list).map(({ pts, dts, data }) => ({ pts, dts, ...picture(lengthPrefixed(data)) })),
    audio: audioOf(list).map(({ pts, data }) => ({ pts, data })),
    gaps: 0,
  };
}
