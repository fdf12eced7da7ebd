// The log-in: one token, nothing else.

import { h, setText, show } from './dom.js';

/** @param {{onToken: (token: string) => Promise<string|null>}} options gives words on failure */
export function createLogin({ onToken }) {
  const token = h('input', {
    id: 'token', class: 'field', testid: 'login-token', type: 'password', name: 'token',
    autocomplete: 'current-password', required: true, spellcheck: 'false', autocapitalize: 'off',
  });
  const words = h('p', { class: 'login-error', testid: 'login-error', role: 'alert' });
  const button = h('button', { class: 'button button-primary', testid: 'login-submit', text: 'Log in' });
  const form = h(
    'form',
    { class: 'login-form', testid: 'login' },
    h('h1', { class: 'login-title', text: 'Weir' }),
    h('p', { class: 'login-text', text: 'Log in to the review console.' }),
    h('label', { for: 'token', text: 'Access token' }),
    token,
    words,
    button,
  );
  const element = h('main', { class: 'login' }, form);
  show(words, false);

  function say(text) {
    setText(words, text ?? '');
    show(words, Boolean(text));
  }

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const value = token.value.trim();
    if (!value || button.disabled) return;
    button.disabled = true;
    setText(button, 'Logging in…');
    say(await onToken(value));
    button.disabled = false;
    setText(button, 'Log in');
    token.value = '';
    if (element.isConnected) token.focus();
  });

  return { element, say, focus: () => token.focus() };
}
