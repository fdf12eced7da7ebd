// Parameter sets of H.264 (ITU-T H.264, 7.3.2) with whatever a test wants in
// them, and the configuration that has them.

class BitWriter {
  #bits = [];

  u(count, value) {
    for (let i = count - 1; i >= 0; i -= 1) this.#bits.push((value >> i) & 1);
    return this;
  }

  ue(value) {
    const bits = Math.floor(Math.log2(value + 1));
    return this.u(bits, 0).u(bits + 1, value + 1);
  }

  /** A NAL unit of these bits: stop bit, and no start code in it. */
  nal(head) {
    const bits = [...this.#bits, 1];
    while (bits.length % 8) bits.push(0);
    const out = [head];
    let zeros = 0;
    for (let at = 0; at < bits.length; at += 8) {
      const byte = bits.slice(at, at + 8).reduce((all, bit) => (all << 1) | bit, 0);
      if (zeros === 2 && byte <= 3) {
        out.push(3);
        zeros = 0;
      }
      out.push(byte);
      zeros = byte === 0 ? zeros + 1 : 0;
    }
    return Buffer.from(out);
  }
}

/** Baseline, WIDTH and HEIGHT multiples of 16. */
export function sps(width, height) {
  return new BitWriter()
    .u(8, 66).u(8, 0).u(8, 62)
    .ue(0).ue(0).ue(2).ue(1).u(1, 0)
    .ue(width / 16 - 1).ue(height / 16 - 1)
    .u(1, 1).u(1, 1).u(1, 0).u(1, 0)
    .nal(0x67);
}

export function pps(id) {
  return new BitWriter()
    .ue(id).ue(0).u(1, 0).u(1, 0).ue(0).ue(0).ue(0).u(1, 0).u(2, 0).ue(0).ue(0).ue(0).u(1, 0).u(1, 0).u(1, 0)
    .nal(0x68);
}

/** AVCDecoderConfigurationRecord, NAL units behind four bytes of length. */
export function avcConfig(sequence, picture) {
  const size = (set) => Buffer.from([set.length >> 8, set.length & 255]);
  return Buffer.concat([Buffer.from([1, ...sequence.subarray(1, 4), 0xff, 0xe1]), size(sequence), sequence, Buffer.from([1]), size(picture), picture]);
}

/** NALS, each behind its length. */
export function lengthPrefixed(nals) {
  return Buffer.concat(nals.flatMap((nal) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(nal.length);
    return [length, nal];
  }));
}
