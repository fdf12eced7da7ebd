// An entry that is disabled for a time opens no cases until then, counts again by
// itself, or when somebody says so.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { publish, source } from './lib/ffmpeg.mjs';
import { BANK, BUILD, FLAGGED } from './lib/places.mjs';
import { Program } from './lib/program.mjs';
import { scenario } from './lib/scenario.mjs';
import { Weir } from './lib/weir.mjs';

scenario('a disabled entry comes back by itself', async (s) => {
  const hash = (await readFile(BANK, 'utf8')).split('\n').filter((line) => /^[0-9a-f]{64}/.test(line))[0].slice(0, 64);
  const list = s.path('list.csv');
  await writeFile(list, `hash,entry\n${hash},film\n`);
  const weir = await Weir.start(s, {
    'bank live': { file: list, radius: 63 },
    gate: { delay_ms: 8000, shutdown_timeout_ms: 500 },
  });
  const ctl = async (...args) => {
    const program = new Program('weirctl', `${BUILD}/gateway/weirctl`, args, { env: { WEIR_URL: weir.url, WEIR_TOKEN: weir.token } });
    const { code } = await program.ended();
    return [code, [...program.out.list, ...program.err.list].join('\n')];
  };
  assert.deepEqual(await ctl('bank', 'disable', 'live', 'nobody', '--for', '2h'), [1, 'weirctl: The bank has no entry of this name, hash or id.']);
  const [code, said] = await ctl('bank', 'disable', 'live', 'film', '--for', '2h', '--note', 'a rerun');
  assert.equal(code, 0, said);
  assert.match(said, /^Matches of film do not count until \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ\.$/);
  assert.match((await ctl('bank', 'quarantined', 'live'))[1], /^film +disabled until \S+ \S+ +\S+ \S+ +admin +disabled by admin: a rerun$/m);

  const review = await weir.review();
  const flagged = await source(s, FLAGGED, { from: 4, seconds: 7 });
  publish(s, flagged, await weir.publishUrl('live', 'cam'), { loop: -1 });
  await review.waitFor('stream.updated', (m) => m.stream.sampling.done >= 4, 40000);
  assert.deepEqual((await weir.api('GET', 'cases')).body, []);
  assert.equal((await ctl('bank', 'disable', 'live', hash, '--for', '1s'))[0], 0);
  assert.equal((await review.caseOpened('live/cam', 40000)).entry, 'film');

  // What is put in with a time of its own, and enabled before.
  const until = Date.now() + 3600000;
  const { body } = await weir.api('POST', 'banks/live/entries', { entries: [{ hash: hash.replace(/^./, (c) => (c === '0' ? '1' : '0')), entry: 'mine', disable_until_ms: until }] });
  const mine = async () => (await weir.api('GET', 'banks/live/entries')).body[0];
  assert.equal((await mine()).disable_until_ms, until);
  assert.deepEqual(await ctl('bank', 'enable', 'live', body.entries[0].id), [0, `Matches of ${body.entries[0].id} count again.`]);
  assert.equal((await mine()).disable_until_ms, 0);
  assert.match((await ctl('bank', 'enable', 'live', 'mine'))[1], /^weirctl: It is not disabled\.$/);
  assert.match((await ctl('bank', 'disable', 'live', 'mine', '--until', '2020-01-01 00:00'))[1], /"until_ms" must be a time to come/);
  assert.equal((await ctl('bank', 'disable', 'live', 'mine', '--until', new Date(until).toISOString()))[0], 0);
  assert.ok(Math.abs((await mine()).disable_until_ms - until) < 1000);
  await weir.stop();
  await weir.start();
  assert.match((await mine()).quarantined, /^disabled by admin$/);
  const actions = (await weir.api('GET', 'trail')).body.map((r) => r.action);
  assert.ok(actions.includes('bank.disable') && actions.includes('bank.enable'));
});
