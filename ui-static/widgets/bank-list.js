// All banks as one table: what each does, how large it is, what it found
// lately, and what of it is not looked for.

import { sizeOf } from '../core/banks.js';
import { bankAddress } from '../core/route.js';
import { h, icon, keyed, setText, show } from './dom.js';
import { actionSentence, actionWord, refusedWords, setAside } from './bank-words.js';
import { number, wallDate } from './words.js';

const COLUMNS = [
  ['Bank', 'name'],
  ['On a match', 'action'],
  ['Entries', 'size'],
  ['Not looked for', 'aside'],
  ['Radius', 'radius'],
  ['Quality from', 'quality'],
  ['Priority', 'priority'],
  ['Hits, last hour', 'hits'],
  ['Changed', 'changed'],
];

/** Lines of a file that were refused, behind one sentence. */
export function createRefusals() {
  const sentence = h('span', {});
  const lines = h('ul', { class: 'refusal-lines' });
  const element = h('details', { class: 'refusals', testid: 'bank-refused' }, h('summary', {}, icon('alert'), sentence), lines);
  let shown = null;
  return {
    element,
    update(bank) {
      show(element, bank.refused > 0);
      setText(sentence, refusedWords(bank));
      const key = JSON.stringify(bank.refusals);
      if (key === shown) return;
      shown = key;
      const more = bank.refused - bank.refusals.length;
      lines.replaceChildren(
        ...bank.refusals.map((line) => h('li', { text: line })),
        ...(more > 0 ? [h('li', { text: `and ${number(more)} more; the gateway’s log has the first of them, too` })] : []),
      );
    },
  };
}

function createRow(bank) {
  const cell = Object.fromEntries(COLUMNS.slice(1).map(([label, name]) => [name, h('td', { class: `bank-${name}`, testid: `bank-${name}`, data: { label } })]));
  const source = h('span', { class: 'row-sub' });
  const off = h('span', { class: 'chip', testid: 'bank-off', text: 'Off' });
  const action = h('span', { class: 'chip', testid: 'bank-action-word' });
  const refusals = createRefusals();
  cell.action.append(action);
  const name = h(
    'th',
    { class: 'bank-name', scope: 'row' },
    h('span', { class: 'bank-title' }, h('a', { class: 'row-name bank-link', testid: 'bank-link', href: bankAddress(bank.name), text: bank.name }), off),
    source,
    refusals.element,
  );
  return { element: h('tr', { class: 'bank', testid: 'bank', data: { bank: bank.name } }, name, Object.values(cell)), cell, source, off, action, refusals };
}

function updateRow(row, bank, now) {
  const { cell } = row;
  row.element.dataset.enabled = String(bank.enabled);
  show(row.off, !bank.enabled);
  setText(row.source, bank.source);
  show(row.source, bank.source !== '');
  row.action.dataset.action = bank.known_good ? 'good' : bank.action;
  setText(row.action, actionWord(bank));
  row.action.title = actionSentence(bank);
  setText(cell.size, number(sizeOf(bank)));
  const aside = setAside(bank);
  cell.aside.dataset.none = String(aside.length === 0);
  setText(cell.aside, aside.map(([what, n]) => `${number(n)} ${what}`).join(', ') || '–');
  setText(cell.radius, number(bank.radius));
  setText(cell.quality, number(bank.min_quality));
  setText(cell.priority, number(bank.priority));
  cell.hits.dataset.none = String(!bank.hits_hour);
  setText(cell.hits, number(bank.hits_hour));
  cell.hits.title = bank.last_hit_ms === null ? 'None' : `The latest ${wallDate(bank.last_hit_ms, now)}`;
  setText(cell.changed, wallDate(bank.changed_ms, now));
  row.refusals.update(bank);
}

export function createBankList() {
  const rows = new Map();
  const title = h('h1', { class: 'page-title', tabindex: '-1', testid: 'banks-title', text: 'Banks' });
  const total = h('span', { class: 'panel-count', testid: 'banks-count' });
  const error = h('p', { class: 'page-error', role: 'alert', testid: 'banks-error' });
  const body = h('tbody', { testid: 'banks' });
  const panel = h(
    'table',
    { class: 'banks', 'aria-label': 'Banks' },
    h('thead', {}, h('tr', {}, COLUMNS.map(([label, name]) => h('th', { class: `bank-${name}`, scope: 'col', text: label })))),
    body,
  );
  const none = h(
    'div',
    { class: 'page-empty', testid: 'banks-none' },
    h('p', { class: 'empty-title', text: 'No bank is set up yet' }),
    h('p', { text: 'A bank is a list of hashes of known pictures. With one in the configuration, every picture that is looked at is compared with it. Two lines of weir.conf make one that you can fill while the gateway runs:' }),
    h('pre', { class: 'sample' }, ['[bank demo]', 'source = where its entries come from'].map((line) => h('code', { text: line }))),
    h('p', { text: 'For a list that you have already, add a line “file = list.csv”. Then let the gateway read its configuration again (systemctl reload weir, or SIGHUP): the bank shows up here.' }),
  );
  const element = h('section', { class: 'page', testid: 'banks-page', 'aria-label': 'Banks' }, h('header', { class: 'page-head' }, title, total), error, none, panel);

  return {
    element,
    focus: () => title.focus(),
    /** BANKS: null while they are not known. */
    update({ banks, words, now }) {
      show(error, words !== '');
      setText(error, words);
      show(none, banks !== null && banks.length === 0);
      show(panel, banks !== null && banks.length > 0);
      setText(total, banks?.length ? String(banks.length) : '');
      keyed(body, rows, banks ?? [], (b) => b.name, createRow, (row, bank) => updateRow(row, bank, now));
    },
  };
}
