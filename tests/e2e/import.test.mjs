// A list that is put into a bank: whole, or, when it is broken off, too large
// or refused, nothing of it.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { query } from './lib/database.mjs';
import { BUILD } from './lib/places.mjs';
import { Program } from './lib/program.mjs';
import { scenario } from './lib/scenario.mjs';
import { until, within } from './lib/wait.mjs';
import { NOT_LOOKED_AT, Weir } from './lib/weir.mjs';

const WHERE = '/api/v1/banks/live/import';

/** Half of its bits are set, as a picture's. */
function hashOf(n) {
  const half = createHash('sha256').update(`entry ${n}`).digest().subarray(0, 16);
  return half.toString('hex') + Buffer.from(half.map((b) => ~b)).toString('hex');
}
const sha256 = (text) => createHash('sha256').update(text).digest('hex');
/** N lines of a list, all different. */
const list = (n, from = 0) => Array.from({ length: n }, (_, i) => hashOf(from + i)).join('\n') + '\n';

async function weirctl(weir, ...args) {
  const program = new Program('weirctl', path.join(BUILD, 'gateway/weirctl'), args, { env: { WEIR_URL: weir.url, WEIR_TOKEN: weir.token } });
  const { code } = await program.ended(120000);
  return { code, lines: program.out.list, err: program.err.list };
}

async function post(weir, body, { query = '', bank = 'live', token = weir.token } = {}) {
  const answer = await weir.fetch(`/api/v1/banks/${bank}/import${query}`, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body });
  return { status: answer.status, body: await answer.json() };
}

/** A connection on which an import has begun. */
async function begin(weir, bytes, sent) {
  const socket = net.connect(new URL(weir.url).port, '127.0.0.1');
  socket.on('error', () => {});
  socket.resume();
  socket.write(`POST ${WHERE} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${weir.token}\r\nContent-Length: ${bytes}\r\n\r\n`);
  socket.write(sent);
  await until(async () => (await state(weir)).received === sent.length, 20000, 'so much has arrived');
  return socket;
}

const state = async (weir) => (await weir.api('GET', 'banks/live/import')).body;
const entries = async (weir, bank = 'live') => (await weir.api('GET', 'banks')).body.find((b) => b.name === bank).entries;
const trail = async (weir) => (await weir.api('GET', 'trail')).body.filter((r) => r.action === 'bank.import');
const idle = (weir) => until(async () => (await state(weir)).step === 'none', 20000, 'no import is under way');

