// The gateway under test: configuration, start, API, and a stop that must be
// clean.

import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { BANK, CONSOLE, PROGRAM, TESTS } from './places.mjs';
import { Program } from './program.mjs';
import { ReviewSocket } from './review-socket.mjs';
import { until } from './wait.mjs';

const START_MS = 30000;
const COMPLAINT = /CRITICAL|AddressSanitizer|LeakSanitizer|runtime error:|assertion failed|Assertion/;

// With sanitizers: leaks of the gateway are failures. Analyzers are ended by
// SIGKILL, so no leak check ever runs in them.
const SANITIZERS = {
  ASAN_OPTIONS: 'detect_leaks=1:quarantine_size_mb=16:abort_on_error=0',
  LSAN_OPTIONS: `suppressions=${path.join(TESTS, 'lsan.supp')}:print_suppressions=0`,
  UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
  G_DEBUG: 'fatal-criticals',
};

export const DEFAULTS = {
  rtmp: { address: '127.0.0.1', port: 0 },
  rtmps: { address: '127.0.0.1', port: 0 },
  srt: { address: '127.0.0.1', port: '' }, // no processes where no test wants them
  http: { port: 0, console_dir: CONSOLE },
  gate: { delay_ms: 3000, shutdown_timeout_ms: 20000 },
  analysis: { workers: 1, hang_timeout_ms: 10000 },
};

/** Sections as {section: {key: value}}; a value of null leaves the key out. */
export function configText(sections) {
  return Object.entries(sections)
    .map(([name, keys]) =>
      [`[${name}]`, ...Object.entries(keys).filter(([, v]) => v !== null).map(([k, v]) => `${k} = ${v}`), ''].join('\n'))
    .join('\n');
}

function merge(sections) {
  const all = {};
  for (const [name, keys] of [...Object.entries(DEFAULTS), ...Object.entries(sections)]) {
    all[name] = { ...all[name], ...keys };
  }
  return all;
}

/** For streams that are to be flagged. */
export const WITH_BANK = { 'bank demo': { file: BANK } };
export const NOT_LOOKED_AT = { sampling: { mode: 'off' } };

export class Weir {
  token = null; // the admin's, from the first start in this folder
  link = null;
  #program = null;
  #sockets = [];

  /** Starts in a folder of its own inside the scenario's. */
  static async start(s, sections = {}, { folder = 'weir', program = PROGRAM, env = {} } = {}) {
    const weir = s.add(new Weir());
    weir.folder = s.path(folder);
    weir.config = path.join(weir.folder, 'weir.conf');
    weir.database = path.join(weir.folder, 'weir.db');
    weir.file = program;
    weir.env = { ...SANITIZERS, ...env };
    weir.log = [];
    await mkdir(weir.folder, { recursive: true });
    await writeFile(weir.config, configText(merge(sections)));
    await weir.start();
    return weir;
  }

  async start() {
    this.#program = new Program('weir', this.file, ['--config', this.config], { env: this.env });
    const [, port, url] = await this.#program.says(/weir \S+: rtmp port (\d+), console (\S+)/, START_MS);
    this.port = Number(port);
    this.url = url;
    if (this.token === null) {
      const line = await this.#program.out.first((l) => l.startsWith('Admin token'), START_MS, 'weir prints the admin token');
      this.token = line.split(': ')[1];
      this.link = this.#program.out.list.find((l) => l.startsWith('Console: ')).slice('Console: '.length);
    }
    await until(async () => (await this.fetch('/readyz')).status === 200, START_MS, 'weir is ready');
  }

  get pid() {
    return this.#program.pid;
  }

  get program() {
    return this.#program;
  }

  lines() {
    return this.log.concat(this.#program?.err.list ?? []);
  }

  fetch(where, options) {
    return fetch(this.url + where, options);
  }

  /** A request with the admin's token: {status, body}. */
  async api(method, where, body) {
    const answer = await this.fetch(`/api/v1/${where}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, ...(body && { 'content-type': 'application/json' }) },
      body: body && JSON.stringify(body),
    });
    const text = await answer.text();
    return { status: answer.status, body: text ? JSON.parse(text) : null };
  }

  async key(app, name) {
    const { status, body } = await this.api('POST', 'keys', { app, name });
    assert.equal(status, 201, JSON.stringify(body));
    return body;
  }

  /** Where ffmpeg publishes, with a key made for it unless SECRET is given. */
  async publishUrl(app, name, secret) {
    const key = secret ?? (await this.key(app, name)).secret;
    return `rtmp://127.0.0.1:${this.port}/${app}/${name}?key=${key}`;
  }

  /** The port for RTMP over TLS, where there is one. */
  async tlsPort() {
    return Number((await this.says(/listens on \S+ port (\d+) with TLS/))[1]);
  }

  /** The same over TLS, for a certificate of localhost. */
  async publishTlsUrl(app, name, secret) {
    const url = await this.publishUrl(app, name, secret);
    return url.replace(`rtmp://127.0.0.1:${this.port}`, `rtmps://localhost:${await this.tlsPort()}`);
  }

  /** SIGHUP, and until it has taken effect or has been refused: the words. */
  async reload() {
    const from = this.#program.err.list.length;
    this.#program.signal('SIGHUP');
    return (await this.says(/app: (reloaded|not reloaded).*/, 10000, from))[0];
  }

  async stream(name) {
    const { body } = await this.api('GET', 'streams');
    return body.find((one) => one.path === name);
  }

  async review(hello) {
    const socket = await ReviewSocket.open(this, hello);
    this.#sockets.push(socket);
    return socket;
  }

  says(pattern, ms, from) {
    return this.#program.says(pattern, ms, from);
  }

  /** SIGTERM; what it says and how it ends is asserted. */
  async stop(ms = 45000) {
    this.#program.signal('SIGTERM');
    const status = await this.#program.ended(ms);
    this.#check(status);
  }

  #check(status) {
    const { list } = this.#program.err;
    this.log.push(...list);
    assert.deepEqual(list.filter((line) => COMPLAINT.test(line)), [], list.slice(-30).join('\n'));
    assert.deepEqual(status, { code: 0, signal: null }, list.slice(-30).join('\n'));
    assert.ok(list.some((line) => / ended$/.test(line)), 'the last line is "ended"');
  }

  async close(failed) {
    for (const socket of this.#sockets) socket.close();
    if (this.#program === null) return;
    try {
      if (this.#program.status === null && !failed) await this.stop();
      else if (this.#program.status === null) this.#program.signal('SIGTERM');
    } finally {
      await this.#program.kill();
    }
  }
}
