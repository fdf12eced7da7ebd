// What the benchmarks of SRT need: media, the gateway with SRT, its peer, and
// the two ends around them.

import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { configText } from '../../e2e/lib/weir.mjs';
import { CONSOLE, freePort, freeUdpPort } from '../../e2e/lib/places.mjs';
import { Program, run } from '../../e2e/lib/program.mjs';
import { until } from '../../e2e/lib/wait.mjs';
import { makeFlv } from './media.mjs';
import { Teller } from './relays.mjs';

const START_MS = 30000;

/** SECONDS of the bench's media as a transport stream. */
export async function makeTs(build, { dir, kbit, seconds, say }) {
  const flv = await makeFlv(build, { dir, kbit, say });
  const file = flv.replace(/\.flv$/, `-${seconds}.ts`);
  if (existsSync(file)) return file;
  await run('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-nostdin', '-y', '-stream_loop', '-1', '-i', flv,
    '-t', String(seconds), '-c', 'copy', '-muxdelay', '0', '-f', 'mpegts', `${file}.part`], { deadline: 120000 });
  await rename(`${file}.part`, file);
  return file;
}

/** STREAMS publishers of MEDIA, who take turns on PORTS of this machine. */
export const startSrtLoad = (build, { ports, streams, media, id = 'publish:live/bench-%d', latencyMs = 120, staggerMs = 37 }) =>
  new Teller('srt-load', path.join(build, 'tests/bench/srt-load'), [
    '--port', ports.join(','), '--streams', String(streams), '--media', media,
    '--stream-id', id, '--latency-ms', String(latencyMs), '--stagger-ms', String(staggerMs),
  ]);

/** Takes any number of callers and counts what comes. */
export async function startSrtSink(build, latencyMs = 120) {
  const sink = new Teller('srt-sink', path.join(build, 'tests/bench/srt-sink'), ['--latency-ms', String(latencyMs)]);
  sink.port = (await sink.event('listening')).port;
  return sink;
}

/** The gateway: SRT in, and, with a port TO, SRT out. */
export async function startSrtWeir(build, folder, { to, delayMs, latencyMs = 120, srt = {}, sections = {} }) {
  const config = path.join(folder, 'weir.conf');
  await mkdir(folder, { recursive: true });
  await writeFile(
    config,
    configText({
      rtmp: { address: '127.0.0.1', port: 0, require_key: false },
      srt: { address: '127.0.0.1', port: 0, latency_ms: latencyMs, max_connections: 1000, max_connections_per_address: 1000, ...srt },
      http: { port: 0, console_dir: CONSOLE },
      gate: { delay_ms: delayMs },
      sampling: { mode: 'off' },
      analysis: { workers: 1 },
      ...(to && { 'egress far': { url: `srt://127.0.0.1:${to}?streamid={app}/{name}&latency=${latencyMs}` } }),
      ...sections,
    }),
  );
  const weir = new Program('weir', path.join(build, 'gateway/weir'), ['--config', config]);
  const [, port] = await weir.says(/srt: listens on \S+ port (\d+)/, START_MS);
  const [, rtmpPort, url] = await weir.says(/weir \S+: rtmp port (\d+), console (\S+)/, START_MS);
  await until(async () => (await fetch(`${url}/readyz`)).status === 200, START_MS, 'weir is ready');
  weir.ports = [Number(port)];
  weir.rtmpPort = Number(rtmpPort);
  weir.url = url;
  weir.pids = () => [weir.pid];
  weir.metrics = async () => (await fetch(`${url}/metrics`)).text();
  weir.drained = () =>
    until(async () => /^weir_streams 0$/m.test(await weir.metrics()), delayMs + START_MS, 'weir has sent what it held');
  weir.stop = async () => {
    weir.signal('SIGTERM');
    await weir.ended(45000);
  };
  return weir;
}

/** srt-live-transmit, a process a stream, each on a port of its own. */
export async function startTransmits({ streams, to, latencyMs = 120 }) {
  const list = [];
  for (let i = 0; i < streams; i += 1) {
    const port = await freeUdpPort();
    const one = new Program('srt-live-transmit', 'srt-live-transmit', ['-q', '-chunk:1316',
      `srt://127.0.0.1:${port}?mode=listener&latency=${latencyMs}`, `srt://127.0.0.1:${to}?mode=caller&latency=${latencyMs}`]);
    list.push({ one, port });
  }
  return {
    ports: list.map(({ port }) => port),
    pids: () => list.map(({ one }) => one.pid),
    metrics: async () => '',
    drained: async () => {},
    async stop() {
      for (const { one } of list) one.signal('SIGINT');
      for (const { one } of list) await one.kill();
    },
  };
}

export { freePort };
