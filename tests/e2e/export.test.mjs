// A bank's entries as a list: in every form, of its file and of what was put
// in, as slowly as they are taken.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { BUILD } from './lib/places.mjs';
import { Program } from './lib/program.mjs';
import { scenario } from './lib/scenario.mjs';
import { until, within } from './lib/wait.mjs';
import { NOT_LOOKED_AT, Weir } from './lib/weir.mjs';

/** Half of its bits are set, as a picture's. */
function hashOf(n) {
  const half = createHash('sha256').update(`entry ${n}`).digest().subarray(0, 16);
  return half.toString('hex') + Buffer.from(half.map((b) => ~b)).toString('hex');
}

async function weirctl(weir, ...args) {
  const program = new Program('weirctl', path.join(BUILD, 'gateway/weirctl'), args, { env: { WEIR_URL: weir.url, WEIR_TOKEN: weir.token } });
  const { code } = await program.ended(120000);
  return { code, lines: program.out.list, err: program.err.list.join('\n') };
}

const memory = (pid) => Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/^RssAnon:\s+(\d+) kB/m)[1]);

scenario('a bank goes out in every form, its file too', async (s) => {
  const file = s.path('list.csv');
  writeFileSync(file, `hash,quality,entry,item,note\n${hashOf(1)},90,one,film,"a, ""b"""\n${hashOf(2)},20,two,film,\n`);
  const weir = await Weir.start(s, { ...NOT_LOOKED_AT, 'bank live': { file }, 'bank other': {} });
  const put = await weir.api('POST', 'banks/live/entries', { entries: [{ hash: hashOf(3), entry: 'three', opinion: 'positive', label: 'l' }] });
  const { id } = put.body.entries[0];
  await weir.api('POST', 'banks/other/entries', { entries: [{ hash: hashOf(9) }] });

  const head = 'hash,quality,disable_until,entry,item,label,owner,opinion,note,id';
  const one = `${hashOf(1)},90,,one,film,,,,"a, ""b""",`;
  const two = `${hashOf(2)},20,,two,film,,,,,`;
  const three = `${hashOf(3)},100,,three,three,l,,positive,,${id}`;
  const out = async (...args) => {
    const { code, lines, err } = await weirctl(weir, 'bank', 'export', 'live', ...args);
    assert.equal(code, 0, err);
    return lines;
  };
  assert.deepEqual(await out(), [head, three]);
  assert.deepEqual(await out('--source', 'file'), [head, one, two]);
  assert.deepEqual(await out('--source', 'all'), [head, one, two, three]);
  for (const format of ['text', 'lines']) assert.deepEqual(await out('--source', 'all', '--format', format), [1, 2, 3].map(hashOf));
  const objects = (await out('--source=all', '--format=ndjson')).map((line) => JSON.parse(line));
  const none = { label: '', owner: '', opinion: '', note: '', disable_until_ms: 0 };
  assert.deepEqual(objects, [
    { ...none, hash: hashOf(1), source: 'file', quality: 90, entry: 'one', item: 'film', note: 'a, "b"' },
    { ...none, hash: hashOf(2), source: 'file', quality: 20, entry: 'two', item: 'film' },
    { ...none, hash: hashOf(3), source: 'added', quality: 100, entry: 'three', item: 'three', label: 'l', opinion: 'positive', id },
  ]);
  assert.equal(JSON.parse((await out('--format=vpdq-json', '--source=file')).join('')).length, 2);
  assert.equal(JSON.parse((await weirctl(weir, '--json', 'bank', 'export', 'live')).lines.join(''))[0].id, id);

  for (const [args, words] of [
    [['none'], /There is no bank of this name/],
    [['live', '--format', 'cvs'], /csv/],
    [['live', '--source', 'fil'], /file/],
  ]) {
    const { code, lines, err } = await weirctl(weir, 'bank', 'export', ...args);
    assert.notEqual(code, 0);
    assert.deepEqual(lines, []);
    assert.match(err, words);
  }
  const get = (query, token = weir.token) => weir.fetch(`/api/v1/banks/live/export${query}`, { headers: { authorization: `Bearer ${token}` } });
  const csv = await get('');
  assert.deepEqual([csv.status, csv.headers.get('content-type'), await csv.text()], [200, 'text/csv; charset=utf-8', `${head}\n${three}\n`]);
  assert.match((await (await get('?format=x')).json()).message, /"format" must be one of text, ndjson, lines/);
  assert.match((await (await get('?source=x')).json()).message, /"source" must be added, file or all/);
  assert.equal((await get('', 'x')).status, 401);
});

scenario('a long list goes out as it is taken, and is not kept in memory', async (s) => {
  const file = s.path('long.txt');
  const n = 200000;
  writeFileSync(file, Array.from({ length: n }, (_, i) => `${hashOf(i)}\n`).join(''));
  const weir = await Weir.start(s, { ...NOT_LOOKED_AT, 'bank live': { file } });
  const began = memory(weir.pid);
  const begin = () => {
    const socket = net.connect(new URL(weir.url).port, '127.0.0.1');
    socket.write(`GET /api/v1/banks/live/export?format=ndjson&source=file HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${weir.token}\r\n\r\n`);
    return socket;
  };
  const slow = begin();
  const chunks = [];
  const first = new Promise((resolve) => slow.once('data', (chunk) => { slow.pause(); chunks.push(chunk); resolve(); }));
  await within(first, 20000, 'it begins');
  for (let i = 0; i < 20; i++) await weir.api('GET', 'banks');
  assert.ok(memory(weir.pid) - began < 24576, `${began} and now ${memory(weir.pid)} kB`);
  const gone = begin();
  await within(new Promise((resolve) => gone.once('data', resolve)), 20000, 'another one begins');
  gone.destroy();
  slow.on('data', (chunk) => chunks.push(chunk));
  slow.resume();
  await until(async () => Buffer.concat(chunks.slice(-2)).toString().endsWith('\r\n0\r\n\r\n'), 60000, 'the last chunk comes');
  slow.destroy();
  const text = Buffer.concat(chunks).toString();
  assert.match(text, /^HTTP\/1\.1 200 [\s\S]*transfer-encoding: chunked/i);
  assert.equal(text.split('"hash":').length - 1, n);
  assert.ok(memory(weir.pid) - began < 24576, `${began} and now ${memory(weir.pid)} kB`);
});
