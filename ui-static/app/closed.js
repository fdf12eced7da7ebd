// The names that a person closed, as the console lists them.

const KINDS = ['blank', 'mute'];
const str = (v) => (typeof v === 'string' ? v : '');
const time = (v) => (Number.isFinite(v) && v > 0 ? v : null);

/** Rows of GET /closed as {key, path, kind, by, reason, since_ms, until_ms}; broken ones left out. */
export function readClosedNames(rows) {
  const names = [];
  for (const raw of Array.isArray(rows) ? rows : []) {
    const path = str(raw?.stream);
    const kind = str(raw?.kind);
    if (path === '' || !KINDS.includes(kind)) continue;
    names.push({ key: `${kind} ${path}`, path, kind, by: str(raw.by), reason: str(raw.reason), since_ms: time(raw.since_ms), until_ms: time(raw.until_ms) });
  }
  return names;
}

/** Those of NAMES that nobody streams now, the latest on top: a stream's own card says the rest. */
export function closedWithoutStream(names, streams, now) {
  const on = new Set();
  for (const stream of streams) if (stream.state !== 'ended') on.add(stream.path);
  return names
    .filter((one) => !on.has(one.path) && (one.until_ms === null || one.until_ms > now))
    .sort((a, b) => (b.since_ms ?? 0) - (a.since_ms ?? 0) || (a.key < b.key ? -1 : 1));
}
