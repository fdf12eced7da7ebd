// The platform's own server says who may publish.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import tls from 'node:tls';
import { Authority } from './lib/certificates.mjs';
import { assertRelayed } from './lib/compare.mjs';
import { holds } from './lib/database.mjs';
import { publish, source } from './lib/ffmpeg.mjs';
import { tags } from './lib/flv.mjs';
import { giant, hang, hangUp, HookServer, status } from './lib/hook-server.mjs';
import { Nginx } from './lib/nginx.mjs';
import { CLEAN, freePort } from './lib/places.mjs';
import { RtmpClient } from './lib/rtmp-client.mjs';
import { scenario } from './lib/scenario.mjs';
import { NOT_LOOKED_AT, Weir } from './lib/weir.mjs';

const SECRET = 'open-sesame-4711';
const UNKNOWN = 'The stream key is not known here. Check application, stream name and key.';
const LATER = 'It can\'t be decided just now whether this may be published. Try again.';
const BUSY = 'A stream of this name is being published already.';
const FAST = { refusal_delay_ms: 1, lockout_failures: 0 };

const rtmp = (more) => ({ rtmp: { ...FAST, ...more } });
const settings = (hook, more = {}, keys = {}) => ({
  ...NOT_LOOKED_AT,
  gate: { delay_ms: 500 },
  ...rtmp({ auth: 'hook', ...keys }),
  'hook ours': { ...hook.section, ...more },
});

/** A client that has asked to publish NAME; it is closed with the scenario. */
async function asking(s, weir, name, { app = 'live', more } = {}) {
  const client = s.add(new RtmpClient(weir.port));
  await client.ask(app, name, more);
  return client;
}

async function refused(s, weir, name, words, code = 'NetStream.Publish.Denied') {
  const text = await (await asking(s, weir, name)).refused();
  assert.ok(text.includes(code) && text.includes(words), `${name}: ${text.replace(/[^ -~]+/g, ' ').slice(-200)}`);
}

/** weir_publishers_total by result. */
async function counts(weir) {
  const text = await (await weir.fetch('/metrics')).text();
  return Object.fromEntries([...text.matchAll(/^weir_publishers_total\{result="(\w+)"\} (\d+)$/gm)].map(([, k, v]) => [k, Number(v)]));
}

function assertNothingSecret(weir) {
  assert.deepEqual(weir.lines().concat(weir.program.err.list).filter((line) => line.includes(SECRET)), [], 'no secret is in the log');
  assert.ok(!holds(weir, SECRET), 'no secret is in the database');
}

scenario('it is asked as nginx-rtmp asks', async (s) => {
  const hook = await HookServer.start(s, status(200));
  const nginx = await Nginx.start(s, { hook: hook.url });
  const weir = await Weir.start(s, settings(hook));
  const more = { flashVer: 'FMLE/3.0', swfUrl: 'rtmp://a/b c', pageUrl: 'http://page/?x=y&z' };

  const forms = [];
  for (const port of [nginx.port, weir.port]) {
    const client = s.add(new RtmpClient(port));
    const from = hook.asked.list.length;
    await client.ask('asked', `cam?key=${SECRET}&user=a+b`, more);
    await client.sees('NetStream.Publish.Start');
    forms.push(await hook.asked.first(() => true, 10000, 'it is asked', from));
  }
  const [theirs, ours] = forms;
  const known = ({ fields }) => fields.map(([k, v]) => (k === 'clientid' ? [k, /^\d+$/.test(v)] : [k, v]));
  assert.deepEqual(known(ours), known(theirs));
  assert.deepEqual(known(ours).map(([k]) => k),
    ['app', 'flashver', 'swfurl', 'tcurl', 'pageurl', 'addr', 'clientid', 'call', 'name', 'type', 'key', 'user']);
  assert.deepEqual([ours.method, ours.path, ours.headers['content-type']], [theirs.method, theirs.path, theirs.headers['content-type']]);
  assertNothingSecret(weir);
});

