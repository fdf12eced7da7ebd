// One bank: what it does, what is quarantined of it, and its entries, looked
// through a page at a time.

import { bankAddress } from '../core/route.js';
import { sizeOf } from '../core/banks.js';
import { createAdd } from './bank-add.js';
import { createEnable, createEntry, createRelease } from './bank-entry.js';
import { createRefusals } from './bank-list.js';
import { actionSentence, actionWord, setAsideWords } from './bank-words.js';
import { h, keyed, setText, show } from './dom.js';
import { count, number, wallDate } from './words.js';

const FACTS = [
  ['size', 'Entries', (b) => number(sizeOf(b))],
  ['aside', 'Not looked for', (b) => setAsideWords(b)],
  ['radius', 'Radius', (b) => `${number(b.radius)} of 256 bits`],
  ['quality', 'Quality from', (b) => number(b.min_quality)],
  ['priority', 'Priority', (b) => number(b.priority)],
  ['hits', 'Hits, last hour', (b) => number(b.hits_hour)],
  ['total', 'Hits ever', (b) => number(b.hits)],
  ['last', 'Latest hit', (b, now) => (b.last_hit_ms === null ? 'none' : wallDate(b.last_hit_ms, now))],
  ['changed', 'Changed', (b, now) => wallDate(b.changed_ms, now)],
];

const SHOWS = [
  ['all', 'All'],
  ['added', 'Put in here'],
  ['aside', 'Not looked for'],
  ['disabled', 'Disabled'],
];

/**
 * @param {object} options
 * @param {string} options.name
 * @param {boolean} options.may change it
 * @param {object} options.deeds add, remove, quarantine, release
 * @param {Function} options.onQuery
 * @param {Function} options.onMore
 */
export function createBankView({ name, may, deeds, onQuery, onMore }) {
  const title = h('h1', { class: 'page-title', tabindex: '-1', testid: 'bank-title', text: name });
  const action = h('span', { class: 'chip', testid: 'bank-action-word' });
  const off = h('span', { class: 'chip', testid: 'bank-off', text: 'Off' });
  const source = h('p', { class: 'bank-source' });
  const error = h('p', { class: 'page-error', role: 'alert', testid: 'bank-error' });
  const gone = h('p', { class: 'page-empty', testid: 'bank-gone', text: 'There is no bank of this name. It may have been taken out of the configuration.' });
  const facts = FACTS.map(([key, label, read]) => {
    const value = h('dd', { testid: `bank-${key}` });
    return { element: h('div', { class: 'fact' }, h('dt', { text: label }), value), value, read };
  });
  const refusals = createRefusals();
  const hint = h('p', { class: 'page-hint', text: `What it does is set in weir.conf, section [bank ${name}], and changes with a reload.` });

  const quarantine = createQuarantine({ may, deeds });
  const entries = createEntries({ may, deeds, onQuery, onMore });
  const add = may ? createAdd({ run: deeds.add }) : null;
  const body = h('div', {}, source, h('dl', { class: 'facts bank-facts' }, facts.map((f) => f.element)), refusals.element, hint, add?.element, quarantine.element, entries.element);
  const element = h(
    'section',
    { class: 'page', testid: 'bank-page', 'aria-labelledby': 'bank-title' },
    h('header', { class: 'page-head' }, h('a', { class: 'crumb', testid: 'bank-back', href: bankAddress(null), text: 'Banks' }), h('span', { class: 'crumb-mark', 'aria-hidden': 'true', text: '/' }), title, action, off),
    error,
    gone,
    body,
  );
  title.id = 'bank-title';

  return {
    element,
    focus: () => title.focus(),
    /** BANK: null while it is not known, or, when banks are KNOWN, not there. */
    update({ bank, known, words, now, ...found }) {
      show(error, words !== '');
      setText(error, words);
      show(gone, known && bank === null);
      show(body, bank !== null);
      show(action, bank !== null);
      show(off, bank !== null && !bank.enabled);
      if (bank === null) return;
      action.dataset.action = bank.known_good ? 'good' : bank.action;
      setText(action, actionWord(bank));
      setText(source, [actionSentence(bank), bank.source && `Source: ${bank.source}`].filter(Boolean).join(' '));
      for (const f of facts) setText(f.value, f.read(bank, now));
      refusals.update(bank);
      quarantine.update({ rows: found.quarantined, now });
      entries.update({ ...found, bank, now });
    },
  };
}

