// What the gateway says of banks, with every field present. Pure.

const isObject = (v) => v !== null && typeof v === 'object' && !Array.isArray(v);
const str = (v) => (typeof v === 'string' ? v : '');
const num = (v) => (typeof v === 'number' && Number.isFinite(v) ? v : null);
const list = (v) => (Array.isArray(v) ? v : []);

const ACTIONS = ['note', 'case', 'hold', 'cut'];

/** A bank, or null without a name. */
export function readBank(raw) {
  if (!isObject(raw) || !str(raw.name)) return null;
  return {
    name: raw.name,
    source: str(raw.source),
    enabled: raw.enabled !== false,
    known_good: raw.known_good === true,
    radius: num(raw.radius),
    min_quality: num(raw.min_quality),
    action: ACTIONS.includes(raw.action) ? raw.action : 'case',
    priority: num(raw.priority),
    in_file: num(raw.in_file) ?? 0,
    left_out: num(raw.left_out) ?? 0,
    entries: num(raw.entries) ?? 0,
    quarantined: num(raw.quarantined) ?? 0,
    changed_ms: num(raw.changed_ms),
    hits_hour: num(raw.hits_hour),
    last_hit_ms: num(raw.last_hit_ms),
    refused: num(raw.refused) ?? 0,
    refusals: list(raw.refusals).filter((line) => typeof line === 'string'),
  };
}

/** The banks of GET /banks in their order; broken ones left out. */
export const readBanks = (rows) => list(rows).map(readBank).filter((bank) => bank !== null);

/** How many entries a bank has in all. */
export const sizeOf = (bank) => bank.in_file + bank.entries;
