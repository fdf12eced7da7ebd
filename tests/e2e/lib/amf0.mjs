// AMF0 values to bytes and back, as far as RTMP's commands use them.

const OBJECT_END = Buffer.from([0, 0, 9]);

function name(text) {
  const b = Buffer.alloc(2 + Buffer.byteLength(text));
  b.writeUInt16BE(b.length - 2);
  b.write(text, 2);
  return b;
}

/** Arrays become strict arrays. */
export function encode(value) {
  if (value === null) return Buffer.from([5]);
  if (typeof value === 'number') {
    const b = Buffer.alloc(9);
    b.writeDoubleBE(value, 1);
    return b;
  }
  if (typeof value === 'string') return Buffer.concat([Buffer.from([2]), name(value)]);
  if (Array.isArray(value)) {
    const head = Buffer.from([10, 0, 0, 0, value.length]);
    return Buffer.concat([head, ...value.map(encode)]);
  }
  const pairs = Object.entries(value).map(([key, v]) => Buffer.concat([name(key), encode(v)]));
  return Buffer.concat([Buffer.from([3]), ...pairs, OBJECT_END]);
}

class Reader {
  at = 0;

  constructor(data) {
    this.data = data;
  }

  take(size) {
    this.at += size;
    if (this.at > this.data.length) throw new Error('AMF0 ends in the middle');
    return this.data.subarray(this.at - size, this.at);
  }

  string() {
    return this.take(this.take(2).readUInt16BE()).toString();
  }

  object() {
    const all = {};
    for (;;) {
      const key = this.string();
      if (key === '' && this.data[this.at] === 9) {
        this.at += 1;
        return all;
      }
      all[key] = this.value();
    }
  }

  value() {
    const type = this.take(1)[0];
    switch (type) {
      case 0: return this.take(8).readDoubleBE();
      case 1: return this.take(1)[0] !== 0;
      case 2: return this.string();
      case 3: return this.object();
      case 5:
      case 6: return null;
      case 8: this.take(4); return this.object();
      case 10: return Array.from({ length: this.take(4).readUInt32BE() }, () => this.value());
      default: throw new Error(`AMF0 type ${type}`);
    }
  }
}

/** All values that stand in DATA, one after the other. */
export function decode(data) {
  const reader = new Reader(data);
  const values = [];
  while (reader.at < data.length) values.push(reader.value());
  return values;
}
