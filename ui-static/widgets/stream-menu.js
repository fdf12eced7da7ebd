// The commands of one stream: what stops it, what takes a part of it out, and
// how long it is held. What would change nothing is not offered.

import { h, icon, setAttr, setIcon, setText, show } from './dom.js';
import { doing } from './words.js';

const VERBS = [
  ['blank', 'Blank', 'The slate instead, until it is resumed'],
  ['resume', 'Resume', 'Content again, from the next key frame on'],
  ['mute', 'Mute', 'Silence instead of the sound'],
  ['dump', 'Dump', 'Withhold everything that has not gone out yet'],
  ['cut', 'Cut', 'End it and bar the publisher'],
];
const MAX_DELAY_S = 600;

/** @param {{onVerb: (verb: string, fields?: object) => void, onClose: () => void}} options */
export function createStreamMenu({ onVerb, onClose }) {
  const buttons = {};
  for (const [verb, label, title] of VERBS) {
    const drawing = icon(verb);
    const word = h('span', { text: label });
    const element = h(
      'button',
      { type: 'button', class: `button button-small button-${verb}`, testid: `stream-${verb}`, title, on: { click: () => onVerb(buttons[verb].does) } },
      drawing,
      word,
    );
    buttons[verb] = { element, drawing, word, label, does: verb };
  }

  const delay = h('input', { type: 'number', class: 'delay-input', testid: 'delay-input', min: '0', max: String(MAX_DELAY_S), step: '0.5', inputmode: 'decimal', 'aria-label': 'Delay in seconds' });
  const set = h('button', { type: 'submit', class: 'button button-small', testid: 'delay-set' }, 'Set');
  const form = h(
    'form',
    {
      class: 'card-delay',
      testid: 'delay-form',
      novalidate: true,
      on: {
        submit: (event) => {
          event.preventDefault();
          const seconds = delay.valueAsNumber;
          if (Number.isFinite(seconds)) onVerb('set_delay', { delay_ms: Math.round(seconds * 1000) });
        },
      },
    },
    h('label', {}, 'Hold for ', delay, ' s'),
    set,
  );

  const verbs = h('div', { class: 'card-verbs' }, Object.values(buttons).map((b) => b.element));
  const element = h(
    'div',
    { class: 'card-menu', role: 'group', 'aria-label': 'Stream commands', testid: 'stream-menu' },
    verbs,
    form,
  );
  element.hidden = true;
  element.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') onClose();
  });

  return {
    element,
    update({ stream, pending, connected }) {
      const withheld = ['redact', 'hold', 'blank'].includes(stream.gate) || stream.spans.some((span) => span.to_ms === null);
      const cut = stream.gate === 'cut';
      const idle = pending.length === 0 && !stream.shadow;
      const { blank, resume, mute, dump, cut: end } = buttons;

      show(blank.element, stream.gate !== 'blank');
      show(resume.element, withheld);
      verbs.dataset.columns = stream.gate !== 'blank' && withheld ? '2' : '3';
      blank.element.disabled = cut || !idle;
      resume.element.disabled = cut || !idle || !connected;
      mute.does = stream.muted ? 'unmute' : 'mute';
      mute.label = stream.muted ? 'Unmute' : 'Mute';
      setIcon(mute.drawing, mute.does);
      mute.element.disabled = cut || !idle || (stream.muted && !connected);
      dump.element.disabled = cut || !idle;
      end.element.disabled = cut || pending.includes('cut') || stream.shadow;
      for (const b of Object.values(buttons)) {
        const busy = pending.includes(b.does);
        setAttr(b.element, 'aria-busy', busy ? 'true' : null);
        setText(b.word, busy ? doing(b.does) : b.label);
      }

      show(form, !cut && !stream.shadow);
      const now = stream.delay_wanted_ms === null ? '' : String(stream.delay_wanted_ms / 1000);
      if (document.activeElement !== delay && delay.dataset.known !== now) {
        delay.value = now;
        delay.dataset.known = now;
      }
      set.disabled = !idle || !connected;
      setText(set, pending.includes('set_delay') ? doing('set_delay') : 'Set');
    },
  };
}
