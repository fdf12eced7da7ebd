// A platform's own server, which is asked who may publish.

import { once } from 'node:events';
import http from 'node:http';
import { Happenings } from './wait.mjs';

export class HookServer {
  asked = new Happenings(); // {method, path, headers, body, fields: [[name, value]], form: {name: value}}
  gone = new Happenings(); // the same requests, when the asker closed before it was answered
  #server;

  /** ANSWER(request, response) does what it likes with the response. */
  static async start(s, answer) {
    const server = s.add(new HookServer());
    server.answer = answer;
    server.#server = http.createServer((request, response) => server.#take(request, response));
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    server.url = `http://127.0.0.1:${server.#server.address().port}/on_publish`;
    return server;
  }

  async #take(request, response) {
    const parts = [];
    try {
      for await (const part of request) parts.push(part);
    } catch {
      return; // it left while it asked
    }
    const body = Buffer.concat(parts).toString('latin1');
    const fields = [...new URLSearchParams(body)];
    const asked = { method: request.method, path: request.url, headers: request.headers, body, fields, form: Object.fromEntries(fields) };
    response.on('close', () => {
      if (!response.writableFinished) this.gone.add(asked);
    });
    response.on('error', () => {});
    this.asked.add(asked);
    this.answer(asked, response);
  }

  /** The section of weir.conf. */
  get section() {
    return { url: this.url };
  }

  close() {
    this.#server.closeAllConnections?.();
    this.#server.close();
  }
}

/** What HookServer.answer may do. */
export const status = (code, headers = {}) => (_, response) => response.writeHead(code, headers).end();
export const hang = () => {};
export const hangUp = (_, response) => response.socket.destroy();
export const giant = (_, response) => {
  const block = Buffer.alloc(65536, 0x78);
  const more = () => {
    while (!response.destroyed && response.write(block));
    if (!response.destroyed) response.once('drain', more);
  };
  response.writeHead(200);
  more();
};
