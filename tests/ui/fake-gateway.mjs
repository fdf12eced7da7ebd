// A small gateway for page tests: static files under the real CSP, log-in,
// and `weir.v1` with a log of events for resuming. The test is its operator.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once, EventEmitter } from 'node:events';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';

const STATIC = fileURLToPath(new URL('../../ui-static/', import.meta.url));
const STILL = fileURLToPath(new URL('data/still.jpg', import.meta.url));
const CSP = "default-src 'self'; img-src 'self' blob: data:; connect-src 'self'; style-src 'self'";
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json' };
const COOKIE = 'weir_session=good';

export const TOKEN = 'a-token.with/odd+signs=';

export class FakeGateway extends EventEmitter {
  epoch = 'epoch-1';
  seq = 10;
  streams = [];
  cases = [];
  bars = [];
  closed = [];
  system = { analyzers: 2, analyzers_ready: 2, analyzers_restarts: 0, srt_workers: 1, srt_workers_ready: 1, srt_restarts: 0, store: 'ok', reviewers: 1, uptime_ms: 60000, version: '0.1.0' };
  clockAheadMs = 0;
  /** Every frame of every client, in order. */
  frames = [];
  /** Every REST call as "METHOD path". */
  calls = [];
  /** Gives the result of a command, or null to stay silent. */
  answer = () => ({ ok: true, applied: true });
  canResume = true;
  accepting = true;
  loggedIn = true;

  #log = [];
  #answered = new Map();
  #sockets = new Set();
  #http = createServer((request, response) => this.#serve(request, response));
  #ws = new WebSocketServer({ noServer: true, handleProtocols: (p) => (p.has('weir.v1') ? 'weir.v1' : false) });

  async start() {
    this.#http.on('upgrade', (request, socket, head) => {
      const authorised = this.loggedIn && (request.headers.cookie ?? '').includes(COOKIE);
      if (!this.accepting || !authorised || request.url !== '/api/v1/review') {
        socket.destroy();
        return;
      }
      this.#ws.handleUpgrade(request, socket, head, (ws) => this.#joined(ws));
    });
    this.#http.listen(0, '127.0.0.1');
    await once(this.#http, 'listening');
    this.url = `http://127.0.0.1:${this.#http.address().port}`;
    return this;
  }

  async stop() {
    for (const ws of this.#sockets) ws.terminate();
    this.#http.closeAllConnections();
    this.#http.close();
    await once(this.#http, 'close');
  }

  get now() {
    return Date.now() + this.clockAheadMs;
  }

  get commands() {
    return this.frames.filter((f) => f.type !== 'hello');
  }

  /** Makes an event, keeps it for resuming and sends it to all. */
  emitEvent(event) {
    this.seq += 1;
    const whole = { ...event, seq: this.seq, time: this.now };
    this.#log.push(whole);
    for (const ws of this.#sockets) ws.send(JSON.stringify(whole));
  }

  sendRaw(text) {
    for (const ws of this.#sockets) ws.send(text);
  }

  /** Cuts every connection; without a code, like a cable. */
  drop(code) {
    for (const ws of this.#sockets) code ? ws.close(code) : ws.terminate();
  }

  get connected() {
    return this.#sockets.size;
  }

  #joined(ws) {
    this.#sockets.add(ws);
    ws.on('close', () => this.#sockets.delete(ws));
    ws.on('message', (data) => {
      const frame = JSON.parse(String(data));
      this.frames.push(frame);
      if (frame.type === 'hello') this.#welcome(ws, frame);
      else this.#command(ws, frame);
      this.emit('frame', frame);
    });
  }

  #welcome(ws, hello) {
    const resumed = this.canResume && hello.epoch === this.epoch;
    const send = (m) => ws.send(JSON.stringify(m));
    send({ type: 'welcome', epoch: this.epoch, seq: this.seq, resumed, server_time: this.now });
    if (resumed) this.#log.filter((e) => e.seq > hello.since).forEach(send);
    else send({ type: 'snapshot', seq: this.seq, streams: this.streams, cases: this.cases, system: this.system });
  }

  #command(ws, frame) {
    if (!this.#answered.has(frame.id)) {
      const result = this.answer(frame, this);
      if (result === null) return;
      this.#answered.set(frame.id, { type: 'result', id: frame.id, ...result });
    }
    ws.send(JSON.stringify(this.#answered.get(frame.id)));
  }

  async #serve(request, response) {
    const { pathname } = new URL(request.url, 'http://x');
    const known = this.loggedIn && (request.headers.cookie ?? '').includes(COOKIE);
    const json = (status, value, headers = {}) => {
      response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
      response.end(value === undefined ? '' : JSON.stringify(value));
    };
    const unauthorized = () => json(401, { error: 'unauthorized' });
    if (pathname.startsWith('/api/')) this.calls.push(`${request.method} ${pathname}`);

    if (pathname === '/api/v1/login') {
      if (request.headers.authorization !== `Bearer ${TOKEN}`) return unauthorized();
      this.loggedIn = true;
      return json(204, undefined, { 'Set-Cookie': `${COOKIE}; Path=/; HttpOnly; SameSite=Strict` });
    }
    if (pathname === '/api/v1/logout') {
      return json(204, undefined, { 'Set-Cookie': 'weir_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict' });
    }
    if (pathname.startsWith('/api/') && !known) return unauthorized();
    if (pathname === '/api/v1/me') return json(200, { name: 'admin', role: 'admin' });
    if (pathname === '/api/v1/bars') return json(200, this.bars);
    if (pathname === '/api/v1/closed') return json(200, this.closed);
    if (/^\/api\/v1\/bars\/[^/]+$/.test(pathname) && request.method === 'DELETE') {
      this.bars = this.bars.filter((b) => String(b.id) !== pathname.split('/').pop());
      return json(200, {});
    }
    if (/^\/api\/v1\/(cases\/[^/]+\/still|streams\/[^/]+\/[^/]+\/thumbnail)$/.test(pathname)) {
      if (this.breakStills) return json(404, { error: 'not_found', message: 'no still' });
      response.writeHead(200, { 'Content-Type': 'image/jpeg' });
      return response.end(await readFile(STILL));
    }
    return this.#file(pathname, response);
  }

  async #file(pathname, response) {
    const path = normalize(join(STATIC, pathname === '/' ? 'index.html' : pathname));
    try {
      if (!path.startsWith(STATIC)) throw new Error('outside');
      const body = await readFile(path);
      response.writeHead(200, { 'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream', 'Content-Security-Policy': CSP, 'X-Content-Type-Options': 'nosniff' });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  }
}
