// Analyzers that hang, run out of memory or are of another build: how long
// their streams wait is shown, and nobody else notices.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { chmod, copyFile, mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { demux } from './lib/clips.mjs';
import { EnhancedSender } from './lib/enhanced-sender.mjs';
import { publish, source } from './lib/ffmpeg.mjs';
import { children } from './lib/linux.mjs';
import { BUILD, CLEAN } from './lib/places.mjs';
import { run } from './lib/program.mjs';
import { byFourCc } from './lib/rtmp-bodies.mjs';
import { scenario } from './lib/scenario.mjs';
import { until } from './lib/wait.mjs';
import { Weir } from './lib/weir.mjs';
import { Witness } from './lib/witness.mjs';

const STREAMS = 6;
const HANG_MS = 1000;
const OPEN = { rtmp_require_key: false };
const analyzers = (weir) => children(weir.pid, 'weir-analyzer');
/** Ticks of CPU that a process has used. */
const cpu = (pid) => readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ').slice(11, 13).reduce((sum, n) => sum + Number(n), 0);
const figure = async (weir, name) => Number((await (await weir.fetch('/metrics')).text()).match(new RegExp(`^${name} (\\S+)$`, 'm'))[1]);

scenario('an analyzer that hangs with six streams: each is looked at elsewhere', async (s) => {
  const witness = await Witness.create(s);
  const weir = await Weir.start(s, { ...witness.sections, gate: { delay_ms: 1000 }, analysis: { workers: 2, hang_timeout_ms: HANG_MS }, 'app cams': OPEN });
  const review = await weir.review();
  await witness.start(weir, review);
  const file = await source(s, CLEAN, { seconds: 16 });
  for (let n = 0; n < STREAMS; n += 1) publish(s, file, await weir.publishUrl('cams', `cam${n}`, 'x'), { loop: -1 });
  const done = async () => new Map((await weir.api('GET', 'streams')).body.filter((one) => /^cams/.test(one.path)).map((one) => [one.path, one.sampling.done]));
  await until(async () => (await done()).size === STREAMS && [...(await done()).values()].every((n) => n > 1), 20000, 'all are looked at');
  await until(() => analyzers(weir).length === 3, 20000, 'the spare is there');

  // Once the spare takes its place, once there is none.
  for (const [words, count] of [['the one that works most', 1], ['all three', 3]]) {
    const restarts = (await weir.api('GET', 'system')).body.analyzers_restarts;
    await witness.through(words, async () => {
      const began = new Map(analyzers(weir).map((pid) => [pid, cpu(pid)]));
      const start = await done();
      await until(async () => [...(await done())].every(([name, n]) => n > start.get(name) + 1), 20000, 'all are looked at twice');
      const stopped = [...began.keys()].sort((a, b) => cpu(b) - began.get(b) - cpu(a) + began.get(a)).slice(0, count);
      const before = await done();
      const stoppedAt = performance.now();
      for (const pid of stopped) process.kill(pid, 'SIGSTOP');
      const waited = [];
      await Promise.all([...before].map(([name, n]) => until(async () => (await done()).get(name) > n + 1, 30000, `${name} is looked at`)
        .then(() => waited.push(Math.round(performance.now() - stoppedAt)))));
      s.say(`${words} stopped: two pictures of each of ${STREAMS} streams after ${waited.sort((a, b) => a - b).join(', ')} ms (timeout ${HANG_MS} ms, a picture every 2 s)`);
      for (const pid of analyzers(weir).filter((p) => stopped.includes(p))) process.kill(pid, 'SIGCONT');
    });
    const { body } = await weir.api('GET', 'system');
    s.say(`${words}: ${body.analyzers_restarts - restarts} replaced; moves take ${await figure(weir, 'weir_analyzers_move_us')} us, at most ${await figure(weir, 'weir_analyzers_move_max_us')} us`);
    assert.ok(body.analyzers_restarts > restarts);
    assert.ok((await figure(weir, 'weir_analyzers_move_us')) > 0);
    assert.equal(body.analyzers_apart, 0, 'nobody is to blame');
    await until(async () => analyzers(weir).length === 3 && (await weir.api('GET', 'system')).body.analyzers_ready === 2, 20000, 'all are there again');
  }
  await witness.finish();
});