scenario('a list goes in whole, with every refused line by its number', async (s) => {
  const weir = await Weir.start(s, { ...NOT_LOOKED_AT, 'bank live': {}, 'bank other': {} });
  const lines = list(20000).trim().split('\n');
  const bad = { 5: 'no hash', 777: `${hashOf(1)}0`, 15000: 'video_md5 d41d8cd98f00b204e9800998ecf8427e' };
  for (const [line, text] of Object.entries(bad)) lines.splice(line - 1, 0, text);
  lines.push(hashOf(3), '0'.repeat(64));
  const text = `${lines.join('\n')}\n`;
  const file = s.path('list of ours.txt');
  writeFileSync(file, text);

  const put = await weirctl(weir, 'bank', 'import', 'live', file);
  assert.deepEqual([put.code, put.lines], [0, ['20001 added, 1 of them quarantined; 1 already there; 3 refused. The latest pictures of all live streams are being looked through.']], put.err.join('\n'));
  const told = put.err.map((line) => line.replace(`weirctl: ${file}: `, ''));
  assert.match(told[0], /^line 5: /);
  assert.match(told[1], /^line 777: hash has 65 digits, 64 expected/);
  assert.match(told[2], /^line 15000: a signal of another type than pdq/);
  assert.equal(told.length, 3);
  assert.equal(await entries(weir), 20001);

  const again = await post(weir, text, { query: '?source=again.txt' });
  assert.equal(again.status, 200);
  assert.deepEqual([again.body.put, again.body.same, again.body.refused, again.body.lines], [0, 20002, 3, 20005]);
  assert.equal(again.body.sha256, sha256(text));

  const [second, first] = await trail(weir);
  assert.deepEqual([first.subject, first.detail.source, first.detail.sha256, first.detail.bytes], ['bank:live', 'list of ours.txt', sha256(text), text.length]);
  assert.deepEqual([first.detail.put, first.detail.same, first.detail.refused, first.detail.quarantined], [20001, 1, 3, 1]);
  assert.equal(second.detail.source, 'again.txt');
  assert.deepEqual(await weirctl(weir, 'trail', '--verify').then((v) => v.code), 0);

  // What comes out goes in again as it was, and is there after a restart.
  const out = await weirctl(weir, 'bank', 'export', 'live');
  // The API itself gives so many only page by page.
  assert.equal((await weir.api('GET', 'banks/live/entries')).status, 400);
  const { body: page } = await weir.api('GET', 'banks/live/entries?limit=3');
  const { body: next } = await weir.api('GET', `banks/live/entries?limit=2&after=${page[1].id}`);
  assert.deepEqual([page.length, next.length, next[0].id], [3, 2, page[2].id]);
  assert.equal((await weir.api('GET', 'banks/live/entries?after=gone')).status, 409);
  const copy = s.path('copy.csv');
  writeFileSync(copy, out.lines.join('\n'));
  assert.match((await weirctl(weir, 'bank', 'import', 'other', copy)).lines[0], /^20001 added, 1 of them quarantined; 0 already there; 0 refused/);
  await weir.stop();
  await weir.start();
  const same = await weirctl(weir, 'bank', 'export', 'other');
  const bare = (rows) => rows.map((row) => row.replace(/[^,]*$/, '')).sort();
  assert.deepEqual(bare(same.lines), bare(out.lines));
});

scenario('what is broken off leaves nothing', async (s) => {
  const weir = await Weir.start(s, { ...NOT_LOOKED_AT, 'bank live': {} });
  const text = list(20000);

  const gone = await begin(weir, text.length, text.slice(0, 1000000));
  const busy = await post(weir, list(3));
  assert.equal(busy.status, 429);
  assert.match(busy.body.message, /An import into live is under way; one at a time/);
  gone.destroy();
  await idle(weir);
  await weir.says(/live.*broken off after 1000000 of 1300000 bytes\. Nothing was changed/);
  assert.equal(await entries(weir), 0);
  assert.deepEqual(await trail(weir), []);

  const half = await begin(weir, text.length, text.slice(0, 1000000));
  process.kill(weir.pid, 'SIGKILL');
  await within(once(half, 'close'), 20000, 'the gateway is gone');
  await weir.program.ended();
  await weir.start();
  assert.equal(await entries(weir), 0);
  assert.deepEqual(await trail(weir), []);

  assert.equal((await post(weir, text)).body.put, 20000);
  assert.equal(await entries(weir), 20000);
});

