// What breaks on SRT's side: a worker that is killed or hangs, a receiver that
// vanishes, a port that is taken. RTMP notices none of it.

import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { assertRelayed } from './lib/compare.mjs';
import { publish, source } from './lib/ffmpeg.mjs';
import { children } from './lib/linux.mjs';
import { Nginx } from './lib/nginx.mjs';
import { CLEAN, FLAGGED } from './lib/places.mjs';
import { scenario } from './lib/scenario.mjs';
import { assertCarried, publishSrt, srtPort, streamId, tsSource, WITH_SRT } from './lib/srt.mjs';
import { SrtReceiver } from './lib/srt-live-transmit.mjs';
import { readTs } from './lib/ts.mjs';
import { until } from './lib/wait.mjs';
import { NOT_LOOKED_AT, Weir } from './lib/weir.mjs';

const workers = (weir) => children(weir.pid, 'weir-srt');
const system = async (weir) => (await weir.api('GET', 'system')).body;

/** The process that has PORT open: the other one is the spare. */
async function serving(weir, before) {
  return until(() => {
    const list = workers(weir).filter((pid) => !before.includes(pid));
    return list.length > 0 && list;
  }, 30000, 'a process that serves SRT is there');
}

/** Publishes again and again, as encoders do, until it is closed. */
function stubborn(s, ...args) {
  const one = { closed: false, starts: 0 };
  const run = async () => {
    while (!one.closed) {
      one.starts += 1;
      one.program = publishSrt(s, ...args);
      await one.program.ended(120000).catch(() => {});
    }
  };
  const running = run();
  s.add({
    async close() {
      one.closed = true;
      await one.program.kill();
      await running;
    },
  });
  return one;
}

scenario('weir-srt killed and hung under load: SRT comes back by itself, in and out, RTMP is whole', async (s) => {
  const nginx = await Nginx.start(s);
  const receiver = await SrtReceiver.start(s);
  const other = await SrtReceiver.start(s, {}, 'other.ts');
  const weir = await Weir.start(s, {
    ...NOT_LOOKED_AT,
    srt: { ...WITH_SRT.srt, hang_timeout_ms: 2500 },
    gate: { delay_ms: 1000, grace_ms: 60000 },
    'egress rtmp': { ...nginx.egress, app: 'rtmp' },
    'egress back': { ...nginx.egress, app: 'in' },
    'egress srt': { url: `srt://127.0.0.1:${receiver.port}`, app: 'srt' },
    'egress out': { url: `srt://127.0.0.1:${other.port}`, app: 'out' },
  });
  const review = await weir.review();
  const port = await srtPort(weir);
  const file = await source(s, CLEAN, { seconds: 16 });
  const ts = await tsSource(s, FLAGGED, { seconds: 24 });

  const overRtmp = publish(s, file, await weir.publishUrl('rtmp', 'cam'));
  // SRT in and out, SRT in and RTMP out, RTMP in and SRT out.
  const throughout = publish(s, file, await weir.publishUrl('out', 'mix'), { loop: -1 });
  const senders = [];
  for (const [app, name] of [['srt', 'cam'], ['in', 'one'], ['in', 'two']]) {
    const { secret } = await weir.key(app, name);
    senders.push(stubborn(s, ts, port, streamId(app, name, secret)));
  }
  /** All that has to do with SRT, after the N-th time that it went down. */
  const allBack = (n, from) => Promise.all(['srt/cam', 'in/one', 'in/two', 'out/mix'].map((path) => review.waitFor('stream.updated', ({ stream }) => {
    const [egress] = stream.egress;
    return stream.path === path && stream.state === 'live' && egress.state === 'live'
      && (path === 'out/mix' || stream.session > n)
      && (path.startsWith('in/') || (egress.connects > n && egress.link?.packets > 20));
  }, 30000, from)));
  await allBack(0);
  await until(async () => workers(weir).length === 2, 20000, 'one serves, one is the spare');

  for (const [n, signal] of ['SIGKILL', 'SIGSTOP'].entries()) {
    const from = review.mark;
    const list = workers(weir);
    // Whichever it is: after both have been hit it was the one that serves.
    const { srt_restarts: before } = await system(weir);
    for (const pid of list) process.kill(pid, signal);
    await review.waitFor('system.status', (m) => m.system.srt_restarts > before, 30000, from);
    const back = await allBack(n + 1, from);
    s.say(`${signal}: ${back.map(({ stream }) => `${stream.path} session ${stream.session}, ${stream.egress[0].connects} connections downstream`).join('; ')}`);
    for (const { stream } of back) {
      // What is RTMP of it did not notice.
      if (stream.path === 'out/mix') assert.equal(stream.session, 1);
      if (stream.path.startsWith('in/')) assert.equal(stream.egress[0].connects, 1);
    }
    for (const pid of list) if (workers(weir).includes(pid)) process.kill(pid, 'SIGKILL');
    await until(async () => (await system(weir)).srt_workers_ready === 1 && (await serving(weir, list)).length === 2, 30000, 'one serves, one is the spare, again');
  }
  for (const path of ['srt/cam', 'in/one', 'in/two', 'out/mix']) {
    assert.equal(review.events.filter((m) => m.type === 'stream.started' && m.stream.path === path).length, 1, `${path} is one stream all the while`);
  }
  for (const sender of senders) assert.ok(sender.starts > 2);
  assert.equal(throughout.status, null, 'its publisher noticed nothing');

  await overRtmp.finished();
  const { stream } = await review.stopped('rtmp/cam');
  assert.deepEqual([stream.session, stream.egress[0].connects, stream.packets.withheld], [1, 1, 0]);
  assertRelayed(await nginx.recorded('cam'), file);
});

