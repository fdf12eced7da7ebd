// The only file that talks REST. Every call gives {ok, status, data, error,
// message} and never throws: a gateway that is away is an answer, too.

const ROOT = '/api/v1';
const DEADLINE_MS = 8000;

async function call(method, path, { token, body } = {}) {
  const headers = { Accept: 'application/json' };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), DEADLINE_MS);
  try {
    const response = await fetch(ROOT + path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: 'same-origin',
      cache: 'no-store',
      redirect: 'error',
      signal: abort.signal,
    });
    const text = await response.text();
    let data = null;
    try {
      data = text ? JSON.parse(text) : null;
    } catch {
      data = null;
    }
    const words = data !== null && typeof data === 'object' ? data : {};
    return {
      ok: response.ok,
      status: response.status,
      data,
      error: response.ok ? null : String(words.error ?? 'http_error'),
      message: typeof words.message === 'string' ? words.message : '',
    };
  } catch {
    return { ok: false, status: 0, data: null, error: 'unreachable', message: '' };
  } finally {
    clearTimeout(timer);
  }
}

const bankPath = (bank) => `/banks/${encodeURIComponent(bank)}`;

export const api = {
  /** Trades an access token for a session cookie. */
  login: (token) => call('POST', '/login', { token }),
  logout: () => call('POST', '/logout'),
  me: () => call('GET', '/me'),

  async bars() {
    const answer = await call('GET', '/bars');
    return { ...answer, rows: Array.isArray(answer.data) ? answer.data : [] };
  },
  closed: () => call('GET', '/closed'),
  banks: () => call('GET', '/banks'),
  /** A page of a bank's entries; SHOW: all, added, aside or disabled. */
  searchBank: (bank, { q = '', show = 'all', after = '', limit = 50 } = {}) =>
    call('GET', `${bankPath(bank)}/search?q=${encodeURIComponent(q)}&show=${show}&after=${encodeURIComponent(after)}&limit=${limit}`),
  addEntry: (bank, entry) => call('POST', `${bankPath(bank)}/entries`, { body: { entries: [entry] } }),
  deleteEntry: (bank, id) => call('DELETE', `${bankPath(bank)}/entries/${encodeURIComponent(id)}`),
  /** Passes its matches over from now on. */
  quarantineEntry: (bank, entry, note) => call('POST', `${bankPath(bank)}/quarantine`, { body: { entry, note } }),
  /** Lets them count again. */
  releaseEntry: (bank, entry, note) => call('POST', `${bankPath(bank)}/release`, { body: { entry, note } }),
  /** Passes its matches over until UNTIL_MS. */
  disableEntry: (bank, entry, until_ms, note) => call('POST', `${bankPath(bank)}/disable`, { body: { entry, until_ms, note } }),
  enableEntry: (bank, entry, note) => call('POST', `${bankPath(bank)}/enable`, { body: { entry, note } }),
  quarantined: (bank) => call('GET', `${bankPath(bank)}/quarantine?kind=passed_over`),
  liftBar: (id) => call('DELETE', `/bars/${encodeURIComponent(id)}`),
};

/** The address of a still if it is the gateway's own, else null. */
export function stillAddress(still, origin) {
  if (typeof still !== 'string' || still === '') return null;
  try {
    const url = new URL(still, origin);
    const own = url.origin === new URL(origin).origin;
    return own && url.pathname.startsWith(`${ROOT}/`) ? url.pathname + url.search : null;
  } catch {
    return null;
  }
}

/** The address of a stream's thumbnail as it was at MS. */
export function thumbnailAddress(path, ms) {
  const [app, name] = path.split('/').map(encodeURIComponent);
  return `${ROOT}/streams/${app}/${name}/thumbnail?at=${ms}`;
}