scenario('what cannot be taken is refused before anything is changed', async (s) => {
  const weir = await Weir.start(s, { ...NOT_LOOKED_AT, 'bank live': {}, 'bank two': {}, http: { import_mb: 1 }, store: { bank_entries: 1000 } });
  const over = await post(weir, Buffer.alloc((1 << 20) + 1, 'x'));
  assert.equal(over.status, 413);
  assert.match(over.body.message, /1048577 bytes long; at most 1 MiB are taken \(\[http\] import_mb\)\. Name its file in \[bank live\] instead, and reload \(SIGHUP\)/);
  assert.equal((await post(weir, Buffer.alloc(100 << 20, 'x'))).status, 413);

  assert.equal((await post(weir, list(600))).body.put, 600);
  const many = await post(weir, list(700, 300), { bank: 'two' });
  assert.equal(many.status, 413);
  assert.match(many.body.message, /700 entries of the list would be new, and there is room for 400 \(\[store\] bank_entries, all banks together\).*\[bank two\].*SIGHUP/);
  assert.equal((await post(weir, list(700, 300))).body.put, 400, 'those that are there need no room');
  assert.deepEqual([await entries(weir), await entries(weir, 'two')], [1000, 0]);

  for (const [body, status, words] of [
    ['', 400, /The body is to be the list, and there is none/],
    ['file,quality\n1,2\n', 400, /line 1: the header has no column hash/],
    ['[1,2]', 400, /not a JSON array of strings/],
  ]) {
    const answer = await post(weir, body);
    assert.equal(answer.status, status, body);
    assert.match(answer.body.message, words);
  }
  const rubbish = await post(weir, Buffer.concat([Buffer.from(list(1)), Buffer.alloc(1 << 19, '\0\n\x80')]));
  assert.deepEqual([rubbish.body.put, rubbish.body.same], [0, 1]);
  assert.ok(rubbish.body.refused > 100);
  assert.equal(rubbish.body.refusals.length, 100);
  const note = `hash,note\n${hashOf(0)},${'x'.repeat(1001)}\n${hashOf(1)},short\n`;
  assert.deepEqual((await post(weir, note)).body.refusals, [{ line: 2, why: 'a text is longer than 1000 bytes' }]);

  assert.equal((await post(weir, list(1), { bank: 'none' })).status, 404);
  assert.equal((await post(weir, list(1), { token: 'x' })).status, 401);
  assert.equal((await post(weir, list(1), { query: '?source=%2501' })).status, 400);
  assert.equal((await weir.api('GET', 'banks/none/import')).status, 404);
  assert.deepEqual(await state(weir), { step: 'none' });
});

const NO_DELETES = `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute('BEGIN IMMEDIATE')
db.execute("CREATE TRIGGER no BEFORE DELETE ON bank_signal BEGIN SELECT RAISE (ABORT, 'not now'); END")
print('locked', flush=True)
sys.stdin.read()
db.execute('COMMIT')
`;
const DELETES = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('DROP TRIGGER no')";

/** Puts the entry with HASH in twice at once, while the store is held up; what
 * is then to be deleted stays. Rows that there are of it. */
async function putTwice(weir, hash) {
  const lock = new Program('lock', 'python3', ['-c', NO_DELETES, weir.database], { stdin: 'pipe' });
  await lock.out.first((line) => line === 'locked', 10000, 'the store is held up');
  const put = () => weir.api('POST', 'banks/live/entries', { entries: [{ hash }] });
  const both = [put(), put()];
  for (let i = 0; i < 5; i++) await weir.api('GET', 'banks'); // they have arrived
  lock.input.end();
  await lock.ended();
  const answers = (await Promise.all(both)).map((a) => a.body.entries[0]);
  assert.equal(answers[0].id, answers[1].id);
  assert.equal(answers.filter((a) => a.known).length, 1);
  return (await query(weir, 'SELECT id FROM bank_signal')).length;
}

scenario('what is stored twice when the gateway is killed is there once', async (s) => {
  const weir = await Weir.start(s, { ...NOT_LOOKED_AT, 'bank live': {} });
  assert.equal(await putTwice(weir, hashOf(1)), 2);
  assert.equal(await entries(weir), 1);
  const [{ id }] = (await weir.api('GET', 'banks/live/entries')).body;
  const kill = async () => {
    process.kill(weir.pid, 'SIGKILL');
    await weir.program.ended();
  };
  await kill();
  const drop = new Program('drop', 'python3', ['-c', DELETES, weir.database]);
  assert.equal((await drop.ended()).code, 0);
  await weir.start();
  await weir.says(/1 entries were stored twice when the gateway ended: one of each stays/);
  assert.deepEqual((await weir.api('GET', 'banks/live/entries')).body.map((e) => e.id), [id]);
  await until(async () => (await query(weir, 'SELECT id FROM bank_signal')).length === 1, 20000, 'the store has it once');
  await kill();
  await weir.start();
  assert.deepEqual((await weir.api('GET', 'banks/live/entries')).body.map((e) => e.id), [id]);
});
