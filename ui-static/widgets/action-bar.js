// Cut, Redact, Blank and Release for the case in focus, and what came of them.
//
// A click acts at once. On the keyboard, Cut wants the key held for 300 ms or
// pressed twice, and the button fills up meanwhile; the others act on one
// press. Nothing is shown as done before the gateway's result is here.

import { h, icon, setAttr, setText } from './dom.js';
import { doing, done, exposure, failure, switchTime } from './words.js';

export const HOLD_MS = 300;
const TWICE_MS = 450;

const VERBS = [
  { verb: 'cut', label: 'Cut', key: 'X', hint: 'hold, or press twice' },
  { verb: 'redact', label: 'Redact', key: 'S', hint: 'this span' },
  { verb: 'blank', label: 'Blank', key: 'B', hint: 'for now' },
  { verb: 'release', label: 'Release', key: 'R', hint: 'let it pass' },
];

/** @param {{onDecide: (caseId: string, verdict: string) => void}} options */
export function createActionBar({ onDecide }) {
  let one = null;
  let allowed = {};
  let held = null; // {timer, id}
  let tapped = null; // {timer, id}
  const buttons = {};

  function press(verb) {
    if (one && allowed[verb]) onDecide(one.id, verb);
  }

  for (const { verb, label, key, hint } of VERBS) {
    const word = h('span', { class: 'action-word', text: label });
    const small = h('span', { class: 'action-hint', text: hint });
    const element = h(
      'button',
      { type: 'button', class: `action action-${verb}`, testid: `action-${verb}`, 'aria-keyshortcuts': key, on: { click: () => press(verb) } },
      icon(verb),
      h('span', { class: 'action-text' }, word, small),
      h('kbd', { text: key }),
    );
    buttons[verb] = { element, word, small, label, hint };
  }

  const row = h('div', { class: 'actions-row' }, Object.values(buttons).map((b) => b.element));
  const noteText = h('span', {});
  const note = h('p', { class: 'actions-note', testid: 'action-note', role: 'status' }, icon('alert'), noteText);
  const element = h('div', { class: 'actions', testid: 'actions' }, row, note);

  const cutButton = buttons.cut.element;

  function disarm() {
    if (held) clearTimeout(held.timer);
    held = null;
    cutButton.classList.remove('arming');
  }

  function untap() {
    if (tapped) clearTimeout(tapped.timer);
    tapped = null;
    cutButton.classList.remove('tapped');
    setText(buttons.cut.small, buttons.cut.hint);
  }

  function fire(id) {
    disarm();
    untap();
    if (one?.id === id) press('cut');
  }

  function words(outcome, live) {
    if (outcome && !outcome.result.ok) {
      return { kind: 'error', text: failure(outcome.verb, outcome.result) };
    }
    if (outcome?.verb === 'blank') return { kind: 'good', text: 'Blanked. Nothing more goes out; the case stays open.' };
    if (outcome?.verb === 'redact') return { kind: 'good', text: `Redacted; the case stays open. ${exposure(outcome.result.exposure_ms)}`.trim() };
    if (!live) return { kind: 'wait', text: 'Not connected. Cut and Blank are sent as soon as the connection is back.' };
    return null;
  }

  return {
    element,

    /** Shows the state of ONE (an open case). */
    update({ item, target, live, blanked }) {
      if (one?.id !== item.id) {
        disarm();
        untap();
      }
      one = item;
      const { pending, outcome } = target;
      const cutting = pending.includes('cut');
      allowed = {
        cut: !cutting,
        redact: pending.length === 0 && !blanked,
        blank: pending.length === 0 && !blanked,
        release: pending.length === 0 && live,
      };
      for (const [verb, b] of Object.entries(buttons)) {
        const busy = pending.includes(verb);
        setAttr(b.element, 'aria-disabled', allowed[verb] ? null : 'true');
        setAttr(b.element, 'aria-busy', busy ? 'true' : null);
        const over = verb === 'blank' && blanked && !busy;
        setText(b.word, busy ? doing(verb) : over ? 'Blanked' : b.label);
      }
      const says = words(outcome, live);
      const waiting = pending.length > 0 ? { kind: 'wait', text: waitingWords(pending, live) } : null;
      const shown = waiting ?? says;
      // The line keeps its place when it is empty: buttons must not move
      // under a finger.
      note.dataset.kind = shown?.kind ?? 'none';
      setText(noteText, shown?.text ?? '');
    },

    /** X goes down; returns true if this press counts. */
    cutKeyDown() {
      if (!one || !allowed.cut || held) return false;
      const id = one.id;
      if (tapped && tapped.id === id) {
        fire(id);
        return true;
      }
      cutButton.classList.add('arming');
      held = { id, timer: setTimeout(() => fire(id), HOLD_MS) };
      return true;
    },

    /** X goes up before the button was full: a second press will do it. */
    cutKeyUp() {
      if (!held) return;
      const { id } = held;
      disarm();
      cutButton.classList.add('tapped');
      setText(buttons.cut.small, 'press X again');
      tapped = { id, timer: setTimeout(untap, TWICE_MS) };
    },

    key: press,

    /** The page lost the keyboard. */
    letGo() {
      disarm();
      untap();
    },
  };
}

function waitingWords(pending, live) {
  const what = doing(pending[pending.length - 1]);
  return live ? `${what} waiting for the gateway.` : `${what} will be sent as soon as the connection is back.`;
}

/** What a closed case, or a final result, comes to: {verb, title, text, detail}. */
export function verdictWords(one, outcome) {
  const decided = outcome?.result.ok === true && !['blank', 'redact'].includes(outcome.verb) ? outcome : null;
  const verb = one.verdict ?? decided?.verb ?? null;
  if (!verb && one.state !== 'closed') return null;
  const gone = one.exposure_ms ?? numberOrNull(decided?.result.exposure_ms);
  const took = one.time_to_cut_us ?? numberOrNull(decided?.result.time_to_cut_us);
  const cut = verb === 'cut';
  return {
    verb: verb ?? 'none',
    title: verb ? done(verb) : 'Closed without a verdict',
    text: cut ? exposure(gone) || 'Measuring what had gone out…' : verb === 'release' ? 'It goes on to the viewers.' : exposure(gone),
    detail: cut && took !== null ? `switched in ${switchTime(took)}` : '',
  };
}

const numberOrNull = (v) => (typeof v === 'number' && Number.isFinite(v) ? v : null);
