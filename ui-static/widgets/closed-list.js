// The names that a person closed and nobody streams now: who, when and why,
// and the way to open them.

import { h, keyed, setText, show } from './dom.js';
import { count, failure, wallDate } from './words.js';

const SHOWN = 50;
const VERBS = { blank: 'resume', mute: 'unmute' };
const STATES = { blank: 'blanked', mute: 'muted' };

/** @param {{onOpen: (path: string, verb: string) => void}} options */
export function createClosedList({ onOpen }) {
  const rows = new Map();
  const items = h('ul', { class: 'bars', testid: 'closed-names' });
  const more = h('p', { class: 'panel-empty', testid: 'closed-more' });
  const element = h(
    'section',
    { class: 'panel', 'aria-label': 'Closed names' },
    h('header', { class: 'panel-head' }, h('h2', { text: 'Closed, nobody streams it' })),
    items,
    more,
  );

  function create(one) {
    const name = h('span', { class: 'row-name' });
    const why = h('span', { class: 'row-sub' });
    const error = h('p', { class: 'card-note', testid: 'closed-note' });
    const open = h('button', { type: 'button', class: 'button button-small', testid: 'open-name', on: { click: () => onOpen(one.path, VERBS[one.kind]) } });
    const item = h(
      'li',
      { class: 'bar', testid: 'closed-name', data: { stream: one.path } },
      h('div', { class: 'bar-line' }, h('span', { class: 'row-main' }, name, why), open),
      error,
    );
    return { element: item, name, why, open, error };
  }

  return {
    element,
    update({ closed, forStream, connected, now }) {
      show(element, closed.length > 0);
      show(more, closed.length > SHOWN);
      setText(more, `and ${count(closed.length - SHOWN, 'name')} more: weirctl closed lists them`);
      keyed(items, rows, closed.slice(0, SHOWN), (one) => one.key, create, (row, one) => {
        const verb = VERBS[one.kind];
        const target = forStream(one.path);
        const busy = target.pending.includes(verb);
        const failed = target.outcome?.verb === verb && !target.outcome.result.ok;
        const since = one.since_ms !== null ? ` at ${wallDate(one.since_ms, now)}` : '';
        const until = one.until_ms !== null ? `until ${wallDate(one.until_ms, now)}` : '';
        setText(row.name, one.path);
        setText(row.why, [`${STATES[one.kind]}${one.by && ` by ${one.by}`}${since}`, one.reason, until].filter(Boolean).join(' · '));
        setText(row.open, busy ? 'Opening…' : 'Open again');
        row.open.disabled = busy || !connected;
        show(row.error, failed);
        setText(row.error, failed ? failure(verb, target.outcome.result) : '');
      });
    },
  };
}
