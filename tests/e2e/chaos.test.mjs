// Analyzers that are killed or hang cost a picture, never a stream.

import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { assertRelayed } from './lib/compare.mjs';
import { publish, source } from './lib/ffmpeg.mjs';
import { children } from './lib/linux.mjs';
import { Nginx } from './lib/nginx.mjs';
import { CLEAN, FLAGGED } from './lib/places.mjs';
import { scenario } from './lib/scenario.mjs';
import { until } from './lib/wait.mjs';
import { Weir, WITH_BANK } from './lib/weir.mjs';

const KILLS = 10;
const HANG_MS = 1500;
// It may be gone meanwhile.
const signal = (pid, name) => { try { process.kill(pid, name); } catch (error) { if (error.code !== 'ESRCH') throw error; } };
const analyzers = (weir) => children(weir.pid, 'weir-analyzer');

scenario('analyzers killed, hung and starved: the relay is whole, cases still open', async (s) => {
  const nginx = await Nginx.start(s);
  const weir = await Weir.start(s, {
    ...WITH_BANK,
    gate: { delay_ms: 1000 },
    analysis: { workers: 1, hang_timeout_ms: HANG_MS },
    'egress out': { ...nginx.egress, app: 'live' },
  });
  const review = await weir.review();
  const file = await source(s, CLEAN, { seconds: 16 });
  const ffmpeg = publish(s, file, await weir.publishUrl('live', 'cam'));
  await review.waitFor('stream.updated', (m) => m.stream.sampling.done > 0);

  const dead = new Set();
  for (let n = 1; n <= KILLS; n += 1) {
    const [pid] = await until(() => {
      const list = analyzers(weir).filter((p) => !dead.has(p));
      return list.length > 0 && list;
    }, 20000, `analyzer ${n} is there`);
    dead.add(pid);
    process.kill(pid, 'SIGKILL');
    const { system } = await review.waitFor('system.status', (m) => m.system.analyzers_restarts >= n, 20000);
    assert.equal(system.analyzers, 1);
  }
  const from = review.mark;
  await until(async () => (await weir.fetch('/readyz')).status === 200, 20000, 'an analyzer is ready again');
  assert.equal((await weir.api('GET', 'system')).body.analyzers_restarts, KILLS);
  assert.ok(!analyzers(weir).some((pid) => dead.has(pid)));

  await until(() => analyzers(weir).length === 2, 20000, 'a worker and its spare are there');
  const flagged = await source(s, FLAGGED, { from: 6, seconds: 4, name: 'flagged.flv' });
  const bad = publish(s, flagged, await weir.publishUrl('other', 'bad'));
  const c = await review.caseOpened('other/bad');
  assert.equal(c.bank, 'demo');
  await bad.finished();

  // Both hang: whichever has a picture next is replaced, and so is the other.
  const stopped = analyzers(weir);
  for (const pid of stopped) process.kill(pid, 'SIGSTOP');
  const at = Date.now();
  const worse = publish(s, flagged, await weir.publishUrl('other', 'worse'));
  const hung = await review.waitFor('system.status', (m) => m.system.analyzers_restarts > KILLS, 20000, from);
  s.say(`replaced ${hung.at - at} ms after the publisher came, timeout ${HANG_MS} ms`);
  await until(() => analyzers(weir).some((pid) => !stopped.includes(pid)), 10000, 'a new analyzer is there');
  for (const pid of analyzers(weir).filter((p) => stopped.includes(p))) process.kill(pid, 'SIGCONT');
  assert.equal((await review.caseOpened('other/worse')).bank, 'demo');
  await worse.finished();

  await ffmpeg.finished();
  const end = await review.stopped('live/cam');
  assert.equal(end.stream.session, 1);
  assert.equal(end.stream.cases_open, 0);
  s.say(`pictures: ${JSON.stringify(end.stream.sampling)}`);
  assertRelayed(await nginx.recorded('cam'), file);

  // They get a quarter of a core each, in pieces.
  const later = publish(s, file, await weir.publishUrl('live', 'later'));
  const hungry = publish(s, flagged, await weir.publishUrl('other', 'hungry'));
  const opened = review.caseOpened('other/hungry').finally(() => { starving = false; });
  let starving = true;
  while (starving) {
    const list = analyzers(weir);
    for (const pid of list) signal(pid, 'SIGSTOP');
    await delay(300);
    for (const pid of list) signal(pid, 'SIGCONT');
    await delay(100);
  }
  assert.equal((await opened).bank, 'demo');
  await hungry.finished();
  assert.equal((await weir.api('GET', 'system')).body.analyzers_apart, 0, 'nobody is to blame');
  const [, longest] = (await (await weir.fetch('/metrics')).text()).match(/^weir_analyzers_move_max_us (\d+)$/m);
  s.say(`from an analyzer's loss to the first answer in its place: ${longest} us at most`);
  assert.ok(Number(longest) > 0);
  await later.finished();
  await review.stopped('live/later');
  assertRelayed(await nginx.recorded('later'), file);
});
