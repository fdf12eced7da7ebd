// A deed that wants a second word: a button, behind it what will happen, a
// note if it takes one, and, where it was asked for, why it could not be done.

import { h, setText, show } from './dom.js';

const DAY_MS = 86400000;

/** MS as what a field for date and time takes, in the reader's own zone. */
function localTime(ms) {
  const d = new Date(ms);
  const pad = (n) => String(n).padStart(2, '0');
  return `${d.getFullYear()}-${pad(d.getMonth() + 1)}-${pad(d.getDate())}T${pad(d.getHours())}:${pad(d.getMinutes())}`;
}

/**
 * @param {object} options
 * @param {string} options.label of the button
 * @param {string} options.sentence what will happen
 * @param {string} options.confirm of the second button
 * @param {string} options.testid
 * @param {boolean} [options.note] asks for one
 * @param {boolean} [options.until] asks for a time to come
 * @param {boolean} [options.grave] it can't be undone here
 * @param {(note: string, untilMs: number|null) => Promise<string>} options.run gives words when it failed, else ''
 */
export function createDeed({ label, sentence, confirm, testid, note: takesNote = false, until: takesUntil = false, grave = false, run }) {
  const open = h('button', { type: 'button', class: 'button button-small', testid, 'aria-expanded': 'false', text: label, on: { click: () => toggle(true) } });
  const note = h('input', { class: 'field deed-note', testid: `${testid}-note`, maxlength: '300', autocomplete: 'off', 'aria-label': 'Note', placeholder: 'Note: why' });
  const until = h('input', { class: 'field deed-until', type: 'datetime-local', testid: `${testid}-until`, 'aria-label': 'Until' });
  const yes = h('button', { type: 'submit', class: `button button-small${grave ? ' button-cut' : ''}`, testid: `${testid}-confirm`, text: confirm });
  const no = h('button', { type: 'button', class: 'button button-small button-quiet', text: 'Cancel', on: { click: () => toggle(false) } });
  const error = h('p', { class: 'deed-error', role: 'alert', testid: `${testid}-error` });
  const form = h(
    'form',
    { class: 'deed-form', novalidate: true, on: { submit } },
    h('p', { class: 'deed-sentence', text: sentence }),
    h('div', { class: 'deed-line' }, takesUntil ? until : null, takesNote ? note : null, yes, no),
    error,
  );
  const element = h('div', { class: 'deed' }, open, form);
  element.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || form.hidden) return;
    event.stopPropagation();
    toggle(false);
  });
  show(form, false);
  show(error, false);

  function toggle(on) {
    show(form, on);
    show(open, !on);
    open.setAttribute('aria-expanded', String(on));
    show(error, false);
    if (on) until.value = localTime(Date.now() + DAY_MS);
    if (!on) open.focus();
    else if (takesUntil) until.focus();
    else if (takesNote) note.focus();
    else yes.focus();
  }

  async function submit(event) {
    event.preventDefault();
    if (yes.disabled) return;
    const untilMs = takesUntil ? new Date(until.value).getTime() : null;
    yes.disabled = true;
    const words = Number.isNaN(untilMs) ? 'Say until when: a day and a time.' : await run(note.value.trim(), untilMs);
    yes.disabled = false;
    setText(error, words);
    show(error, words !== '');
    if (words !== '') return;
    note.value = '';
    if (element.isConnected) toggle(false);
  }

  return { element };
}
