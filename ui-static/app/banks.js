// The pages of banks: asks the gateway when one is open and something has
// changed, and draws. What is asked while an answer is awaited is asked once
// more when it is there.

import { api } from '../core/api.js';
import { readBanks } from '../core/banks.js';
import { createBankList } from '../widgets/bank-list.js';
import { failure } from '../widgets/words.js';

const AGAIN_MS = 30000; // hits of the last hour become older by themselves
const PAUSE_MS = 500; // at least, between two questions
const ABOUT_BANKS = new Set(['bank.changed', 'bank.quarantine', 'case.opened', 'case.updated', 'stream.noted', 'snapshot']);

/** @param {{clock: object}} options */
export function createBanks({ clock }) {
  let open = false;
  let banks = null;
  let words = '';
  let asking = false;
  let again = false;
  let timer = null;

  const list = createBankList();

  function draw() {
    list.update({ banks, words, now: clock.now() });
  }

  function askIn(ms) {
    clearTimeout(timer);
    timer = setTimeout(ask, ms);
  }

  async function ask() {
    if (!open) return;
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    again = false;
    const answer = await api.banks();
    asking = false;
    if (!open) return;
    if (answer.ok) banks = readBanks(answer.data);
    words = answer.ok ? '' : failure('', answer);
    draw();
    askIn(again ? PAUSE_MS : AGAIN_MS);
  }

  return {
    get element() {
      return list.element;
    },

    /** What was heard from the gateway. */
    heard(message) {
      if (!open || !ABOUT_BANKS.has(message.type)) return;
      if (asking) again = true;
      else askIn(message.type === 'bank.changed' ? 0 : PAUSE_MS);
    },

    open() {
      open = true;
      draw();
      ask();
      list.focus();
    },

    close() {
      open = false;
      clearTimeout(timer);
    },
  };
}
