// What a stream shows: small, blurred and grey until the pointer or the focus
// is on it.

import { h, show } from './dom.js';
import { thumbnailAddress } from '../core/api.js';

// A blurred picture need not be the newest; one that is looked at is.
const STALE_MS = 15000;

export function createThumbnail(path) {
  let newest = null;
  let shown = null;
  const image = h('img', { class: 'thumb-image', testid: 'stream-thumbnail', alt: '', draggable: 'false', loading: 'lazy', decoding: 'async' });
  const element = h('span', { class: 'thumb', tabindex: '0', role: 'img', 'aria-label': `What ${path} shows, blurred. Point at it to look.` });
  element.hidden = true;

  function draw(looking) {
    if (newest === null || newest === shown) return;
    if (shown !== null && !looking && Math.abs(newest - shown) < STALE_MS) return;
    shown = newest;
    element.replaceChildren(image);
    show(element, true);
    image.src = thumbnailAddress(path, newest);
  }

  const looked = () => element.matches(':hover, :focus');
  image.addEventListener('error', () => show(element, false));
  for (const event of ['pointerenter', 'focus']) element.addEventListener(event, () => draw(true));
  element.addEventListener('contextmenu', (event) => event.preventDefault());

  return {
    element,
    /** MS: when the newest came in, or null without one. */
    update(ms) {
      newest = ms;
      if (ms === null) {
        shown = null;
        element.replaceChildren();
        show(element, false);
      } else draw(looked());
    },
  };
}
