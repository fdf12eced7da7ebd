// The still of a case: blurred and grey until it is held, and again as soon
// as it is let go. Looking is always a decision, never an accident.

import { h, icon, setText, show } from './dom.js';
import { stillAddress } from '../core/api.js';

export function createPicture() {
  let address = null;
  const image = h('img', { class: 'still-image', testid: 'still-image', alt: '', draggable: 'false' });
  const hintWords = h('span', { text: 'Hold P, or press and hold the picture, to look' });
  const hint = h('span', { class: 'still-hint' }, icon('eye'), hintWords);
  const emptyWords = h('span', {});
  const empty = h('span', { class: 'still-empty', testid: 'still-empty' }, icon('blank'), emptyWords);
  const element = h(
    'button',
    {
      type: 'button',
      class: 'still',
      testid: 'still',
      'aria-label': 'Still picture of the case, blurred. Press and hold to look at it.',
      'aria-pressed': 'false',
    },
    image,
    empty,
    hint,
  );

  function peek(on) {
    const looking = on && address !== null && !image.hidden;
    element.dataset.peek = String(looking);
    element.setAttribute('aria-pressed', String(looking));
  }

  function nothing(words) {
    show(image, false);
    show(empty, true);
    show(hint, false);
    setText(emptyWords, words);
    peek(false);
  }

  image.addEventListener('error', () => nothing('The picture could not be loaded'));
  image.addEventListener('load', () => {
    show(image, true);
    show(empty, false);
    show(hint, true);
  });

  element.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    element.setPointerCapture?.(event.pointerId);
    peek(true);
  });
  for (const over of ['pointerup', 'pointercancel', 'lostpointercapture', 'blur']) {
    element.addEventListener(over, () => peek(false));
  }
  element.addEventListener('contextmenu', (event) => event.preventDefault());
  element.addEventListener('keydown', (event) => {
    if (event.key === ' ' || event.key === 'Enter') {
      event.preventDefault();
      peek(true);
    }
  });
  element.addEventListener('keyup', (event) => {
    if (event.key === ' ' || event.key === 'Enter') peek(false);
  });

  nothing('No picture yet');

  return {
    element,
    peek,
    update(one) {
      const next = stillAddress(one.still, location.origin);
      if (next === address) return;
      address = next;
      peek(false);
      if (address === null) {
        image.removeAttribute('src');
        nothing(one.still ? 'The picture is not one of this gateway' : 'No picture for this case');
      } else {
        nothing('Loading the picture…');
        image.src = address;
      }
    },
  };
}
