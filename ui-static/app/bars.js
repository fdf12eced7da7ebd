// The bars in force: the gateway's list and the streams that say they are
// barred, as one list.

const str = (v) => (typeof v === 'string' ? v : '');

/** Rows of GET /bars as {key, id, path, publisher, reason, by, since_ms}; broken ones left out. */
export function readBars(rows) {
  const bars = [];
  for (const raw of Array.isArray(rows) ? rows : []) {
    if (raw === null || typeof raw !== 'object') continue;
    const path = str(raw.stream) || str(raw.path) || (str(raw.app) && str(raw.name) ? `${raw.app}/${raw.name}` : '');
    const id = typeof raw.id === 'number' ? String(raw.id) : str(raw.id);
    const publisher = str(raw.publisher);
    if (!path && !id) continue;
    bars.push({ key: path || `bar ${id}`, id, path, publisher, reason: str(raw.reason), by: str(raw.by), since_ms: Number.isFinite(raw.since_ms) ? raw.since_ms : null });
  }
  return bars;
}

/** One bar a stream: ROWS, and those of STREAMS that carry a bar. */
export function barsInForce(rows, streams) {
  const byKey = new Map();
  for (const bar of rows) byKey.set(bar.key, bar);
  for (const stream of streams) {
    if (stream.barred && !byKey.has(stream.path)) {
      byKey.set(stream.path, { key: stream.path, id: '', path: stream.path, publisher: stream.publisher, reason: '', by: '', since_ms: null });
    }
  }
  return [...byKey.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}