function createQuarantine({ may, deeds }) {
  const rows = new Map();
  const total = h('span', { class: 'panel-count' });
  const items = h('ul', { class: 'quarantined', testid: 'quarantined' });
  const element = h('section', { class: 'bank-part', 'aria-label': 'Passed over' }, h('header', { class: 'panel-head' }, h('h2', { text: 'Passed over' }), total), items);

  function create(row) {
    const name = h('span', { class: 'row-name' });
    const why = h('span', { class: 'row-sub' });
    const when = h('span', { class: 'row-sub' });
    const release = may ? (row.until_ms === null ? createRelease : createEnable)(() => row, deeds) : null;
    const element = h('li', { class: 'quarantine', testid: 'quarantine', data: { entry: row.entry } }, h('div', { class: 'row-main' }, name, why, when), release?.element);
    return { element, name, why, when };
  }

  return {
    element,
    update({ rows: list, now }) {
      show(element, list.length > 0);
      setText(total, String(list.length));
      keyed(items, rows, list, (q) => q.key, create, (row, q) => {
        setText(row.name, q.entry);
        setText(row.why, q.reason);
        setText(row.when, [q.by && `by ${q.by === 'weir' ? 'the gateway itself' : q.by}`, q.since_ms !== null && wallDate(q.since_ms, now), q.until_ms !== null && `until ${wallDate(q.until_ms, now)}`].filter(Boolean).join(', '));
      });
    },
  };
}

function createEntries({ may, deeds, onQuery, onMore }) {
  const rows = new Map();
  const search = h('input', {
    type: 'search', class: 'field search', testid: 'entry-search', maxlength: '200', autocomplete: 'off', spellcheck: 'false',
    'aria-label': 'Search the entries', placeholder: may ? 'Name, item, label, owner, note, or how the hash begins' : 'Name, item, label, owner, note, or a whole hash',
    on: { input: () => onQuery({ q: search.value.trim() }) },
  });
  const choices = SHOWS.map(([value, label]) => {
    const input = h('input', { type: 'radio', class: 'unseen', name: 'show', value, testid: `show-${value}`, on: { change: () => onQuery({ show: value }) } });
    input.checked = value === 'all';
    return h('label', { class: 'choice' }, input, h('span', { text: label }));
  });
  const items = h('ul', { class: 'entries', testid: 'entries' });
  const says = h('p', { class: 'entries-says', testid: 'entries-says', role: 'status' });
  const more = h('button', { type: 'button', class: 'button', testid: 'entries-more', text: 'Show more', on: { click: onMore } });
  const element = h(
    'section',
    { class: 'bank-part', 'aria-label': 'Entries' },
    h('header', { class: 'panel-head' }, h('h2', { text: 'Entries' })),
    h('div', { class: 'entries-tools' }, search, h('fieldset', { class: 'choices' }, h('legend', { class: 'unseen', text: 'Which entries' }), choices)),
    items,
    h('div', { class: 'entries-foot' }, says, more),
  );

  function sentence({ entries, more: hasMore, full, busy, query, bank }) {
    if (busy) return 'Looking…';
    if (entries === null) return '';
    if (full && hasMore) return `${count(entries.length, 'entry', 'entries')} are shown. Search to find others.`;
    if (entries.length > 0) return `${number(entries.length)} shown${hasMore ? '; there may be more' : ''}`;
    if (hasMore) return 'None yet; not all have been looked at.';
    if (query.q !== '' || query.show !== 'all') return 'No entry is like that.';
    return sizeOf(bank) === 0 ? 'This bank is empty.' : '';
  }

  return {
    element,
    update(found) {
      const { entries, more: hasMore, full, busy, now } = found;
      const inQuarantine = new Set(found.quarantined.map((q) => q.entry));
      const create = (entry) => createEntry(entry, may ? deeds : null);
      keyed(items, rows, entries ?? [], (e) => e.key, create, (row, entry) => row.update({ entry, quarantined: inQuarantine.has(entry.entry), now }));
      show(items, (entries ?? []).length > 0);
      element.setAttribute('aria-busy', String(busy));
      setText(says, sentence(found));
      show(more, hasMore && !full);
      more.disabled = busy;
    },
  };
}
