// Asks the gateway again and again, one question at a time: what comes up
// while an answer is awaited is asked once more when it is there.

const PAUSE_MS = 500; // at least, between two questions

/**
 * @param {() => Promise<void>} ask
 * @param {number} againMs asks by itself after so long
 */
export function createAsker(ask, againMs) {
  let on = false;
  let asking = false;
  let again = false;
  let timer = null;

  function askIn(ms) {
    clearTimeout(timer);
    timer = setTimeout(run, ms);
  }

  async function run() {
    if (!on) return;
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    again = false;
    await ask();
    asking = false;
    if (on) askIn(again ? PAUSE_MS : againMs);
  }

  return {
    start() {
      on = true;
      run();
    },
    stop() {
      on = false;
      clearTimeout(timer);
    },
    /** Something has changed: asks now, or with HURRY false in a moment. */
    wake(hurry = true) {
      if (!on) return;
      if (asking) again = true;
      else askIn(hurry ? 0 : PAUSE_MS);
    },
  };
}
