// The page: log-in, then the console; back to log-in when the session ends.

import { api } from '../core/api.js';
import { createLogin } from '../widgets/login.js';
import { createConsole } from './console.js';

const page = document.getElementById('app');
let running = null;

function put(element) {
  page.replaceChildren(element);
}

function showLogin(words) {
  running?.end();
  running = null;
  document.title = 'Weir';
  const login = createLogin({ onToken: enter });
  login.say(words);
  put(login.element);
  login.focus();
}

function showConsole(me) {
  running?.end();
  running = createConsole({
    me,
    onUnauthorized: () => showLogin('Your session has ended. Log in again.'),
    onLogout: leave,
  });
  put(running.element);
}

/** Trades TOKEN for a session; gives words if that fails, else null. */
async function enter(token) {
  const answer = await api.login(token);
  if (answer.ok) {
    showConsole((await api.me()).data);
    return null;
  }
  if (answer.status === 401 || answer.status === 403) return 'This token is not known here.';
  if (answer.status === 429) return 'Too many attempts. Try again in a moment.';
  if (answer.status === 0) return 'The gateway cannot be reached.';
  return `The gateway answered with an error (${answer.status}).`;
}

async function leave() {
  await api.logout();
  showLogin('You have logged out.');
}

/** Takes the token out of the address, and the address out of the history. */
function tokenFromAddress() {
  const match = /^#login=(.+)$/.exec(location.hash);
  if (!match) return null;
  history.replaceState(null, '', location.pathname + location.search);
  try {
    return decodeURIComponent(match[1]);
  } catch {
    return match[1];
  }
}

async function start() {
  const token = tokenFromAddress();
  if (token) {
    const words = await enter(token);
    if (words) showLogin(words);
    return;
  }
  const me = await api.me();
  // An unreachable gateway is no reason to ask for a token: the console says
  // that it is connecting and goes on trying.
  if (me.ok || me.status === 0 || me.status >= 500) showConsole(me.ok ? me.data : null);
  else showLogin(null);
}

window.addEventListener('hashchange', () => {
  if (location.hash.startsWith('#login=')) start();
});

start();
