// The queue of open cases and, below it, what has been decided.
// The queue shows no pictures: nobody should see more than they decide on.

import { h, icon, keyed, setAttr, setIcon, setText, show } from './dom.js';
import { countdown } from './countdown.js';
import { count, exposure, wallTime } from './words.js';

const SHOWN_DECIDED = 30;
const USUAL = 50; // the priority that is not worth a word

/** @param {{onFocus: (id: string) => void}} options */
export function createQueue({ onFocus }) {
  const rows = new Map();
  const total = h('span', { class: 'panel-count', testid: 'queue-count' });
  const items = h('ol', { class: 'queue-items', testid: 'queue' });
  const none = h('p', { class: 'panel-empty', text: 'No open cases' });
  const element = h(
    'section',
    { class: 'panel queue', 'aria-label': 'Open cases' },
    h('header', { class: 'panel-head' }, h('h2', { text: 'Open' }), total),
    none,
    items,
  );

  function create(one) {
    const name = h('span', { class: 'row-name' });
    const what = h('span', { class: 'row-sub' });
    const drawing = icon('clock');
    const left = h('span', { class: 'queue-left-words' });
    const button = h(
      'button',
      { type: 'button', class: 'queue-row', testid: 'queue-item', data: { caseId: one.id }, on: { click: () => onFocus(one.id) } },
      h('span', { class: 'row-main' }, name, what),
      h('span', { class: 'queue-left' }, drawing, left),
    );
    return { element: h('li', {}, button), button, name, what, drawing, left, shown: null };
  }

  function tickRow(row, now) {
    const { one, withheldBy } = row.shown;
    const c = countdown({ one, withheldBy, now });
    row.button.dataset.time = c.state;
    row.button.dataset.close = String(c.close);
    setIcon(row.drawing, c.state === 'public' ? 'alert' : c.state === 'withheld' ? 'blank' : 'clock');
    setText(row.left, c.state === 'public' ? `out ${c.value}` : c.state === 'unknown' ? '?' : c.value);
  }

  return {
    element,
    tick(now) {
      for (const row of rows.values()) tickRow(row, now);
    },
    update({ open, focusId, withheldBy, now }) {
      setText(total, String(open.length));
      show(none, open.length === 0);
      keyed(items, rows, open, (c) => c.id, create, (row, one) => {
        row.shown = { one, withheldBy: withheldBy(one) };
        setText(row.name, one.stream || 'unnamed stream');
        const urgent = one.priority === USUAL ? '' : `priority ${one.priority}`;
        setText(row.what, [urgent, one.entry || one.item || one.bank || 'flagged', one.hits === null ? '' : count(one.hits, 'hit')].filter(Boolean).join(' · '));
        setAttr(row.button, 'aria-current', one.id === focusId ? 'true' : null);
        tickRow(row, now);
      });
    },
  };
}

/** @param {{onFocus: (id: string) => void}} options */
export function createDecided({ onFocus }) {
  const rows = new Map();
  const items = h('ol', { class: 'decided-items', testid: 'decided' });
  const none = h('p', { class: 'panel-empty', text: 'Nothing decided yet' });
  const element = h(
    'section',
    { class: 'panel decided', 'aria-label': 'Recent decisions' },
    h('header', { class: 'panel-head' }, h('h2', { text: 'Decided' })),
    none,
    items,
  );

  function create(one) {
    const drawing = icon('check');
    const name = h('span', { class: 'row-name' });
    const what = h('span', { class: 'row-sub' });
    const when = h('span', { class: 'row-time' });
    const button = h(
      'button',
      { type: 'button', class: 'decided-row', testid: 'decided-item', data: { caseId: one.id }, on: { click: () => onFocus(one.id) } },
      drawing,
      h('span', { class: 'row-main' }, name, what),
      when,
    );
    return { element: h('li', {}, button), button, drawing, name, what, when };
  }

  return {
    element,
    update({ closed, focusId }) {
      show(none, closed.length === 0);
      keyed(items, rows, closed.slice(0, SHOWN_DECIDED), (c) => c.id, create, (row, one) => {
        const verb = one.verdict ?? 'none';
        row.button.dataset.verb = verb;
        setIcon(row.drawing, one.verdict ?? 'check');
        setText(row.name, one.stream || 'unnamed stream');
        const word = one.verdict === 'cut' ? 'Cut' : one.verdict === 'release' ? 'Released' : 'Closed';
        const who = one.decided_by ? ` by ${one.decided_by}` : '';
        const out = one.verdict === 'cut' ? exposure(one.exposure_ms) : '';
        setText(row.what, [`${word}${who}.`, out].filter(Boolean).join(' '));
        setText(row.when, wallTime(one.decided_ms));
        setAttr(row.button, 'aria-current', one.id === focusId ? 'true' : null);
      });
    },
  };
}
