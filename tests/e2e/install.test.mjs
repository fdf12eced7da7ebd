// What `meson install` puts into a prefix runs from there, as its systemd unit
// lets it.

import assert from 'node:assert/strict';
import { access, chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { publish, source } from './lib/ffmpeg.mjs';
import { BUILD, FLAGGED } from './lib/places.mjs';
import { Program, run } from './lib/program.mjs';
import { scenario } from './lib/scenario.mjs';
import { Weir, WITH_BANK } from './lib/weir.mjs';

const NO_NEW_CODE = fileURLToPath(new URL('lib/no-new-code.py', import.meta.url));
const UNIT_FILTER = fileURLToPath(new URL('lib/unit-filter.py', import.meta.url));
const EXPOSURE_MAX = 15; // tenths; systemd calls up to 1.9 "OK"

async function install(s) {
  const root = s.path('root');
  await run('meson', ['install', '-C', BUILD, '--no-rebuild', '--quiet', '--destdir', root]);
  const { out } = await run('meson', ['introspect', BUILD, '--buildoptions']);
  const options = Object.fromEntries(JSON.parse(out.list.join('\n')).map((o) => [o.name, o.value]));
  const prefix = path.join(root, options.prefix);
  return { root, prefix, bin: path.join(prefix, options.bindir), data: path.join(prefix, options.datadir), lib: path.join(prefix, options.libdir) };
}

/** PROGRAM behind the unit's filter of system calls, and under the same rule as
 * MemoryDenyWriteExecute=, where there is it. */
async function restricted(s, program, unit) {
  const wrapper = s.path('restricted');
  const probe = new Program('probe', 'python3', [NO_NEW_CODE, '/bin/true']);
  const hasRule = (await probe.ended()).code !== 77;
  if (!hasRule) s.say('this kernel has no PR_SET_MDWE: runs without');
  const inner = hasRule ? `/usr/bin/python3 '${NO_NEW_CODE}' '${program}'` : `'${program}'`;
  await writeFile(wrapper, `#!/bin/sh\nexec python3 '${UNIT_FILTER}' '${unit}' ${inner} "$@"\n`);
  await chmod(wrapper, 0o755);
  return wrapper;
}

const unitOf = (prefix) => path.join(prefix, 'lib/systemd/system/weir.service');

scenario('the installed gateway finds console and analyzer, and flags', async (s) => {
  const { prefix, bin, data, lib } = await install(s);
  const state = s.path('state');
  await mkdir(state);
  const weir = await Weir.start(
    s,
    { ...WITH_BANK, http: { port: 0, console_dir: null }, gate: { delay_ms: 3000 }, store: { path: 'kept.db' } },
    // Looking for leaks takes ptrace, which the unit does not allow.
    {
      program: await restricted(s, path.join(bin, 'weir'), unitOf(prefix)),
      env: { STATE_DIRECTORY: state, ...(process.env.WEIR_SANITIZED && { ASAN_OPTIONS: 'detect_leaks=0' }) },
    },
  );
  const page = await (await weir.fetch('/')).text();
  assert.match(page, /<title>/);
  assert.equal((await weir.fetch('/app/main.js')).status, 200);
  const review = await weir.review();
  const file = await source(s, FLAGGED, { from: 4, seconds: 7 });
  publish(s, file, await weir.publishUrl('live', 'cam'));
  const opened = await review.caseOpened('live/cam');
  assert.equal((await weir.fetch(opened.still, { headers: { authorization: `Bearer ${weir.token}` } })).status, 200, 'the still is there');
  assert.ok((await readFile(path.join(state, 'kept.db'))).length > 0, 'the store is in the state directory');

  const { out } = await run(path.join(bin, 'weirctl'), ['streams'], { env: { WEIR_URL: weir.url, WEIR_TOKEN: weir.token } });
  assert.match(out.list.join('\n'), /live\/cam/);
  await run(path.join(bin, 'weir'), ['--check-config', path.join(data, 'doc/weir/weir.conf.sample')]);
  assert.ok((await readFile(path.join(data, 'bash-completion/completions/weirctl'), 'utf8')).includes('weirctl'));
  const env = { GST_PLUGIN_PATH: path.join(lib, 'gstreamer-1.0'), GST_REGISTRY: s.path('registry') };
  // A program built without sanitizers can't load a module built with them.
  if (process.env.WEIR_SANITIZED) await access(path.join(env.GST_PLUGIN_PATH, 'libgstweir.so'));
  else await run('gst-inspect-1.0', ['weirpdq'], { env });
});

scenario('its systemd unit is sound, and shuts away what it does not need', async (s) => {
  const { root, prefix, bin } = await install(s);
  const unit = s.path('weir.service');
  const text = await readFile(unitOf(prefix), 'utf8');
  assert.ok(text.includes(`ExecStart=${path.join('/', path.relative(root, bin))}/weir `), 'it starts what is beside it');
  await writeFile(unit, text.replaceAll(/=(?=.*\/weir --)/g, `=${root}`));
  const { err } = await run('systemd-analyze', ['verify', '--man=no', unit]);
  assert.deepEqual(err.list.filter((line) => line.startsWith('weir.service')), []);
  const { out } = await run('systemd-analyze', ['security', '--no-pager', '--offline=true', `--threshold=${EXPOSURE_MAX}`, unit]);
  s.say(out.list.find((line) => /Overall exposure/.test(line)).trim());
  for (const kind of ['sysusers', 'tmpfiles']) await readFile(path.join(prefix, `lib/${kind}.d/weir.conf`));
});
