// The only file that talks WebSocket: connects, resumes, sends commands.
//
// States, each an object with a name:
//   idle          not started, or stopped
//   connecting    socket opening, or waiting for welcome and snapshot
//   live          events are flowing
//   waiting       not connected; `untilMs` (steady clock) is the next attempt
//   unauthorized  the gateway wants a log-in; start() tries again
//
// A command is a promise of the gateway's result and never rejects. It keeps
// its id until it is answered: after a reconnect it is sent again under the
// same id, and the gateway gives the same answer instead of acting twice.

const PROTOCOL = 'weir.v1';
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15000;
const WELCOME_DEADLINE_MS = 8000;
const ANSWER_DEADLINE_MS = 6000;
const MOST_SENDS = 4;
const STEADY_AFTER_MS = 10000;

const browser = {
  open: (url) => new WebSocket(url, PROTOCOL),
  setTimer: (fn, ms) => setTimeout(fn, ms),
  clearTimer: (id) => clearTimeout(id),
  now: () => performance.now(),
  random: () => Math.random(),
  newId: () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
  },
};

/**
 * @param {object} options
 * @param {string} options.url
 * @param {(state: object) => void} options.onState
 * @param {(message: object, when: {sent: number, received: number}) => void} options.onMessage
 *   welcome, snapshot and events, in order, each seq once
 * @param {() => Promise<boolean>} [options.mayConnect] asked after an attempt
 *   that never became a session; false means that a log-in is needed
 * @param {object} [options.host] replaces parts of the browser in tests
 */
export function createConnection({ url, onState, onMessage, mayConnect = async () => true, host = {} }) {
  const env = { ...browser, ...host };
  const unanswered = new Map(); // id → {frame, sends, resolve, timer}
  let state = { name: 'idle' };
  let socket = null;
  let epoch = null;
  let seq = 0;
  let attempt = 0;
  let helloSent = 0;
  let timer = null; // the one of the present state

  function enter(next) {
    env.clearTimer(timer);
    timer = null;
    state = next;
    onState(state);
  }

  function start() {
    if (socket || state.name === 'connecting') return;
    connect();
  }

  function stop(error = 'stopped') {
    dropSocket(1000);
    enter({ name: 'idle' });
    for (const entry of [...unanswered.values()]) settle(entry, { ok: false, error, applied: false });
  }

  function dropSocket(code) {
    const old = socket;
    socket = null;
    for (const entry of unanswered.values()) env.clearTimer(entry.timer);
    if (!old) return;
    old.onopen = old.onmessage = old.onclose = old.onerror = null;
    old.close(code);
  }

  function connect() {
    enter({ name: 'connecting' });
    const mine = env.open(url);
    socket = mine;
    timer = env.setTimer(() => lost(mine, 4000, false), WELCOME_DEADLINE_MS);
    mine.onopen = () => {
      helloSent = env.now();
      mine.send(JSON.stringify({ type: 'hello', epoch, since: seq }));
    };
    mine.onmessage = (event) => receive(mine, event.data);
    mine.onclose = (event) => lost(mine, event.code, state.name === 'live');
    mine.onerror = () => {}; // a close follows
  }

  async function lost(which, code, wasLive) {
    if (which !== socket) return;
    dropSocket(4000);
    if (code === 1008) return refuse();
    // Too slow once: come back at once and catch up. Again and again: slowly.
    wait(code === 1013 && attempt === 0 ? 0 : null);
    // A refused upgrade looks like any failure, so ask before trying for ever.
    if (!wasLive && !(await mayConnect().catch(() => true)) && state.name === 'waiting') refuse();
  }

  function refuse() {
    dropSocket(1000);
    enter({ name: 'unauthorized' });
    for (const entry of [...unanswered.values()]) {
      settle(entry, { ok: false, error: 'unauthorized', applied: false });
    }
  }

  function wait(ms) {
    const ceiling = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
    const delay = ms ?? Math.round(ceiling * (0.5 + env.random() / 2));
    attempt += 1;
    enter({ name: 'waiting', untilMs: env.now() + delay });
    timer = env.setTimer(connect, delay);
  }

  function receive(which, data) {
    if (which !== socket) return;
    const when = { sent: helloSent, received: env.now() };
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      message = null;
    }
    if (message === null || typeof message !== 'object') {
      onMessage({ type: 'unreadable' }, when);
    } else if (message.type === 'result') {
      const entry = unanswered.get(message.id);
      attempt = 0;
      if (entry) settle(entry, message);
    } else if (message.type === 'welcome') {
      epoch = typeof message.epoch === 'string' ? message.epoch : null;
      onMessage(message, when);
      if (message.resumed === true) goLive();
    } else if (message.type === 'snapshot') {
      seq = Number.isInteger(message.seq) ? message.seq : 0;
      onMessage(message, when);
      goLive();
    } else {
      if (Number.isInteger(message.seq)) {
        if (message.seq <= seq) return; // seen before the reconnect
        seq = message.seq;
      }
      onMessage(message, when);
    }
  }

  function goLive() {
    if (state.name === 'live') return;
    enter({ name: 'live' });
    timer = env.setTimer(() => (attempt = 0), STEADY_AFTER_MS);
    for (const entry of [...unanswered.values()]) transmit(entry);
  }

  function transmit(entry) {
    if (entry.sends >= MOST_SENDS) {
      settle(entry, { ok: false, error: 'no_answer', applied: false });
      return;
    }
    entry.sends += 1;
    const mine = socket;
    mine.send(JSON.stringify(entry.frame));
    env.clearTimer(entry.timer);
    // No answer on an open socket: the connection is dead and does not know.
    entry.timer = env.setTimer(() => lost(mine, 4001, true), ANSWER_DEADLINE_MS);
  }

  function settle(entry, result) {
    env.clearTimer(entry.timer);
    unanswered.delete(entry.frame.id);
    entry.resolve(result);
  }

  return {
    start,
    stop,

    /** Skips the rest of a wait. */
    reconnectNow() {
      if (state.name === 'waiting') connect();
    },

    /** Sends a command, now or as soon as there is a connection. */
    command(type, fields = {}) {
      return new Promise((resolve) => {
        const frame = { ...fields, type, id: env.newId() };
        const entry = { frame, sends: 0, resolve, timer: null };
        unanswered.set(frame.id, entry);
        if (state.name === 'live') transmit(entry);
        else if (state.name === 'idle' || state.name === 'unauthorized') {
          settle(entry, { ok: false, error: 'unauthorized', applied: false });
        }
      });
    },

    get state() {
      return state;
    },
    get unansweredCount() {
      return unanswered.size;
    },
  };
}
