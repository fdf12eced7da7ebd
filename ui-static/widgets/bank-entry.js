// One entry of a bank: a line, and behind it everything that is known of it.

import { h, setAttr, setText, show } from './dom.js';
import { wallDate } from './words.js';

const FACTS = [
  ['hash', 'Hash', (e) => e.hash],
  ['quality', 'Quality', (e) => (e.quality === null ? '' : `${e.quality} of 100`)],
  ['item', 'Item', (e) => e.item],
  ['label', 'Label', (e) => e.label],
  ['owner', 'Owner', (e) => e.owner],
  ['opinion', 'Opinion', (e) => e.opinion],
  ['added', 'Put in', (e, now) => (e.id === '' ? 'with the bank’s file' : [wallDate(e.created_ms, now), e.by && `by ${e.by}`].filter(Boolean).join(' '))],
  ['disabled', 'Disabled until', (e, now) => (e.disable_until_ms === null ? '' : wallDate(e.disable_until_ms, now))],
  ['released', 'Counts by a person’s word', (e, now) => (e.released === null ? '' : [[wallDate(e.released.at_ms, now), e.released.by && `by ${e.released.by}`].filter(Boolean).join(' '), e.released.note].filter(Boolean).join(': '))],
  ['note', 'Note', (e) => e.note],
];

const sub = (e) => [e.item === e.entry ? '' : e.item, e.label, e.owner].filter(Boolean).join(' · ');

export function createEntry(entry) {
  const name = h('span', { class: 'row-name' });
  const what = h('span', { class: 'row-sub' });
  const state = h('span', { class: 'chip', testid: 'entry-state' });
  const details = h('div', { class: 'entry-details', testid: 'entry-details' });
  const button = h(
    'button',
    { type: 'button', class: 'entry-row', testid: 'entry-open', 'aria-expanded': 'false', on: { click: toggle } },
    h('span', { class: 'row-main' }, name, what),
    state,
  );
  const why = h('p', { class: 'entry-why', testid: 'entry-why' });
  const facts = FACTS.map(([key, label, read]) => {
    const value = h('dd', { testid: `entry-${key}` });
    return { element: h('div', { class: `entry-fact entry-fact-${key}` }, h('dt', { text: label }), value), value, read };
  });
  details.append(why, h('dl', { class: 'entry-facts' }, facts.map((f) => f.element)));
  details.hidden = true;
  const element = h('li', { class: 'entry', testid: 'entry', data: { entry: entry.entry } }, button, details);
  let shown = null;

  function toggle() {
    show(details, details.hidden);
    setAttr(button, 'aria-expanded', String(!details.hidden));
    fill();
  }

  function fill() {
    if (details.hidden || shown === null) return;
    const { entry: e, now } = shown;
    show(why, e.why !== '');
    setText(why, `Not looked for: ${e.why}`);
    for (const f of facts) {
      const text = f.read(e, now);
      show(f.element, text !== '');
      setText(f.value, text);
    }
  }

  return {
    element,
    update({ entry: e, now }) {
      shown = { entry: e, now };
      const disabled = e.disable_until_ms !== null && e.disable_until_ms > now;
      setText(name, e.entry);
      setText(what, sub(e));
      show(state, disabled || e.why !== '');
      state.dataset.kind = e.why !== '' ? 'aside' : 'disabled';
      setText(state, e.why !== '' ? 'Not looked for' : `Disabled until ${wallDate(e.disable_until_ms, now)}`);
      fill();
    },
  };
}
