// How long until a case is public: counting, public, withheld, decided or
// unknown. Each state has its own words and its own shape, not only a colour.

import { h, icon, setIcon, setText } from './dom.js';
import { duration, exposure } from './words.js';

const CLOSE_MS = 3000;

/** The state of a case's way to the public; pure. */
export function countdown({ one, withheldBy, now }) {
  if (one.state === 'closed') return { state: 'decided', label: '', value: '', close: false };
  if (withheldBy) {
    return {
      state: 'withheld',
      label: withheldBy === 'cut' ? 'The stream is cut.' : 'Viewers see nothing new.',
      value: 'withheld',
      close: false,
    };
  }
  if (one.public_ms === null) return { state: 'unknown', label: 'release time', value: 'not known', close: false };
  const left = one.public_ms - now;
  if (left > 0) return { state: 'counting', label: 'public in', value: duration(left), left, close: left < CLOSE_MS };
  return { state: 'public', label: 'public since', value: duration(-left), left, close: false };
}

const BY_POLICY = { release: 'released', hold: 'held', cut: 'cut' };

/** What policy does with the case if nobody decides, in words; pure. */
export function timeout({ one, now }) {
  const what = Object.hasOwn(BY_POLICY, one.on_timeout) ? BY_POLICY[one.on_timeout] : '';
  if (one.state === 'closed' || one.deadline_ms === null || what === '') return '';
  const left = one.deadline_ms - now;
  return left > 0 ? `${what} by policy in ${duration(left)}` : `about to be ${what} by policy`;
}

const ICONS = { counting: 'clock', public: 'alert', withheld: 'blank', unknown: 'clock', decided: 'check' };

/** The big one, with a bar that runs empty over the stream's delay. */
export function createCountdown() {
  const drawing = icon('clock');
  const label = h('span', { class: 'countdown-label' });
  const value = h('span', { class: 'countdown-value', testid: 'countdown-value' });
  const aside = h('span', { class: 'countdown-aside', testid: 'countdown-aside' });
  const level = h('span', { class: 'countdown-level' });
  const element = h(
    'div',
    { class: 'countdown', testid: 'countdown', role: 'timer' },
    h('div', { class: 'countdown-line' }, drawing, label, value, aside),
    h('div', { class: 'countdown-bar', 'aria-hidden': 'true' }, level),
  );

  return {
    element,
    update({ one, withheldBy, delayMs, now }) {
      const c = countdown({ one, withheldBy, now });
      element.hidden = c.state === 'decided';
      element.dataset.state = c.state;
      element.dataset.close = String(c.close);
      setIcon(drawing, ICONS[c.state]);
      setText(label, c.label);
      setText(value, c.value);
      const out = c.state === 'withheld' ? exposure(one.exposure_ms) : '';
      setText(aside, [out, timeout({ one, now })].filter(Boolean).join(' · '));
      const full = delayMs > 0 ? delayMs : 10000;
      const part = c.state === 'counting' ? Math.min(1, c.left / full) : 0;
      level.style.transform = `scaleX(${part.toFixed(4)})`;
    },
  };
}
