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
    held: num(raw.held) ?? 0,
    quarantined: num(raw.quarantined) ?? 0,
    changed_ms: num(raw.changed_ms),
    hits_hour: num(raw.hits_hour),
    hits: num(raw.hits) ?? 0,
    last_hit_ms: num(raw.last_hit_ms),
    refused: num(raw.refused) ?? 0,
    refusals: list(raw.refusals).filter((line) => typeof line === 'string'),
  };
}

/** The banks of GET /banks in their order; broken ones left out. */
export const readBanks = (rows) => list(rows).map(readBank).filter((bank) => bank !== null);

/** How many entries a bank has in all. */
export const sizeOf = (bank) => bank.in_file + bank.entries;

const OPINIONS = ['positive', 'negative', 'investigation', 'disputed'];

/** An entry of a bank, or null without a name. PLACE: among those shown. */
export function readEntry(raw, place) {
  if (!isObject(raw) || !str(raw.entry)) return null;
  const id = str(raw.id);
  return {
    key: id || `file ${place} ${raw.entry}`,
    id, // '': of the bank's file
    hash: str(raw.hash), // '': not for this role
    quality: num(raw.quality),
    entry: raw.entry,
    item: str(raw.item),
    label: str(raw.label),
    owner: str(raw.owner),
    opinion: OPINIONS.includes(raw.opinion) ? raw.opinion : '',
    note: str(raw.note),
    disable_until_ms: num(raw.disable_until_ms) || null,
    created_ms: num(raw.created_ms),
    by: str(raw.by),
    hits: num(raw.hits) ?? 0,
    last_hit_ms: num(raw.last_hit_ms),
    why: str(raw.quarantined), // '': it counts
    released: isObject(raw.released) ? { at_ms: num(raw.released.at_ms), by: str(raw.released.by), note: str(raw.released.note) } : null,
  };
}

/** A page of GET /banks/{bank}/search, behind SHOWN entries: {entries, next}. */
export function readPage(raw, shown = 0) {
  const page = isObject(raw) ? raw : {};
  const entries = list(page.entries).map((entry, i) => readEntry(entry, shown + i)).filter((entry) => entry !== null);
  return { entries, next: str(page.next) || null };
}

/** Rows of GET /banks/{bank}/quarantine. */
export const readQuarantined = (rows) =>
  list(rows)
    .filter((raw) => isObject(raw) && str(raw.entry))
    .map((raw, i) => ({ key: `${i} ${num(raw.until_ms) ?? ''} ${raw.entry}`, entry: raw.entry, reason: str(raw.reason), by: str(raw.by), since_ms: num(raw.since_ms), until_ms: num(raw.until_ms) }));
