// What a service manager hears: systemd's sd_notify(3).

import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { publish, source } from './lib/ffmpeg.mjs';
import { CLEAN } from './lib/places.mjs';
import { Program } from './lib/program.mjs';
import { scenario } from './lib/scenario.mjs';
import { NOT_LOOKED_AT, Weir } from './lib/weir.mjs';

const MANAGER = fileURLToPath(new URL('lib/notify-socket.py', import.meta.url));

class Manager {
  static async start(s, address) {
    const m = s.add(new Manager());
    m.program = new Program('manager', 'python3', [MANAGER, address]);
    await m.program.out.first((line) => line === '"bound"', 10000, 'the manager listens');
    return m;
  }

  get mark() {
    return this.program.out.list.length;
  }

  hears(pattern, ms = 15000, from = 0) {
    return this.program.out.first((line) => pattern.test(JSON.parse(line)), ms, `the manager hears ${pattern}`, from);
  }

  close() {
    return this.program.kill();
  }
}

for (const [kind, where] of [['a path', (s) => s.path('notify')], ['an abstract name', () => `@weir-e2e-${process.pid}`]]) {
  scenario(`the manager at ${kind} hears of start, life, reload and end`, async (s) => {
    const address = where(s);
    const manager = await Manager.start(s, address);
    const env = { NOTIFY_SOCKET: address, WATCHDOG_USEC: '400000' };
    const weir = await Weir.start(s, { ...NOT_LOOKED_AT, gate: { delay_ms: 500, shutdown_timeout_ms: 4000 } }, { env });
    const review = await weir.review();
    await manager.hears(/^READY=1$/);
    await manager.hears(/^STATUS=0 streams, 0 open cases$/);
    let from = manager.mark;
    await manager.hears(/^WATCHDOG=1$/, 5000, from);

    const file = await source(s, CLEAN, { seconds: 16 });
    publish(s, file, await weir.publishUrl('live', 'cam'));
    await review.waitFor('stream.started');
    await manager.hears(/^STATUS=1 streams, 0 open cases$/);
    from = manager.mark;
    await manager.hears(/^WATCHDOG=1$/, 5000, from); // and again

    weir.program.signal('SIGHUP');
    await manager.hears(/^RELOADING=1\nMONOTONIC_USEC=\d+$/);
    await manager.hears(/^READY=1$/, 5000, from);

    await weir.stop();
    await manager.hears(/^STOPPING=1\nEXTEND_TIMEOUT_USEC=14000000$/);
  });
}

scenario('without a watchdog none is fed; an address that is none is complained of', async (s) => {
  const address = s.path('notify');
  const manager = await Manager.start(s, address);
  const quiet = await Weir.start(s, NOT_LOOKED_AT, { folder: 'quiet', env: { NOTIFY_SOCKET: address, WATCHDOG_USEC: '2000', WATCHDOG_PID: '1' } });
  await quiet.stop();
  await manager.hears(/^STOPPING=1/);
  assert.ok(!manager.program.out.list.some((line) => /WATCHDOG/.test(line)));
  const wrong = await Weir.start(s, NOT_LOOKED_AT, { folder: 'wrong', env: { NOTIFY_SOCKET: 'vsock:2:1' } });
  await wrong.says(/NOTIFY_SOCKET is no address: vsock:2:1/);
});
