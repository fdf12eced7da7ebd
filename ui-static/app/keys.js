// The keyboard: which key means what, and when keys mean nothing.

const BY_CODE = { KeyX: 'x', KeyB: 'b', KeyR: 'r', KeyS: 's', KeyP: 'p', KeyN: 'n', KeyJ: 'j', KeyK: 'k' };
const LETTERS = new Set(Object.values(BY_CODE));

/** The command letter of EVENT, also on keyboards without Latin letters. */
function letter(event) {
  const key = event.key.toLowerCase();
  if (LETTERS.has(key)) return key;
  return /^[a-z]$/.test(key) ? key : BY_CODE[event.code] ?? event.key;
}

function isTyping(target) {
  return target instanceof Element && target.closest('input, textarea, select, [contenteditable]') !== null;
}

/**
 * Listens on TARGET for the whole page.
 * @param {EventTarget} target
 * @param {object} keys cutDown, cutUp, redact, blank, release, peek(on), next, move(by), help, letGo
 * @returns {() => void} stops listening
 */
export function listenToKeys(target, keys) {
  const stop = new AbortController();
  const options = { signal: stop.signal };

  target.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (isTyping(event.target)) return;
    if (document.querySelector('dialog[open]')) {
      if (event.key === '?') keys.help();
      return;
    }
    const key = letter(event);
    if (event.repeat && !['j', 'k', 'ArrowDown', 'ArrowUp'].includes(key)) {
      if (LETTERS.has(key)) event.preventDefault();
      return;
    }
    const arrows = !(event.target instanceof Element && event.target.closest('[data-keeps-arrows]'));
    let taken = true;
    if (key === 'x') keys.cutDown();
    else if (key === 'b') keys.blank();
    else if (key === 's') keys.redact();
    else if (key === 'r') keys.release();
    else if (key === 'p') keys.peek(true);
    else if (key === 'n') keys.next();
    else if (key === 'j' || (key === 'ArrowDown' && arrows)) taken = keys.move(1);
    else if (key === 'k' || (key === 'ArrowUp' && arrows)) taken = keys.move(-1);
    else if (key === '?') keys.help();
    else taken = false;
    if (taken) event.preventDefault();
  }, options);

  target.addEventListener('keyup', (event) => {
    const key = letter(event);
    if (key === 'x') keys.cutUp();
    else if (key === 'p') keys.peek(false);
  }, options);

  const letGo = () => keys.letGo();
  window.addEventListener('blur', letGo, options);
  document.addEventListener('visibilitychange', letGo, options);
  return () => stop.abort();
}