scenario('a receiver that vanishes is noticed, others go on, and it is found again', async (s) => {
  const [good, bad] = [await SrtReceiver.start(s, {}, 'good.ts'), await SrtReceiver.start(s, {}, 'bad.ts')];
  const weir = await Weir.start(s, {
    ...NOT_LOOKED_AT,
    gate: { delay_ms: 500 },
    'egress good': { url: `srt://127.0.0.1:${good.port}` },
    'egress bad': { url: `srt://127.0.0.1:${bad.port}` },
  });
  const review = await weir.review();
  const file = await source(s, FLAGGED, { seconds: 12 });
  const ffmpeg = publish(s, file, await weir.publishUrl('live', 'cam'));
  const state = (m) => Object.fromEntries(m.stream.egress.map((e) => [e.name, e.state]));
  await review.waitFor('stream.updated', (m) => m.stream.egress.every((e) => e.link?.packets > 20), 20000);

  const from = review.mark;
  const at = Date.now();
  bad.signal('SIGSTOP'); // acknowledges nothing any more
  const noticed = await review.waitFor('stream.updated', (m) => state(m).bad !== 'live', 20000, from);
  s.say(`noticed after ${noticed.at - at} ms: ${noticed.stream.egress.find((e) => e.name === 'bad').error}`);
  bad.signal('SIGCONT');
  await review.waitFor('stream.updated', (m) => state(m).bad === 'live' && m.stream.egress.every((e) => e.state === 'live'), 20000, review.mark);
  await ffmpeg.finished();
  const { stream } = await review.stopped('live/cam');
  assert.equal(stream.egress.find((e) => e.name === 'good').connects, 1);
  assert.ok(stream.egress.find((e) => e.name === 'bad').connects > 1);
  const received = s.path('received-good.ts');
  writeFileSync(received, await good.finish());
  assertCarried(received, file);
  assert.ok(readTs(await bad.finish()).video.length > 20);
});

scenario('a port that is taken, a receiver that is not there, a name that leads nowhere', async (s) => {
  const taken = dgram.createSocket('udp4').bind(0, '127.0.0.1');
  await once(taken, 'listening');
  s.add({ close: () => new Promise((done) => { taken.close(done); }).catch(() => {}) });
  const { port } = taken.address();
  const nobody = await SrtReceiver.start(s);
  await nobody.close();
  const weir = await Weir.start(s, {
    ...NOT_LOOKED_AT,
    srt: { address: '127.0.0.1', port },
    gate: { delay_ms: 200 },
    'egress none': { url: `srt://127.0.0.1:${nobody.port}` },
    'egress nowhere': { url: 'srt://nowhere.invalid:9000' },
  });
  const review = await weir.review();
  await weir.says(new RegExp(`srt: can't listen on 127\\.0\\.0\\.1 port ${port}: .*; trying on`));
  assert.equal((await system(weir)).srt_workers_ready, 0);
  const file = await source(s, FLAGGED, { seconds: 20 });
  publish(s, file, await weir.publishUrl('live', 'cam'));
  const from = review.mark;
  const waits = (name) =>
    review.waitFor('stream.updated', (m) => m.stream.egress.some((e) => e.name === name && e.state === 'waiting' && e.error), 30000, from);
  await waits('none');
  const { stream } = await waits('nowhere');
  assert.match(stream.egress.find((e) => e.name === 'nowhere').error, /the host's name leads nowhere/);
  // It is tried on.
  taken.close();
  taken.close = (done) => done?.();
  assert.equal(await srtPort(weir), port);
  assert.equal((await system(weir)).srt_workers_ready, 1);
});
