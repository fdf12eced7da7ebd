// A reviewer's WebSocket: hello, events to wait for, commands and answers.

import { once } from 'node:events';
import WebSocket from 'ws';
import { Happenings, within } from './wait.mjs';

const DEADLINE_MS = 15000;
let lastId = 0;

export class ReviewSocket {
  messages = new Happenings();

  static async open(weir, { epoch = null, since = 0 } = {}) {
    const socket = new ReviewSocket();
    socket.ws = new WebSocket(`${weir.url.replace('http', 'ws')}/api/v1/review`, 'weir.v1', {
      headers: { authorization: `Bearer ${weir.token}` },
    });
    socket.ws.on('message', (data) => socket.messages.add({ ...JSON.parse(data), at: Date.now() }));
    socket.closed = once(socket.ws, 'close').then(([code]) => {
      socket.messages.end(`closed with ${code}`);
      return code;
    });
    socket.closed.catch(() => {}); // the opening fails then, and says why
    await within(once(socket.ws, 'open'), DEADLINE_MS, 'the WebSocket opens');
    socket.ws.send(JSON.stringify({ type: 'hello', epoch, since }));
    socket.welcome = await socket.waitFor('welcome');
    if (!socket.welcome.resumed) socket.snapshot = await socket.waitFor('snapshot');
    return socket;
  }

  get events() {
    return this.messages.list.filter((m) => m.seq !== undefined && m.type !== 'welcome' && m.type !== 'snapshot');
  }

  /** How many messages have come: a place to wait from. */
  get mark() {
    return this.messages.list.length;
  }

  waitFor(type, test = () => true, ms = DEADLINE_MS, from = 0) {
    return this.messages.first((m) => m.type === type && test(m), ms, `${type} with ${test}`, from);
  }

  caseOpened(stream, ms = 20000) {
    return this.waitFor('case.opened', (m) => m.case.stream === stream, ms).then((m) => m.case);
  }

  stopped(stream, ms = 40000, from = 0) {
    return this.waitFor('stream.stopped', (m) => m.stream.path === stream, ms, from);
  }

  send(text) {
    this.ws.send(text);
  }

  /** Sends a command and waits for its result. */
  async command(type, args, id = `e2e-${(lastId += 1)}`) {
    const from = this.mark;
    this.send(JSON.stringify({ type, id, ...args }));
    return this.waitFor('result', (m) => m.id === id, DEADLINE_MS, from);
  }

  close() {
    this.ws.terminate();
  }
}
