// Checks a trail's chain from its description alone: SHA-256 over number and
// time (8 bytes each, big-endian), then each text behind its length (8 bytes):
// actor, action, subject, detail, hash of the record before.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

const ZEROS = '0'.repeat(64);

const eight = (n) => {
  const b = Buffer.alloc(8);
  b.writeBigUInt64BE(BigInt(n));
  return b;
};

export function recordHash(r) {
  const sum = createHash('sha256').update(eight(r.number)).update(eight(r.wall_ms));
  for (const text of [r.actor, r.action, r.subject, r.detail, r.previous]) {
    sum.update(eight(Buffer.byteLength(text))).update(text);
  }
  return sum.digest('hex');
}

/** RECORDS as they stand in the database, oldest first, from the beginning. */
export function verify(records) {
  let previous = ZEROS;
  records.forEach((r, i) => {
    assert.equal(r.number, i + 1, 'numbers have no gaps');
    assert.equal(r.previous, previous, `record ${r.number} follows the one before`);
    assert.equal(r.hash, recordHash(r), `record ${r.number} is what was hashed`);
    previous = r.hash;
  });
}
