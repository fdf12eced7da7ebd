// One bank: looks through its entries a page at a time, and keeps what is
// shown up to date while others change it.

import { api } from '../core/api.js';
import { readPage, readQuarantined } from '../core/banks.js';
import { addedWords } from '../widgets/bank-add.js';
import { createBankView } from '../widgets/bank-view.js';
import { failure } from '../widgets/words.js';
import { createAsker } from './asker.js';

const PAGE = 50;
const LARGEST_PAGE = 200;
const MOST_SHOWN = 1000; // of which all are asked for again when something changes
const MOST_QUESTIONS = 25; // for one page, where pages come back short
const TYPING_MS = 250;
const AGAIN_MS = 60000; // who is disabled for a time counts again by itself

/** @param {{name: string, clock: object, me: object|null, onChange: () => void}} options */
export function createBank({ name, clock, me, onChange }) {
  let query = { q: '', show: 'all' };
  let coming = query; // while somebody types
  let entries = null;
  let next = null;
  let wanted = PAGE;
  let quarantined = [];
  let words = '';
  let busy = false;
  let over = false;
  let typing = null;

  const deeds = {
    add: async (entry) => {
      const answer = await api.addEntry(name, entry);
      asker.wake();
      return answer.ok ? addedWords(answer.data) : { kind: 'error', text: failure('', answer) };
    },
    remove: (entry) => done(api.deleteEntry(name, entry.id)),
    quarantine: (entry, note) => done(api.quarantineEntry(name, entry.entry, note)),
    release: (entry, note) => done(api.releaseEntry(name, entry.entry, note)),
    disable: (entry, note, until) => done(api.disableEntry(name, entry.entry, until, note)),
    enable: (entry, note) => done(api.enableEntry(name, entry.entry, note)),
    /** Although its hash or quality speaks against it; names may be shared. */
    letCount: (entry, note) => done(api.releaseEntry(name, entry.hash, note)),
  };
  const may = me?.role === 'operator' || me?.role === 'admin';
  const view = createBankView({ name, may, deeds, onQuery, onMore });
  const asker = createAsker(ask, AGAIN_MS);

  /** Entries from the first on, or behind those that are SHOWN, until WANTED. */
  async function look(asked, shown, after) {
    let found = shown;
    let place = after;
    for (let i = 0; i < MOST_QUESTIONS && found.length < wanted; i += 1) {
      const limit = Math.min(LARGEST_PAGE, wanted - found.length);
      const answer = await api.searchBank(name, { ...asked, after: place ?? '', limit });
      if (over || asked !== query) return;
      if (!answer.ok) {
        words = answer.status === 404 ? '' : failure('', answer);
        return;
      }
      const page = readPage(answer.data, found.length);
      found = [...found, ...page.entries];
      place = page.next;
      if (place === null) break;
    }
    words = '';
    entries = found;
    next = place;
  }

  async function ask() {
    const asked = query;
    const [, rows] = await Promise.all([look(asked, [], null), api.quarantined(name)]);
    if (rows.ok) quarantined = readQuarantined(rows.data);
    if (asked === query) busy = false;
    else asker.wake();
    if (!over) onChange();
  }

  function onQuery(changes) {
    clearTimeout(typing);
    coming = { ...coming, ...changes };
    typing = setTimeout(() => {
      query = coming;
      wanted = PAGE;
      busy = true;
      asker.wake();
      onChange();
    }, 'q' in changes ? TYPING_MS : 0);
  }

  async function onMore() {
    if (busy || next === null) return;
    wanted = Math.min(MOST_SHOWN, entries.length + PAGE);
    busy = true;
    onChange();
    await look(query, entries, next);
    busy = false;
    if (!over) onChange();
  }

  /** Why it could not be done, in words; '' when it is. */
  async function done(call) {
    const answer = await call;
    asker.wake();
    return answer.ok ? '' : failure('', answer);
  }

  return {
    name,
    element: view.element,
    open() {
      busy = true;
      asker.start();
    },
    focus: view.focus,
    close() {
      over = true;
      clearTimeout(typing);
      asker.stop();
    },
    changed: () => asker.wake(),
    update({ bank, known, words: trouble, now }) {
      view.update({ bank, known, words: trouble || words, entries, more: next !== null, full: (entries?.length ?? 0) >= MOST_SHOWN, quarantined, busy, query, now });
    },
  };
}
