// Bank entries that mean nothing: the same at every run.

import { createCipheriv } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

const BYTES = 32;

/** {raw, list}: COUNT hashes as bytes and as a hash list. */
export async function makeEntries(build, count) {
  const raw = path.join(build, 'media', `entries-${count}.bin`);
  const list = path.join(build, 'media', `entries-${count}.txt`);
  if (!existsSync(list)) {
    const all = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(count * BYTES));
    const lines = [];
    for (let at = 0; at < all.length; at += BYTES) lines.push(all.toString('hex', at, at + BYTES));
    await mkdir(path.dirname(list), { recursive: true });
    await writeFile(raw, all);
    await writeFile(`${list}.part`, `${lines.join('\n')}\n`);
    await rename(`${list}.part`, list);
  }
  return { raw, list };
}
