// The relays that a bench compares, and the two ends around them.

import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { once } from 'node:events';
import { configText } from '../../e2e/lib/weir.mjs';
import { Program } from '../../e2e/lib/program.mjs';
import { CONSOLE, freePort } from '../../e2e/lib/places.mjs';
import { until } from '../../e2e/lib/wait.mjs';

const START_MS = 30000;
const NGINX = existsSync('/usr/sbin/nginx') ? '/usr/sbin/nginx' : 'nginx';
const MODULE = process.env.WEIR_NGINX_RTMP ?? '/usr/lib/nginx/modules/ngx_rtmp_module.so';

async function answers(port) {
  const socket = net.connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** A program that says what it knows in lines of JSON. */
export class Teller extends Program {
  async event(name, ms = START_MS) {
    const line = await this.out.first((l) => l.startsWith(`{"event":"${name}"`), ms, `${this.name} says ${name}`);
    return JSON.parse(line);
  }

  /** SIGTERM; its last words. */
  async finish() {
    this.signal('SIGTERM');
    const last = await this.event('end');
    await this.ended();
    return last;
  }
}

/** MEDIA: a file, or several of which publishers take one each in turn. */
export const startLoad = (build, { port, streams, media, staggerMs, tell = false }) =>
  new Teller('rtmp-load', path.join(build, 'tests/bench/rtmp-load'), [
    '--url', `rtmp://127.0.0.1:${port}/live/bench-%d`,
    '--streams', String(streams),
    '--stagger-ms', String(staggerMs),
    ...[media].flat().flatMap((file) => ['--media', file]),
    ...(tell ? ['--tell'] : []),
  ]);

export async function startSink(build, fps) {
  const sink = new Teller('rtmp-sink', path.join(build, 'tests/bench/rtmp-sink'), ['--fps', String(fps)]);
  sink.port = (await sink.event('listening')).port;
  return sink;
}

/** Receives, and pushes on to port TO if there is one. */
export async function startNginx(folder, streams, to) {
  const port = await freePort();
  const config = path.join(folder, 'nginx.conf');
  await mkdir(path.join(folder, 'logs'), { recursive: true });
  await writeFile(
    config,
    `load_module ${MODULE};
daemon off; master_process off; worker_processes 1;
pid ${folder}/nginx.pid; error_log stderr warn;
events { worker_connections ${streams * 3 + 128}; }
rtmp { access_log off; server {
  listen 127.0.0.1:${port}; chunk_size 65536; max_message 16m;
  application live { live on; ${to ? `push rtmp://127.0.0.1:${to}/live;` : ''} }
} }
`,
  );
  const nginx = new Program('nginx', NGINX, ['-p', folder, '-c', config, '-e', 'stderr']);
  await until(() => nginx.status !== null || answers(port), START_MS, 'nginx answers');
  if (nginx.status !== null) throw new Error(nginx.text);
  nginx.port = port;
  nginx.metrics = async () => '';
  nginx.drained = async () => {};
  return nginx;
}

/** An ffmpeg for each stream at PORT, and one program that looks at what they
 * decode. */
export const startChain = (build, { port, streams, entries }) =>
  new Teller('chain-look', path.join(build, 'tests/bench/chain-look'), [
    entries, String(streams), `rtmp://127.0.0.1:${port}/live/bench-%d`,
  ]);

/** One egress to port TO; nothing is looked at unless SECTIONS say so. */
export async function startWeir(build, folder, streams, to, delayMs, sections = {}) {
  const config = path.join(folder, 'weir.conf');
  await mkdir(folder, { recursive: true });
  await writeFile(
    config,
    configText({
      rtmp: {
        address: '127.0.0.1',
        port: 0,
        require_key: false,
        max_connections: streams + 64,
        max_connections_per_address: streams + 64,
      },
      srt: { port: '' },
      http: { port: 0, console_dir: CONSOLE },
      gate: { delay_ms: delayMs },
      sampling: { mode: 'off' },
      analysis: { workers: 1 },
      'egress far': { url: `rtmp://127.0.0.1:${to}/{app}/{name}` },
      ...sections,
    }),
  );
  const weir = new Program('weir', path.join(build, 'gateway/weir'), ['--config', config]);
  const [, port, url] = await weir.says(/weir \S+: rtmp port (\d+), console (\S+)/, START_MS);
  await until(async () => (await fetch(`${url}/readyz`)).status === 200, START_MS, 'weir is ready');
  weir.port = Number(port);
  weir.url = url;
  weir.token = weir.out.list.find((line) => line.startsWith('Admin token'))?.split(': ')[1];
  weir.api = async (where) =>
    (await fetch(`${url}/api/v1/${where}`, { headers: { authorization: `Bearer ${weir.token}` } })).json();
  weir.metrics = async () => (await fetch(`${url}/metrics`)).text();
  weir.drained = () =>
    until(async () => /^weir_streams 0$/m.test(await weir.metrics()), delayMs + START_MS, 'weir has sent what it held');
  return weir;
}
