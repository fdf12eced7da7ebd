// One entry of a bank: a line, and behind it everything that is known of it.

import { createDeed } from './deed.js';
import { h, setAttr, setText, show } from './dom.js';
import { count, wallDate } from './words.js';

const FACTS = [
  ['hash', 'Hash', (e) => e.hash],
  ['quality', 'Quality', (e) => (e.quality === null ? '' : `${e.quality} of 100`)],
  ['item', 'Item', (e) => e.item],
  ['label', 'Label', (e) => e.label],
  ['owner', 'Owner', (e) => e.owner],
  ['opinion', 'Opinion', (e) => e.opinion],
  ['added', 'Put in', (e, now) => (e.id === '' ? 'with the bank’s file' : [wallDate(e.created_ms, now), e.by && `by ${e.by}`].filter(Boolean).join(' '))],
  ['hits', 'Hits ever', (e, now) => (e.last_hit_ms === null ? 'none' : `${count(e.hits, 'picture')}, the latest ${wallDate(e.last_hit_ms, now)}`)],
  ['disabled', 'Disabled until', (e, now) => (e.disable_until_ms === null ? '' : wallDate(e.disable_until_ms, now))],
  ['released', 'Counts by a person’s word', (e, now) => (e.released === null ? '' : [[wallDate(e.released.at_ms, now), e.released.by && `by ${e.released.by}`].filter(Boolean).join(' '), e.released.note].filter(Boolean).join(': '))],
  ['note', 'Note', (e) => e.note],
];

const isDisabled = (e, now) => e.disable_until_ms !== null && e.disable_until_ms > now;

const sub = (e) => [e.item === e.entry ? '' : e.item, e.label, e.owner].filter(Boolean).join(' · ');

/** ENTRY gives what is to count again. */
export const createRelease = (entry, deeds) =>
  createDeed({
    label: 'Let it count again…', testid: 'deed-release', note: true, confirm: 'Let it count',
    sentence: 'Its matches count from the next picture on.',
    run: (note) => deeds.release(entry(), note),
  });

/** The same of one that is disabled for a time. */
export const createEnable = (entry, deeds) =>
  createDeed({
    label: 'Enable…', testid: 'deed-enable', note: true, confirm: 'Enable',
    sentence: 'Its matches count from the next picture on, before the time that was set.',
    run: (note) => deeds.enable(entry(), note),
  });

/** DEEDS: null for those who may only look. */
export function createEntry(entry, deeds) {
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
  const acts = deeds === null ? null : createActs();
  if (acts) details.append(acts.element);
  const element = h('li', { class: 'entry', testid: 'entry', data: { entry: entry.entry } }, button, details);
  let shown = null;

  function createActs() {
    const now = () => shown.entry;
    const release = createRelease(now, deeds);
    const quarantine = createDeed({
      label: 'Quarantine…', testid: 'deed-quarantine', note: true, confirm: 'Quarantine',
      sentence: 'Its matches are passed over from the next picture on. Cases that are open stay open.',
      run: (note) => deeds.quarantine(now(), note),
    });
    const enable = createEnable(now, deeds);
    const disable = createDeed({
      label: 'Disable for a time…', testid: 'deed-disable', note: true, until: true, confirm: 'Disable',
      sentence: 'The matches of all entries of this name are passed over until then; they count again by themselves.',
      run: (note, until) => deeds.disable(now(), note, until),
    });
    const letCount = createDeed({
      label: 'Look for it all the same…', testid: 'deed-count', note: true, confirm: 'Look for it',
      sentence: 'It is looked for from now on, in spite of its hash or quality. It may match pictures that have nothing to do with it.',
      run: (note) => deeds.letCount(now(), note),
    });
    const remove = createDeed({
      label: 'Delete…', testid: 'deed-delete', grave: true, confirm: 'Delete it',
      sentence: 'It is no longer looked for, and only somebody who has the hash can put it in again.',
      run: () => deeds.remove(now()),
    });
    return { element: h('div', { class: 'deeds' }, release.element, enable.element, letCount.element, disable.element, quarantine.element, remove.element), release, enable, disable, letCount, quarantine, remove };
  }

  function toggle() {
    show(details, details.hidden);
    setAttr(button, 'aria-expanded', String(!details.hidden));
    fill();
  }

  function fill() {
    if (details.hidden || shown === null) return;
    const { entry: e, now } = shown;
    show(why, e.why !== '');
    setText(why, `${shown.quarantined ? 'Passed over' : 'Not looked for'}: ${e.why}`);
    if (acts) {
      const disabled = isDisabled(e, now);
      const free = !shown.quarantined && !disabled;
      show(acts.release.element, shown.quarantined && !disabled);
      show(acts.enable.element, disabled && (shown.quarantined || e.id !== ''));
      show(acts.letCount.element, free && e.why !== '');
      show(acts.disable.element, free && e.why === '');
      show(acts.quarantine.element, free && e.why === '');
      show(acts.remove.element, e.id !== '');
    }
    for (const f of facts) {
      const text = f.read(e, now);
      show(f.element, text !== '');
      setText(f.value, text);
    }
  }

  return {
    element,
    update({ entry: e, quarantined, now }) {
      shown = { entry: e, quarantined, now };
      const disabled = isDisabled(e, now);
      setText(name, e.entry);
      setText(what, sub(e));
      show(state, disabled || e.why !== '');
      state.dataset.kind = disabled ? 'disabled' : 'aside';
      setText(state, disabled ? `Disabled until ${wallDate(e.disable_until_ms, now)}` : quarantined ? 'Passed over' : 'Not looked for');
      fill();
    },
  };
}