// With AddressSanitizer data has no limit.
if (!process.env.WEIR_SANITIZED) {
  scenario('a stream whose pictures take all memory is analysed alone, and slower', async (s) => {
    const witness = await Witness.create(s);
    const weir = await Weir.start(s, {
      ...witness.sections,
      gate: { delay_ms: 1000, grace_ms: 0 },
      analysis: { workers: 1, max_memory_mb: 128 },
      'app large': { ...OPEN, limits_max_long_side: 0, limits_max_short_side: 0 },
    });
    const review = await weir.review();
    await witness.start(weir, review);
    // Few bytes: 50 MiB a picture, of which a decoder has several.
    const file = s.path('large.mp4');
    await run('ffmpeg', ['-nostdin', '-v', 'error', '-f', 'lavfi', '-i', 'color=gray:size=8192x4320', '-frames:v', '1', '-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-preset', 'ultrafast', file]);
    const [config, picture] = await demux(file);
    const messages = [config, ...Array.from({ length: 600 }, (_, i) => ({ ...picture, dts: i * 500, pts: i * 500 }))];
    const sender = EnhancedSender.start(s, messages, `rtmp://127.0.0.1:${weir.port}/large/cam`, (m) => [byFourCc(m)]);
    const apart = await review.waitFor('stream.updated', (m) => m.stream.path === 'large/cam' && /analyzers down/.test(m.stream.notice ?? ''), 60000);
    s.say(apart.stream.notice);
    await weir.says(/stream \d+ brought 3 analyzers down: looked at alone and slower/);
    const { body } = await weir.api('GET', 'system');
    s.say(`${body.analyzers_restarts} analyzers went down; moves take ${await figure(weir, 'weir_analyzers_move_us')} us, at most ${await figure(weir, 'weir_analyzers_move_max_us')} us`);
    assert.ok(body.analyzers_restarts >= 3);
    assert.equal(body.analyzers_apart, 1);
    assert.equal(await figure(weir, 'weir_streams_apart'), 1);

    // From here on only its own process goes down, and ever less often.
    await witness.isLookedAt();
    const skipped = await weir.stream('large/cam');
    await until(async () => {
      const { sampling } = await weir.stream('large/cam');
      return sampling.skipped > skipped.sampling.skipped + 2 && /only some are looked at/.test(sampling.skip_reason);
    }, 20000, 'most of its pictures are not looked at');
    await witness.isLookedAt();
    assert.equal((await weir.stream('large/cam')).state, 'live', 'it is relayed all the same');
    assert.equal((await weir.stream('live/witness')).sampling.skip_reason?.match(/only some/) ?? null, null);
    sender.close();
    await witness.finish();
  });
}

// As packages that are changed under a running gateway.
scenario("another build's analyzer is refused in words, and those of before go on", async (s) => {
  const bin = s.path('bin');
  await mkdir(bin);
  await copyFile(path.join(BUILD, 'gateway/weir'), path.join(bin, 'weir'));
  for (const name of ['weir-muxer', 'weir-srt', 'weir-analyzer']) await symlink(path.join(BUILD, 'gateway', name), path.join(bin, name));
  const witness = await Witness.create(s);
  const weir = await Weir.start(s, { ...witness.sections, gate: { delay_ms: 1000 }, analysis: { workers: 1 } }, { program: path.join(bin, 'weir') });
  const review = await weir.review();
  await witness.start(weir, review);
  await until(() => analyzers(weir).length === 2, 20000, 'the spare is there');

  const foreign = path.join(bin, 'foreign');
  await writeFile(foreign, "#!/bin/sh\nprintf '\\0\\0\\0\\011\\001WEIR\\377\\377\\0\\001x' >&3\nexec cat <&3 >/dev/null\n");
  await chmod(foreign, 0o755);
  await rename(foreign, path.join(bin, 'weir-analyzer'));
  const from = review.mark;
  process.kill(analyzers(weir)[0], 'SIGKILL');
  const words = /speaks version 65535 of the messages, \d+ expected: it is not of this gateway's build/;
  const told = await review.waitFor('system.status', (m) => words.test(m.system.analyzers_error ?? ''), 30000, from);
  s.say(told.system.analyzers_error);
  await weir.says(words);
  await witness.isLookedAt();
  await witness.isLookedAt();
  const { body } = await weir.api('GET', 'system');
  assert.match(body.analyzers_error, words);
  assert.ok(body.analyzers_restarts < 12, `${body.analyzers_restarts} were started: ever fewer`);
  await witness.finish();
});
