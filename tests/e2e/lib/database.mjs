// Looks into the gateway's SQLite file, read-only, by Python's module: it is
// there on every Debian, the sqlite3 program is not.

import { readFileSync } from 'node:fs';
import { run } from './program.mjs';

const SCRIPT = `
import json, sqlite3, sys
db = sqlite3.connect('file:' + sys.argv[1] + '?mode=ro', uri=True)
db.row_factory = sqlite3.Row
print(json.dumps([{k: (v.hex() if isinstance(v, bytes) else v) for k, v in dict(r).items()}
                  for r in db.execute(sys.argv[2], sys.argv[3:])]))
`;

/** Rows as objects; blobs as hex. */
export async function query(weir, sql, ...values) {
  const { out } = await run('python3', ['-c', SCRIPT, weir.database, sql, ...values]);
  return JSON.parse(out.list.join(''));
}

/** Whether TEXT stands anywhere in the database, its log included. */
export function holds(weir, text) {
  return ['', '-wal', '-shm'].some((end) => {
    try {
      return readFileSync(weir.database + end).includes(text);
    } catch {
      return false;
    }
  });
}
