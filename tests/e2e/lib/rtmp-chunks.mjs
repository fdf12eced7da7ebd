// RTMP's chunk layer: messages to bytes and back.

export const SET_CHUNK_SIZE = 1;
export const AUDIO = 8;
export const VIDEO = 9;
export const COMMAND = 20;

const DEFAULT_CHUNK = 128;
const EXTENDED = 0xffffff;
const HEAD_BYTES = [11, 7, 3, 0];

/** The head of a message of SIZE bytes, in full. */
export function messageHead(type, size, { csid = 4, time = 0, stream = 1 } = {}) {
  const head = Buffer.alloc(12);
  head[0] = csid;
  head.writeUIntBE(time, 1, 3);
  head.writeUIntBE(size, 4, 3);
  head[7] = type;
  head.writeUInt32LE(stream, 8);
  return head;
}

/** A message as chunks of CHUNK bytes. */
export function chunks(type, body, { csid = 4, chunk = DEFAULT_CHUNK, ...options } = {}) {
  const parts = [messageHead(type, body.length, { csid, ...options })];
  for (let at = 0; at < body.length; at += chunk) {
    if (at > 0) parts.push(Buffer.from([0xc0 | csid]));
    parts.push(body.subarray(at, at + chunk));
  }
  return Buffer.concat(parts);
}

/** Takes what a peer sends after the handshake. Follows its chunk size. */
export class ChunkReader {
  #data = Buffer.alloc(0);
  #size = DEFAULT_CHUNK;
  #streams = new Map();

  /** The messages that DATA completes: {type, time, stream, body}. */
  feed(data) {
    this.#data = Buffer.concat([this.#data, data]);
    const messages = [];
    for (let chunk = this.#chunk(); chunk; chunk = this.#chunk()) {
      this.#data = this.#data.subarray(chunk.end);
      this.#streams.set(chunk.csid, chunk);
      if (chunk.left > 0) continue;
      const { type, time, stream } = chunk;
      const body = Buffer.concat(chunk.parts);
      if (type === SET_CHUNK_SIZE) this.#size = body.readUInt32BE();
      messages.push({ type, time, stream, body });
      chunk.parts = [];
    }
    return messages;
  }

  /** The chunk in front, as the state of its chunk stream after it; null
   * while it isn't whole. */
  #chunk() {
    const data = this.#data;
    if (data.length === 0) return null;
    const short = data[0] & 63;
    const format = data[0] >> 6;
    const at = short < 2 ? 2 + short : 1;
    let end = at + HEAD_BYTES[format];
    if (data.length < end) return null;
    const csid = short < 2 ? 64 + data.readUIntLE(1, at - 1) : short;
    const chunk = { time: 0, parts: [], ...this.#streams.get(csid), csid };
    if (format < 3) chunk.field = data.readUIntBE(at, 3);
    if (format < 2) [chunk.length, chunk.type] = [data.readUIntBE(at + 3, 3), data[at + 6]];
    if (format < 1) chunk.stream = data.readUInt32LE(at + 7);
    let time = chunk.field;
    if (time === EXTENDED) {
      end += 4;
      if (data.length < end) return null;
      time = data.readUInt32BE(end - 4);
    }
    if (chunk.parts.length === 0) {
      chunk.left = chunk.length;
      chunk.time = format === 0 ? time : chunk.time + time;
    }
    const size = Math.min(this.#size, chunk.left);
    if (data.length < end + size) return null;
    chunk.parts = [...chunk.parts, data.subarray(end, end + size)];
    chunk.left -= size;
    chunk.end = end + size;
    return chunk;
  }
}
