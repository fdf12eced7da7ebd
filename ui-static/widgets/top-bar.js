// The strip on top: connection, analyzers, store, open cases, time; and the
// banner below it whenever what the page shows may not be what is.

import { h, icon, setAttr, setText, show } from './dom.js';
import { count, duration, wallTime } from './words.js';

const SKEW_MS = 1500;

const PAGES = [
  ['review', 'Review', '#'],
  ['banks', 'Banks', '#banks'],
];

/** @param {{onHelp: Function, onLogout: Function, onReconnect: Function}} options */
export function createTopBar({ onHelp, onLogout, onReconnect }) {
  const words = h('span', {});
  const connection = h('span', { class: 'status', testid: 'connection', role: 'status' }, h('span', { class: 'status-mark', 'aria-hidden': 'true' }), words);
  const cases = item('Open cases', 'top-cases');
  const analyzers = item('Analyzers', 'top-analyzers');
  const store = item('Store', 'top-store');
  const clock = item('Gateway time', 'top-clock');
  const who = h('span', { class: 'who', testid: 'who' });

  const help = h(
    'button',
    { type: 'button', class: 'button button-quiet', testid: 'help-open', 'aria-keyshortcuts': '?', on: { click: onHelp } },
    h('span', { text: 'Keys' }),
    h('kbd', { text: '?' }),
  );
  const waiting = h('span', { class: 'nav-count', testid: 'nav-cases' });
  const links = PAGES.map(([page, label, href]) => ({ page, element: h('a', { class: 'nav-link', testid: `nav-${page}`, href }, label) }));
  links[0].element.append(waiting);
  const nav = h('nav', { class: 'nav', 'aria-label': 'Pages' }, links.map((l) => l.element));
  const logout = h('button', { type: 'button', class: 'button button-quiet', testid: 'logout', text: 'Log out', on: { click: onLogout } });

  const bar = h(
    'header',
    { class: 'top' },
    h('span', { class: 'brand', text: 'Weir' }),
    nav,
    connection,
    h('dl', { class: 'top-items' }, cases.element, analyzers.element, store.element, clock.element),
    h('span', { class: 'top-end' }, who, help, logout),
  );

  const bannerText = h('span', { testid: 'banner-text' });
  const again = h('button', { type: 'button', class: 'button button-small', testid: 'reconnect', text: 'Reconnect now', on: { click: onReconnect } });
  const banner = h('div', { class: 'banner', testid: 'banner', role: 'alert' }, icon('alert'), bannerText, again);
  banner.hidden = true;

  const element = h('div', { class: 'top-wrap' }, bar, banner);

  return {
    element,
    update({ page, connection: state, known, system, open, unreadable, me, clock: time, lastHeard }) {
      for (const link of links) setAttr(link.element, 'aria-current', link.page === page ? 'page' : null);
      show(waiting, page !== 'review' && open > 0);
      setText(waiting, count(open, 'open case'));
      const live = state.name === 'live';
      connection.dataset.state = state.name;
      setText(words, stateWords(state, time.steady()));

      setText(cases.value, String(open));
      cases.element.dataset.alert = String(open > 0);

      const ready = system?.analyzers_ready ?? null;
      const all = system?.analyzers ?? null;
      setText(analyzers.value, ready === null ? '–' : `${ready} of ${all ?? '?'} ready`);
      analyzers.element.dataset.alert = String(ready !== null && (ready === 0 || (all !== null && ready < all)));

      setText(store.value, { ok: 'ok', failing: 'failing' }[system?.store] ?? '–');
      store.element.dataset.alert = String(system?.store === 'failing');

      setText(clock.value, time.synced ? wallTime(time.now()) : '–');
      setText(who, me?.name ? me.name : '');
      who.title = me?.role ? `role: ${me.role}` : '';

      const says = bannerWords({ live, known, state, system, unreadable, time, lastHeard });
      show(banner, says !== null);
      if (says) {
        banner.dataset.kind = says.kind;
        setText(bannerText, says.text);
        show(again, says.kind === 'stale' && state.name === 'waiting');
      }
    },
  };
}

function item(label, testid) {
  const value = h('dd', { testid });
  return { element: h('div', { class: 'top-item' }, h('dt', { text: label }), value), value };
}

function stateWords(state, now) {
  switch (state.name) {
    case 'live':
      return 'Live';
    case 'connecting':
      return 'Connecting…';
    case 'waiting':
      return `Reconnecting in ${Math.max(1, Math.ceil((state.untilMs - now) / 1000))} s`;
    case 'unauthorized':
      return 'Logged out';
    default:
      return 'Not connected';
  }
}

function bannerWords({ live, known, state, system, unreadable, time, lastHeard }) {
  if (!live && known) {
    const age = lastHeard === null ? '' : ` What you see is ${duration(time.steady() - lastHeard, 0)} old.`;
    return { kind: 'stale', text: `Disconnected.${age} Cut and Blank are sent as soon as the connection is back.` };
  }
  if (!live && state.name === 'waiting') return { kind: 'stale', text: 'The gateway cannot be reached.' };
  if (system?.store === 'failing') {
    return { kind: 'warn', text: 'Decisions cannot be stored at the moment. Cut and Blank take effect all the same; Release is refused.' };
  }
  if (live && system?.analyzers_ready === 0) {
    return { kind: 'warn', text: `No analyzer is ready: nothing is being looked at.${system.analyzers_error ? ` The last one ${system.analyzers_error}.` : ''}` };
  }
  if (unreadable > 0) {
    return { kind: 'warn', text: `${count(unreadable, 'item')} from the gateway could not be read and ${unreadable === 1 ? 'is' : 'are'} not shown.` };
  }
  if (live && time.synced && Math.abs(time.offsetMs) > SKEW_MS) {
    const way = time.offsetMs > 0 ? 'behind' : 'ahead of';
    return { kind: 'info', text: `This computer's clock is ${duration(Math.abs(time.offsetMs))} ${way} the gateway. The times here are the gateway's.` };
  }
  return null;
}
