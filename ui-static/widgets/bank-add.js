// Puts one entry into a bank, and says what became of it.

import { h, setText, show } from './dom.js';
import { count } from './words.js';

const FIELDS = [
  ['hash', 'PDQ hash, 64 hex digits', { required: true, maxlength: '64', class: 'field add-hash', autocomplete: 'off', spellcheck: 'false' }],
  ['entry', 'Name', {}],
  ['item', 'Item: what it belongs to', {}],
  ['label', 'Label', {}],
  ['note', 'Note', {}],
];

/** The first of ADDED, an answer of POST /banks/{bank}/entries, in words: {kind, text}. */
export function addedWords(added) {
  const one = Array.isArray(added?.entries) ? added.entries[0] : null;
  if (typeof one?.refused === 'string') return { kind: 'error', text: `Refused: ${one.refused}.` };
  if (one?.known === true) return { kind: 'good', text: 'Already there: the bank has this hash.' };
  if (typeof one?.quarantined === 'string') return { kind: 'warn', text: `Added, but not looked for: ${one.quarantined}.` };
  const found = Number.isInteger(added?.found_in_recent) ? added.found_in_recent : 0;
  return { kind: 'good', text: found > 0 ? `Added, and found in ${count(found, 'picture')} that ${found === 1 ? 'was' : 'were'} looked at last.` : 'Added. It is looked for from now on.' };
}

/** @param {{run: (entry: object) => Promise<{kind: string, text: string}>}} options */
export function createAdd({ run }) {
  const inputs = FIELDS.map(([name, label, more]) => {
    const input = h('input', { class: 'field', maxlength: '300', autocomplete: 'off', testid: `add-${name}`, name, ...more });
    return { name, input, element: h('label', { class: `add-field add-field-${name}` }, h('span', { text: label }), input) };
  });
  const submitButton = h('button', { type: 'submit', class: 'button', testid: 'add-submit', text: 'Put it in' });
  const says = h('p', { class: 'add-says', testid: 'add-says', role: 'status' });
  const form = h('form', { class: 'add-form', novalidate: true, on: { submit } }, inputs.map((i) => i.element), h('div', { class: 'add-foot' }, submitButton, says));
  const element = h(
    'details',
    { class: 'bank-part add', testid: 'add' },
    h('summary', { class: 'add-open', testid: 'add-open', text: 'Add an entry' }),
    h('p', { class: 'page-hint', text: 'weirctl hash FILE prints the hashes of pictures and films; weirctl bank import takes whole lists.' }),
    form,
  );

  async function submit(event) {
    event.preventDefault();
    if (submitButton.disabled) return;
    const entry = {};
    for (const { name, input } of inputs) if (input.value.trim() !== '') entry[name] = input.value.trim();
    submitButton.disabled = true;
    const { kind, text } = await run(entry);
    submitButton.disabled = false;
    says.dataset.kind = kind;
    setText(says, text);
    show(says, true);
    if (kind === 'error') inputs[0].input.focus();
    else form.reset();
  }

  return { element };
}
