// The pages of banks: all of them, and one. Both ask the gateway while they
// are open and something has changed.

import { api } from '../core/api.js';
import { readBanks } from '../core/banks.js';
import { createBankList } from '../widgets/bank-list.js';
import { failure } from '../widgets/words.js';
import { createAsker } from './asker.js';
import { createBank } from './bank.js';

const AGAIN_MS = 30000; // hits of the last hour become older by themselves
const CHANGES = new Set(['bank.changed', 'bank.quarantine', 'snapshot']);
const HITS = new Set(['case.opened', 'case.updated', 'stream.noted']);

/** @param {{clock: object, me: {role: string}|null}} options */
export function createBanks({ clock, me }) {
  let banks = null;
  let words = '';
  let one = null; // the bank that is open, else all are

  const list = createBankList();
  const asker = createAsker(ask, AGAIN_MS);

  function draw() {
    const now = clock.now();
    if (one) one.update({ bank: banks?.find((b) => b.name === one.name) ?? null, known: banks !== null, words, now });
    else list.update({ banks, words, now });
  }

  async function ask() {
    const answer = await api.banks();
    if (answer.ok) banks = readBanks(answer.data);
    words = answer.ok ? '' : failure('', answer);
    draw();
  }

  return {
    get element() {
      return one ? one.element : list.element;
    },

    /** What was heard from the gateway. */
    heard(message) {
      if (CHANGES.has(message.type)) {
        asker.wake();
        if (one && (!message.bank || message.bank === one.name)) one.changed();
      } else if (HITS.has(message.type)) {
        asker.wake(false);
      }
    },

    /** NAME: of the bank to show; null: all. */
    open(name) {
      one?.close();
      one = name === null ? null : createBank({ name, clock, me, onChange: draw });
      draw();
      asker.start();
      one?.open();
    },

    /** For those who don't see that the page has turned. */
    focus: () => (one ?? list).focus(),

    close() {
      asker.stop();
      one?.close();
      one = null;
    },
  };
}
