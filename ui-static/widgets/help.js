// The keyboard help.

import { h } from './dom.js';

const KEYS = [
  ['Decide', [
    [['X'], 'Cut: hold it, or press it twice. Ends the stream and bars the publisher.'],
    [['S'], 'Redact: only the flagged span is taken out, the case stays open.'],
    [['B'], 'Blank: nothing more goes out, the case stays open.'],
    [['R'], 'Release: let it pass.'],
  ]],
  ['Look', [
    [['P'], 'Hold to see the picture without blur; let go to blur it again.'],
  ]],
  ['Move', [
    [['N'], 'Next case: the one that becomes public first.'],
    [['J', '↓'], 'One down in the list.'],
    [['K', '↑'], 'One up in the list.'],
    [['?'], 'This help.'],
    [['Esc'], 'Close it.'],
  ]],
];

export function createHelp() {
  const version = h('p', { class: 'help-version' });
  const element = h(
    'dialog',
    { class: 'help', testid: 'help', 'aria-labelledby': 'help-title' },
    h('form', { method: 'dialog', class: 'help-head' },
      h('h2', { id: 'help-title', text: 'Keys' }),
      h('button', { class: 'button button-small', testid: 'help-close', text: 'Close' })),
    KEYS.map(([title, keys]) =>
      h('section', {}, h('h3', { text: title }),
        h('dl', { class: 'help-keys' },
          keys.map(([caps, words]) => h('div', {}, h('dt', {}, caps.map((cap) => h('kbd', { text: cap }))), h('dd', { text: words })))))),
    version,
  );
  return {
    element,
    toggle() {
      if (element.open) element.close();
      else element.showModal();
    },
    update({ system }) {
      version.textContent = system?.version ? `Weir ${system.version}` : '';
    },
  };
}
