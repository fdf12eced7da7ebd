// Slates are ready before they are needed; weir-muxer killed or stopped costs
// no stream anything.

import assert from 'node:assert/strict';
import { assertRelayed } from './lib/compare.mjs';
import { publish, source } from './lib/ffmpeg.mjs';
import { children } from './lib/linux.mjs';
import { Nginx } from './lib/nginx.mjs';
import { CLEAN } from './lib/places.mjs';
import { run } from './lib/program.mjs';
import { scenario } from './lib/scenario.mjs';
import { until } from './lib/wait.mjs';
import { NOT_LOOKED_AT, Weir } from './lib/weir.mjs';

const muxers = (weir) => children(weir.pid, 'weir-muxer');
const READY = /muxer: slate ready: (.*), \d+ bytes/;

scenario('weir-muxer killed and stopped: the relay is whole, slates come', async (s) => {
  const nginx = await Nginx.start(s);
  const weir = await Weir.start(s, {
    ...NOT_LOOKED_AT,
    gate: { delay_ms: 1000, slate_text: 'Gleich zurück.\\nHilfe: example.org/hilfe' },
    'egress out': nginx.egress,
  });
  const file = await source(s, CLEAN, { seconds: 12 });
  const made = s.path('made.flv');
  await run('ffmpeg', ['-nostdin', '-loglevel', 'error', '-f', 'lavfi', '-i', 'testsrc2=s=256x144:r=25', '-f', 'lavfi', '-i', 'sine=r=44100', '-t', '4', '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-c:a', 'aac', '-flvflags', 'no_duration_filesize', '-f', 'flv', made]);
  const other = await source(s, made, { name: 'other.flv' });

  // It works on nothing, and dies; what is asked for then comes all the same.
  const [first] = await until(() => muxers(weir).length === 1 && muxers(weir), 20000, 'weir-muxer is there');
  process.kill(first, 'SIGKILL');
  const one = publish(s, file, await weir.publishUrl('live', 'one'));
  assert.match((await weir.says(READY))[1], /^H\.264, 640 x 360, 30 pictures a second$/);
  assert.notEqual(muxers(weir)[0], first);

  // It hangs, and another stream comes: nobody waits for it.
  process.kill(muxers(weir)[0], 'SIGSTOP');
  const two = publish(s, other, await weir.publishUrl('live', 'two'));
  await two.finished();
  assertRelayed(await nginx.recorded('two'), other);
  process.kill(muxers(weir)[0], 'SIGCONT');
  const from = weir.lines().findIndex((line) => READY.test(line)) + 1;
  assert.match((await weir.says(READY, 30000, from))[1], /^H\.264, 256 x 144, 25 pictures a second$/);

  await one.finished();
  assertRelayed(await nginx.recorded('one'), file);
});