scenario('it lets in, renames, refuses; bars hold against it', async (s) => {
  const hook = await HookServer.start(s, ({ form }, response) => {
    const [code, location] = { bare: [302, 'real'], encoded: [301, 're%61l'], away: [302, 'rtmp://127.0.0.1/live/x'],
      odd: [302, '../x'], same: [302, ''], no: [403], tea: [418] }[form.name] ?? [204];
    response.writeHead(code, location === undefined ? {} : { location }).end();
  });
  const weir = await Weir.start(s, settings(hook));
  const review = await weir.review();
  const file = await source(s, CLEAN, { seconds: 2 });
  const url = (name) => `rtmp://127.0.0.1:${weir.port}/live/${name}?token=${SECRET}`;

  for (const [name, path] of [['cam', 'live/cam'], ['bare', 'live/real'], ['encoded', 'live/real'], ['same', 'live/same']]) {
    const from = review.mark;
    const sent = publish(s, file, url(name), { rate: 0 });
    const { stream } = await review.waitFor('stream.started', () => true, 15000, from);
    assert.deepEqual([stream.path, stream.publisher], [path, path.split('/')[1]]);
    await sent.finished();
    await review.stopped(path, 15000, from);
  }
  assert.deepEqual(hook.asked.list.map((a) => a.form.token), Array(4).fill(SECRET));

  await refused(s, weir, `no?key=${SECRET}`, UNKNOWN);
  await refused(s, weir, 'tea', UNKNOWN);
  await refused(s, weir, 'odd', 'The stream\'s name may have');
  await refused(s, weir, 'away', 'sent it where it can\'t go');
  await weir.says(/hook: ours: publisher \S+ of live is refused: the answer 302 names an address to push to/);

  // A victim's name cannot be smuggled past the hook.
  await refused(s, weir, 'no?name=cam', UNKNOWN);

  const from = review.mark;
  const live = publish(s, file, url('bare'), { rate: 1 });
  await review.waitFor('stream.started', () => true, 15000, from);
  assert.equal((await weir.api('POST', 'streams/live/real/cut', { reason: 'shown before' })).status, 200);
  await live.ended();
  const before = hook.asked.list.length;
  await refused(s, weir, 'real', 'is barred until that is lifted: shown before.');
  assert.equal(hook.asked.list.length, before, 'nobody is asked about who is barred');
  await refused(s, weir, 'bare', 'is barred until that is lifted: shown before.');

  const all = await counts(weir);
  assert.ok(all.admitted >= 4 && all.hook_refused === 3 && all.hook_unusable === 1 && all.bad_name === 1 && all.barred === 2, JSON.stringify(all));
  assertNothingSecret(weir);
});

scenario('without an answer on_error decides', async (s) => {
  const hook = await HookServer.start(s, null);
  const nobody = `http://127.0.0.1:${await freePort()}/`;
  const strict = await Weir.start(s, settings(hook, { timeout_ms: 300 }), { folder: 'strict' });
  const lenient = await Weir.start(s, settings(hook, { timeout_ms: 300, on_error: 'allow' }), { folder: 'lenient' });
  const away = await Weir.start(s, settings({ section: { url: nobody } }), { folder: 'away' });

  for (const [what, answer, words] of [
    ['hangs', hang, /Timeout was reached/],
    ['hangs up', hangUp, /Server returned nothing|Recv failure|reset/i],
    ['fails', status(500), /it answered 500/],
    ['talks too much', giant, /its answer is too large/],
    ['has a giant header', (_, response) => response.writeHead(200, { x: 'y'.repeat(40000) }).end(), /its header is too large/],
  ]) {
    hook.answer = answer;
    const [a, b] = [strict.program.err.list.length, lenient.program.err.list.length];
    await refused(s, strict, `cam?key=${SECRET}`, LATER, 'NetConnection.Connect.Closed');
    const [line] = await strict.says(/hook: ours: publisher .* is refused: .*/, 10000, a);
    assert.match(line, words, what);
    const client = await asking(s, lenient, `cam?key=${SECRET}`);
    await client.sees('NetStream.Publish.Start');
    await lenient.says(/hook: ours: publisher .* is let in all the same: /, 10000, b);
    client.close();
    await lenient.says(/went away/, 10000, b);
  }
  await refused(s, away, 'cam', LATER, 'NetConnection.Connect.Closed');
  assert.deepEqual((await counts(strict)).undecided, 5);
  for (const weir of [strict, lenient, away]) assertNothingSecret(weir);
});

