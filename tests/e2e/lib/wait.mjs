// Waiting for something named, with a deadline; never for time to pass.

const LOOK_MS = 15;
// Deadlines only end a test that hangs: a busy machine may take this many times
// as long as a quiet one.
const PATIENCE = 4;

/** Settles as PROMISE does, or fails after MS (and patience) with the words WHAT. */
export function within(promise, ms, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`deadline of ${PATIENCE} x ${ms} ms passed: ${what}`)), PATIENCE * ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Looks at state outside of this process until TEST gives something true. */
export async function until(test, ms, what) {
  const end = performance.now() + PATIENCE * ms;
  for (;;) {
    const value = await test();
    if (value) return value;
    if (performance.now() > end) throw new Error(`deadline of ${PATIENCE} x ${ms} ms passed: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** A list of things that have happened, which can be waited for. */
export class Happenings {
  #list = [];
  #waiting = new Set();
  #ended = null;

  get list() {
    return this.#list;
  }

  add(thing) {
    this.#list.push(thing);
    for (const one of [...this.#waiting]) one.look();
  }

  /** No more will come: those who wait fail with these words. */
  end(words) {
    this.#ended ??= words;
    for (const one of [...this.#waiting]) one.fail(new Error(`${one.what}: ${words}`));
  }

  /** The first thing from place FROM on that TEST is true for, past or future. */
  first(test, ms, what, from = 0) {
    let at = from;
    return within(
      new Promise((resolve, reject) => {
        const one = {
          what,
          look: () => {
            for (; at < this.#list.length; at += 1) {
              if (test(this.#list[at])) {
                this.#waiting.delete(one);
                resolve(this.#list[at]);
                return true;
              }
            }
            return false;
          },
          fail: (error) => {
            this.#waiting.delete(one);
            reject(error);
          },
        };
        if (one.look()) return;
        if (this.#ended) one.fail(new Error(`${what}: ${this.#ended}`));
        else this.#waiting.add(one);
      }),
      ms,
      what,
    );
  }
}
