// What banks are and do, in words. Pure.

import { number } from './words.js';

const table = (words) => Object.assign(Object.create(null), words);

const ACTIONS = table({
  note: ['Notes', 'A match is written down; nobody is asked.'],
  case: ['Asks', 'A match opens a case: a reviewer decides.'],
  hold: ['Holds', 'A match blanks the stream until a reviewer decides.'],
  cut: ['Cuts', 'A match ends the stream and bars its publisher.'],
});
const GOOD = ['Known good', 'What it matches is not flagged by other banks.'];

const actionOf = (bank) => (bank.known_good ? GOOD : ACTIONS[bank.action] ?? ['–', '']);
export const actionWord = (bank) => actionOf(bank)[0];
export const actionSentence = (bank) => actionOf(bank)[1];

/** What is not looked for of a bank: [what, how many] of each kind there is. */
export function setAside(bank) {
  return [
    ['quarantined', bank.quarantined],
    ['left out', bank.left_out + bank.held],
  ].filter(([, n]) => n > 0);
}

/** "3 quarantined, 12 left out"; "none". */
export const setAsideWords = (bank) => setAside(bank).map(([what, n]) => `${number(n)} ${what}`).join(', ') || 'none';

/** "1,204 lines of its file can’t be used". */
export const refusedWords = (bank) =>
  `${number(bank.refused)} ${bank.refused === 1 ? 'line' : 'lines'} of its file can’t be used and ${bank.refused === 1 ? 'is' : 'are'} left out`;
