// A distribution server: nginx with its RTMP module, which records all it is
// sent and tells when it begins and ends.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { freePort } from './places.mjs';
import { Program } from './program.mjs';
import { Happenings, until } from './wait.mjs';

const MODULE = process.env.WEIR_NGINX_RTMP ?? '/usr/lib/nginx/modules/ngx_rtmp_module.so';
const STREAM_MODULE = process.env.WEIR_NGINX_STREAM ?? '/usr/lib/nginx/modules/ngx_stream_module.so';
const FILE = existsSync('/usr/sbin/nginx') ? '/usr/sbin/nginx' : 'nginx';

/** TLS in front of it, on a port of its own. */
const tlsText = (n) => `
stream {
  server {
    listen 127.0.0.1:${n.tlsPort} ssl;
    ssl_certificate ${n.tls.certificate};
    ssl_certificate_key ${n.tls.key};
    proxy_pass 127.0.0.1:${n.port};
  }
}
`;

/** An application that asks HOOK who may publish, as the gateway does. */
const asking = (hook) => `
    application asked {
      live on;
      notify_method post;
      on_publish ${hook};
    }`;

const text = (n) => `
load_module ${MODULE};
${n.tls ? `load_module ${STREAM_MODULE};` : ''}
daemon off;
master_process off;
worker_processes 1;
pid ${n.folder}/nginx.pid;
error_log stderr notice;
events { worker_connections 512; }
rtmp {
  access_log off;
  server {
    listen ${n.host}:${n.port};
    chunk_size 4096;
    max_message 16m;
    notify_method get;
    application live {
      live on;
      record all;
      record_path ${n.folder};
      on_publish http://127.0.0.1:${n.told}/publish;
      on_publish_done http://127.0.0.1:${n.told}/publish_done;
      on_record_done http://127.0.0.1:${n.told}/record_done;
    }
${n.hook ? asking(n.hook) : ''}
  }
}
${n.tls ? tlsText(n) : ''}
`;

async function answers(host, port) {
  const socket = net.connect(port, host.replace(/[[\]]/g, ''));
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

export class Nginx {
  told = 0;
  events = new Happenings(); // {call, name, at}
  #program = null;
  #server;

  /** Only chooses ports and folder; start () starts it. TLS: {certificate,
   * key} to be reached by rtmps://, too. */
  static async prepare(s, { folder = 'nginx', host = '127.0.0.1', port, tls, hook } = {}) {
    const n = s.add(new Nginx());
    n.host = host;
    n.folder = s.path(folder);
    n.hook = hook;
    n.port = port ?? (await freePort());
    n.tls = tls;
    if (tls) n.tlsPort = await freePort();
    await mkdir(path.join(n.folder, 'logs'), { recursive: true });
    n.#server = http.createServer((request, response) => {
      const { searchParams } = new URL(request.url, 'http://x');
      n.events.add({ call: searchParams.get('call'), name: searchParams.get('name'), at: Date.now() });
      response.end();
    });
    n.#server.listen(0, '127.0.0.1');
    await once(n.#server, 'listening');
    n.told = n.#server.address().port;
    return n;
  }

  static async start(s, options) {
    const n = await Nginx.prepare(s, options);
    await n.start();
    return n;
  }

  async start() {
    const config = path.join(this.folder, 'nginx.conf');
    await writeFile(config, text(this));
    this.#program = new Program('nginx', FILE, ['-p', this.folder, '-c', config, '-e', 'stderr']);
    await until(async () => {
      assert.equal(this.#program.status, null, this.#program.text);
      return answers(this.host, this.port);
    }, 10000, 'nginx answers');
  }

  get url() {
    return `rtmp://${this.host}:${this.port}/live/{name}`;
  }

  get tlsUrl() {
    return `rtmps://localhost:${this.tlsPort}/live/{name}`;
  }

  get egress() {
    return { url: this.url };
  }

  file(name) {
    return path.join(this.folder, `${name}.flv`);
  }

  async size(name) {
    return (await stat(this.file(name)).catch(() => ({ size: 0 }))).size;
  }

  published(name, ms = 20000, from = 0) {
    return this.events.first((e) => e.call === 'publish' && e.name === name, ms, `nginx gets ${name}`, from);
  }

  /** The recording is complete. Returns its path. */
  async recorded(name, ms = 20000, from = 0) {
    await this.events.first((e) => e.call === 'record_done' && e.name === name, ms, `nginx has recorded ${name}`, from);
    return this.file(name);
  }

  /** It has got all that was published. Returns the recording's path. */
  async ended(name, ms = 20000) {
    await this.events.first((e) => e.call === 'publish_done' && e.name === name, ms, `nginx has all of ${name}`);
    return this.file(name);
  }

  count(call, name) {
    return this.events.list.filter((e) => e.call === call && e.name === name).length;
  }

  freeze() {
    this.#program.signal('SIGSTOP');
  }

  thaw() {
    this.#program.signal('SIGCONT');
  }

  async kill() {
    await this.#program?.kill();
    this.#program = null;
  }

  lines() {
    return this.#program?.err.list.map((line) => `nginx: ${line}`) ?? [];
  }

  async close() {
    await this.kill();
    this.#server.closeAllConnections?.();
    this.#server.close();
  }
}
