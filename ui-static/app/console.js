// The console: joins connection, state and widgets, and draws the review
// screen, which goes on behind the page of banks.
//
// Messages change the state at once; the page is drawn at most once a frame,
// and countdowns run on their own tick. Which case is in focus is the
// reviewer's business: it changes only on their key or click, except that the
// first case to appear on an empty screen is taken up.

import { createActions } from '../core/actions.js';
import { api } from '../core/api.js';
import { createClock } from '../core/clock.js';
import { createConnection } from '../core/connection.js';
import { readRoute } from '../core/route.js';
import { closedCases, emptyState, openCases, reduce, wallStreams, withheld } from '../core/store.js';
import { createDecided, createQueue } from '../widgets/case-list.js';
import { createCaseView } from '../widgets/case-view.js';
import { h, setText, show } from '../widgets/dom.js';
import { createHelp } from '../widgets/help.js';
import { createStreamList } from '../widgets/stream-list.js';
import { createTopBar } from '../widgets/top-bar.js';
import { createBanks } from './banks.js';
import { barsInForce, readBars } from './bars.js';
import { closedWithoutStream, readClosedNames } from './closed.js';
import { listenToKeys } from './keys.js';

const TICK_MS = 100;

const reviewUrl = () => {
  const url = new URL('/api/v1/review', location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
};

/**
 * @param {object} options
 * @param {{name: string, role: string}|null} options.me
 * @param {() => void} options.onUnauthorized the session is over
 * @param {() => void} options.onLogout
 */
export function createConsole({ me, onUnauthorized, onLogout }) {
  let state = emptyState();
  let bars = [];
  let closedNames = [];
  let focusId = null;
  let lastHeard = null; // steady ms of the last moment we were live
  let drawing = false;
  let over = false;
  let route = { page: 'review', bank: null };

  const clock = createClock();
  const connection = createConnection({
    url: reviewUrl(),
    onState: (now) => {
      if (now.name === 'live') refreshShut();
      if (now.name === 'unauthorized') onUnauthorized();
      draw();
    },
    onMessage: heard,
    mayConnect: async () => (await api.me()).status !== 401,
  });
  const actions = createActions({ command: connection.command, onChange: draw });

  const help = createHelp();
  const top = createTopBar({ onHelp: help.toggle, onLogout, onReconnect: connection.reconnectNow });
  const queue = createQueue({ onFocus: focus });
  const decided = createDecided({ onFocus: focus });
  const view = createCaseView({ onDecide, onNext: next });
  const wall = createStreamList({ onStream, onLift, onOpen });
  const banks = createBanks({ clock, me });
  const spoken = h('p', { class: 'unseen', testid: 'spoken', 'aria-live': 'polite' });

  const desk = h(
    'main',
    { class: 'desk' },
    h('div', { class: 'desk-lists' }, queue.element, decided.element),
    view.element,
    wall.element,
  );
  const pages = h('main', { class: 'pages' });
  const element = h('div', { class: 'console', testid: 'console' }, top.element, desk, pages, help.element, spoken);

  /** The page that the address asks for. */
  function turn() {
    const before = route;
    route = readRoute(location.hash);
    const review = route.page === 'review';
    element.dataset.page = route.page;
    show(desk, review);
    show(pages, !review);
    letGo();
    if (review) {
      banks.close();
      pages.replaceChildren();
      if (before.page !== 'review') view.focus();
    } else {
      banks.open(route.bank);
      pages.replaceChildren(banks.element);
      banks.focus();
    }
    draw();
  }

  function letGo() {
    view.actions.letGo();
    view.peek(false);
  }

  function heard(message, when) {
    if (message.type === 'welcome') clock.sync(message.server_time, when.sent, when.received);
    else clock.observe(message.time);
    const before = state;
    state = reduce(state, message);
    if (message.type === 'case.opened' && state !== before) speak(message);
    if (message.type === 'gate.changed' || message.type === 'stream.stopped') refreshShut();
    banks.heard(message);
    draw();
  }

  function speak(message) {
    const one = state.cases.get(message.case?.id);
    if (one) setText(spoken, `New case: ${one.stream}. ${one.reason}`);
  }

  let shutAsked = 0;
  async function refreshShut() {
    const mine = (shutAsked += 1);
    const [barred, closed] = await Promise.all([api.bars(), api.closed()]);
    if (mine !== shutAsked) return;
    if (barred.ok) bars = readBars(barred.rows);
    if (closed.ok) closedNames = readClosedNames(closed.data);
    draw();
  }

  function onDecide(id, verdict) {
    if (verdict === 'redact') actions.redact(state.cases.get(id));
    else actions.decide(id, verdict);
  }

  function onStream(path, verb, fields) {
    actions.stream(path, verb, fields);
  }

  async function onLift(bar) {
    if (bar.path) await actions.stream(bar.path, 'unbar');
    else await api.liftBar(bar.id);
    refreshShut();
  }

  async function onOpen(path, verb) {
    await actions.stream(path, verb);
    refreshShut();
  }

  function focus(id) {
    focusId = id;
    draw();
  }

  function next() {
    const other = openCases(state).find((c) => c.id !== focusId);
    if (other) focus(other.id);
  }

  function move(by) {
    const open = openCases(state);
    if (open.length === 0) return false;
    const at = open.findIndex((c) => c.id === focusId);
    const to = at < 0 ? 0 : Math.min(open.length - 1, Math.max(0, at + by));
    focus(open[to].id);
    return true;
  }

  const withheldBy = (one) => withheld(state, one);

  function draw() {
    if (drawing || over) return;
    drawing = true;
    // Frames stop in a hidden tab, but its title must still count.
    if (document.visibilityState === 'visible') requestAnimationFrame(drawNow);
    else setTimeout(drawNow, 0);
  }

  function drawNow() {
    drawing = false;
    if (over) return;
    const now = clock.now();
    const open = openCases(state);
    if (!state.cases.has(focusId)) focusId = open[0]?.id ?? null;
    const one = state.cases.get(focusId) ?? null;
    const streams = wallStreams(state);
    const running = streams.filter((s) => s.state !== 'ended');
    const live = connection.state.name === 'live';

    const title = route.page === 'review' ? 'Weir' : `${route.bank ?? 'Banks'} · Weir`;
    document.title = open.length > 0 ? `(${open.length}) ${title}` : title;
    element.dataset.connection = connection.state.name;
    drawTop(open.length);
    queue.update({ open, focusId, withheldBy, now });
    decided.update({ closed: closedCases(state), focusId });
    view.update({
      one,
      target: one ? actions.forCase(one.id) : null,
      live,
      known: state.known,
      withheldBy: one ? withheldBy(one) : null,
      delayMs: one ? state.streams.get(one.stream)?.delay_ms ?? null : null,
      others: open.filter((c) => c.id !== focusId).length,
      watched: running.length,
      now,
    });
    wall.update({
      running,
      over: streams.filter((s) => s.state === 'ended'),
      bars: barsInForce(bars, state.streams.values()),
      closed: closedWithoutStream(closedNames, state.streams.values(), now),
      forStream: actions.forStream,
      live,
      now,
    });
    help.update({ system: state.system });
  }

  function drawTop(open) {
    if (connection.state.name === 'live') lastHeard = clock.steady();
    top.update({
      page: route.page,
      connection: connection.state,
      known: state.known,
      system: state.system,
      open,
      unreadable: state.unreadable,
      me,
      clock,
      lastHeard,
    });
  }

  function tick() {
    const now = clock.now();
    view.tick(now);
    queue.tick(now);
    drawTop(openCases(state).length);
  }

  const ticker = setInterval(tick, TICK_MS);
  // Keys decide only on what is on the screen.
  const onDesk = (act) => (...args) => route.page === 'review' && act(...args);
  const silence = listenToKeys(document, {
    cutDown: onDesk(view.actions.cutKeyDown),
    cutUp: view.actions.cutKeyUp,
    redact: onDesk(() => view.actions.key('redact')),
    blank: onDesk(() => view.actions.key('blank')),
    release: onDesk(() => view.actions.key('release')),
    peek: onDesk(view.peek),
    next: onDesk(next),
    move: onDesk(move),
    help: help.toggle,
    letGo,
  });

  window.addEventListener('hashchange', turn);
  connection.start();
  turn();

  return {
    element,
    end() {
      over = true;
      clearInterval(ticker);
      silence();
      window.removeEventListener('hashchange', turn);
      banks.close();
      connection.stop();
    },
  };
}