scenario('while it thinks, the name is kept, and nothing of the publisher is lost or late', async (s) => {
  let last;
  const hook = await HookServer.start(s, (_, response) => { last = response; });
  const nginx = await Nginx.start(s);
  const weir = await Weir.start(s, { ...settings(hook, { timeout_ms: 20000 }, { publish_timeout_ms: 8000 }), 'egress out': nginx.egress });
  const review = await weir.review();
  const file = await source(s, CLEAN, { seconds: 4 });
  assert.ok(statSync(file).size > 128 * 1024);

  const first = await asking(s, weir, 'cam');
  await hook.asked.first(() => true, 10000, 'it is asked');
  await refused(s, weir, 'cam', BUSY, 'NetStream.Publish.BadName');
  assert.equal(hook.asked.list.length, 1);

  // What comes behind the publish, more than one read holds, is all relayed.
  for (const { type, dts, body } of tags(file)) first.message(type, body, { time: dts });
  assert.equal(hook.asked.list.length, 1);
  last.writeHead(200).end();
  await first.sees('NetStream.Publish.Start');
  first.command('deleteStream', 4, null, 1);
  assertRelayed(await nginx.recorded('cam'), file);
  await review.stopped('live/cam');

  // Who leaves is forgotten, and the hook's server is not kept waiting.
  const leaves = await asking(s, weir, 'cam');
  const mark = hook.asked.list.length;
  await hook.asked.first(() => true, 10000, 'it is asked', mark - 1);
  leaves.socket.end();
  await hook.gone.first(() => true, 10000, 'the question is withdrawn');
  const again = await asking(s, weir, 'cam');
  await hook.asked.first(() => true, 10000, 'it is asked', 2);
  last.writeHead(200).end();
  await again.sees('NetStream.Publish.Start');
  again.close();

  // The deadline to publish holds meanwhile.
  const late = await asking(s, weir, 'other');
  const text = await late.refused(20000);
  assert.ok(text.includes('NetConnection.Connect.Closed') && text.includes('could not be decided in time'), text.slice(-200));
  const all = await counts(weir);
  assert.deepEqual([all.left, all.busy, all.admitted], [2, 1, 2]);

  // Neither does a shutdown wait for it.
  const pending = await asking(s, weir, 'third');
  await hook.asked.first((a) => a.form.name === 'third', 10000, 'it is asked');
  const [, told] = await Promise.all([weir.stop(), pending.refused()]);
  assert.ok(told.includes('NetConnection.Connect.Closed'), told.slice(-200));
});

scenario('over TLS nothing is lost meanwhile either', async (s) => {
  const authority = await Authority.create(s.folder);
  let last;
  const hook = await HookServer.start(s, (_, response) => { last = response; });
  const nginx = await Nginx.start(s);
  const weir = await Weir.start(s, { ...settings(hook), rtmps: await authority.issue('first'), 'egress out': nginx.egress });
  const file = await source(s, CLEAN, { seconds: 4 });
  const secure = tls.connect({ port: await weir.tlsPort(), host: '127.0.0.1', servername: 'localhost', ca: await readFile(authority.file) });
  await once(secure, 'secureConnect');

  const client = s.add(new RtmpClient(0, secure));
  await client.ask('live', 'cam');
  for (const { type, dts, body } of tags(file)) client.message(type, body, { time: dts });
  client.command('deleteStream', 4, null, 1);
  await hook.asked.first(() => true, 10000, 'it is asked');
  last.writeHead(302, { location: 'other' }).end();
  assertRelayed(await nginx.recorded('other'), file);
});

scenario('key table and hook together', async (s) => {
  const hook = await HookServer.start(s, ({ form }, response) => response.writeHead(form.user === 'ann' ? 200 : 403).end());
  const weir = await Weir.start(s, settings(hook, {}, { auth: 'both', takeover_ms: 600000 }));
  const key = await weir.key('live', 'cam');

  await refused(s, weir, 'cam?key=wrong&user=ann', UNKNOWN);
  assert.equal(hook.asked.list.length, 0, 'a wrong key is nothing to ask about');
  await refused(s, weir, `cam?key=${key.secret}&user=bob`, UNKNOWN);
  assert.equal(hook.asked.list.length, 1);
  const bare = await asking(s, weir, key.secret, { more: { tcUrl: 'rtmp://h/live?user=ann' } });
  await bare.refused();
  assert.equal(hook.asked.list[1].form.name, 'cam', 'a bare secret is asked about by its name');
  const client = await asking(s, weir, `cam?key=${key.secret}&user=ann`);
  await client.sees('NetStream.Publish.Start');
  assert.equal((await weir.stream('live/cam')).publisher, 'cam');
  assert.ok(!weir.program.err.list.some((line) => line.includes(key.secret)));
});
