// The gateway's wall clock, as well as this page can know it.
//
// A reviewer's computer may be minutes off, and "public in 4.2 s" must not be.
// The offset comes from the welcome (which answers our hello, so half of the
// round trip is known) and is tightened by every event: an event cannot arrive
// before it was made, so its time is a lower bound of the gateway's clock.

/**
 * @param {object} [sources] for tests
 * @param {() => number} [sources.wall] this computer's wall clock, ms
 * @param {() => number} [sources.steady] a clock that never jumps, ms
 */
export function createClock({
  wall = () => Date.now(),
  steady = () => performance.now(),
} = {}) {
  let base = wall() - steady();
  let synced = false;

  const now = () => base + steady();

  return {
    /** The gateway's wall time now, ms. */
    now,

    /** The steady clock, for measuring a round trip. */
    steady,

    /** True once a welcome has been seen. */
    get synced() {
      return synced;
    },

    /** How far this computer's clock is from the gateway's: > 0 is behind. */
    get offsetMs() {
      return Math.round(now() - wall());
    },

    /** A welcome: SERVER_MS was read between SENT and RECEIVED (steady ms). */
    sync(serverMs, sent, received = steady()) {
      if (!Number.isFinite(serverMs)) return;
      const middle = Number.isFinite(sent) ? (sent + received) / 2 : received;
      base = serverMs - middle;
      synced = true;
    },

    /** An event made at SERVER_MS has just arrived. */
    observe(serverMs) {
      if (!synced || !Number.isFinite(serverMs)) return;
      const ahead = serverMs - now();
      // More than a round trip ahead is a broken time, not a better estimate.
      if (ahead > 0 && ahead < 2000) base += ahead;
    },
  };
}
