// Callers over SRT who are not let in, or not for long, and the streams beside
// them that do not notice.

import assert from 'node:assert/strict';
import { FLAGGED } from './lib/places.mjs';
import { scenario } from './lib/scenario.mjs';
import { Caller, publishSrt, srtPort, streamId, tsSource, WITH_SRT } from './lib/srt.mjs';
import { hang, HookServer, status } from './lib/hook-server.mjs';
import { until } from './lib/wait.mjs';
import { NOT_LOOKED_AT, Weir } from './lib/weir.mjs';

const start = (s, sections = {}) =>
  Weir.start(s, {
    ...NOT_LOOKED_AT, gate: { delay_ms: 300, grace_ms: 0 }, ...sections,
    rtmp: { refusal_delay_ms: 0, lockout_failures: 0, ...sections.rtmp },
    srt: { ...WITH_SRT.srt, ...sections.srt },
  });

const metric = async (weir, name) => {
  const text = await (await weir.fetch('/metrics')).text();
  return Number(text.match(new RegExp(`^${name.replace(/[{}"]/g, '\\$&')} (\\d+)$`, 'm'))[1]);
};

/** Calls with these options: the words of libsrt when it is refused, or 'in'. */
async function attempt(s, port, options) {
  const caller = s.add(new Caller(port, options));
  const line = await caller.err.first((l) => /REJECT|ERROR|SRT target connected/.test(l), 30000, 'the caller says how it went');
  await caller.kill();
  return /SRT target connected/.test(line) ? 'in' : line;
}

scenario('keys, modes, names and garbage are refused in the handshake', async (s) => {
  const weir = await start(s);
  const port = await srtPort(weir);
  const review = await weir.review();
  const ts = await tsSource(s, FLAGGED, { seconds: 8 });
  const { secret } = await weir.key('live', 'cam');

  // Somebody is there all the while.
  publishSrt(s, ts, port, streamId('live', 'cam', secret), { loop: 20 });
  await review.waitFor('stream.started');

  const long = 'x'.repeat(512);
  const refused = {
    'a wrong key': [streamId('live', 'cam', 'guess'), 1401],
    'another stream\'s key': [streamId('live', 'other', secret), 1401],
    'no key': ['#!::r=live/cam,m=publish', 1401],
    'm=request': [`#!::r=live/cam,m=request,s=${secret}`, 1405],
    'no mode, which means request': [`#!::r=live/cam,s=${secret}`, 1405],
    'no application': ['#!::r=cam,m=publish', 1400],
    'garbage without a mode': ['#!::,,,=%%%=,r={{', 1405],
    'garbage': ['{{{=%%%=,::"', 1400],
    'control characters': ['live/\u0001cam?key=x', 1400],
    'as long as can be': [long, 1400],
    'nothing': [null, 1400],
  };
  for (const [what, [id, code]] of Object.entries(refused)) {
    const from = weir.program.err.list.length;
    const said = () => weir.program.err.list.slice(from).some((line) => new RegExp(`srt: 127\\.0\\.0\\.1:\\d+: refused with code ${code}\\b`).test(line));
    // Only so many a second are written down.
    await until(async () => {
      assert.notEqual(await attempt(s, port, id === null ? {} : { streamid: id }), 'in', what);
      return said();
    }, 30000, `${what} is refused with ${code}`);
  }
  assert.ok(await metric(weir, 'weir_publishers_total{result="wrong_key"}') >= 3);

  // What encoders add of their own is passed over.
  const other = await weir.key('live', 'vendor');
  publishSrt(s, ts, port, streamId('live', 'vendor', other.secret, ',bmd_uuid=1-2,bmd_name=Studio,x={}'));
  await review.waitFor('stream.started', (m) => m.stream.path === 'live/vendor');
  const plain = await weir.key('live', 'plain');
  publishSrt(s, ts, port, `publish:live/plain?key=${plain.secret}`);
  await review.waitFor('stream.started', (m) => m.stream.path === 'live/plain');

  const there = await weir.stream('live/cam');
  assert.deepEqual([there.session, there.state], [1, 'live']);
  for (const text of [secret, 'guess', other.secret]) assert.ok(!weir.program.err.list.some((line) => line.includes(text)), 'no secret in the log');
});

scenario('who has no key for it does not take over, who guesses is locked out', async (s) => {
  const weir = await start(s, { rtmp: { refusal_delay_ms: 0, lockout_failures: 3, lockout_ms: 3000, takeover_ms: 60000 } });
  const port = await srtPort(weir);
  const review = await weir.review();
  const ts = await tsSource(s, FLAGGED, { seconds: 20 });
  const { secret } = await weir.key('live', 'cam');
  const id = streamId('live', 'cam', secret);
  publishSrt(s, ts, port, id);
  await review.waitFor('stream.started');

  // The name is live: let in by the handshake, closed after it.
  await publishSrt(s, ts, port, id).refused();
  await weir.says(/srt: 127\.0\.0\.1:\d+: refused: A stream of this name is being published already\./);
  for (let i = 0; i < 3; i += 1) assert.notEqual(await attempt(s, port, { streamid: streamId('live', 'cam', `guess${i}`) }), 'in');
  await weir.says(/admission: 127\.0\.0\.1: locked out for 3 s after 3 wrong keys/);
  const second = await weir.key('live', 'second');
  assert.notEqual(await attempt(s, port, { streamid: streamId('live', 'second', second.secret) }), 'in');
  await until(async () => (await attempt(s, port, { streamid: streamId('live', 'second', second.secret) })) === 'in', 20000, 'the lock-out runs out');
});

scenario('passphrases and latencies', async (s) => {
  const weir = await start(s, {
    rtmp: { require_key: false },
    srt: { latency_ms: 150, max_latency_ms: 1000, key_bits: 192, late: 'drop' },
    'app secret': { srt_passphrase: 'for-the-application' },
    'publisher bob': { app: 'secret', srt_passphrase: 'for-bob-alone' },
  });
  const port = await srtPort(weir);
  const review = await weir.review();
  const ts = await tsSource(s, FLAGGED, { seconds: 6 });
  const publish = (name, options) => publishSrt(s, ts, port, `publish:${name}`, options);

  const wrong = [
    ['secret/a', { passphrase: 'for-somebody-else' }],
    ['secret/a', {}],
    ['secret/bob', { passphrase: 'for-the-application' }],
    ['live/a', { passphrase: 'for-the-application' }],
  ];
  for (const [name, options] of wrong) await publish(name, options).refused();
  await weir.says(/refused with code 10(, \d+ times)?: the passphrase is wrong, or it gave up/);
  await until(async () => (await metric(weir, 'weir_publishers_total{result="wrong_key"}')) >= wrong.length, 20000, 'each of them is counted');
  publish('secret/a', { passphrase: 'for-the-application' }); // takes the length that is announced
  const a = await review.waitFor('stream.updated', (m) => m.stream.path === 'secret/a' && m.stream.link?.packets > 0);
  assert.equal(a.stream.link.key_bits, 192);
  publish('secret/bob', { passphrase: 'for-bob-alone', pbkeylen: 32 });
  const bob = await review.waitFor('stream.updated', (m) => m.stream.path === 'secret/bob' && m.stream.link?.packets > 0);
  assert.equal(bob.stream.link.key_bits, 256);
  await publish('secret/short', { passphrase: 'for-the-application', pbkeylen: 16 }).refused();
  assert.equal(await weir.stream('secret/short'), undefined);
  await weir.says(/srt: 127\.0\.0\.1:\d+: went away: it encrypts with a shorter key than it must/);

  publish('live/more', { latencyMs: 800 });
  const more = await review.waitFor('stream.updated', (m) => m.stream.path === 'live/more' && m.stream.link?.packets > 0);
  assert.equal(more.stream.link.latency_ms, 800);
  publish('live/less', { latencyMs: 20 });
  const less = await review.waitFor('stream.updated', (m) => m.stream.path === 'live/less' && m.stream.link?.packets > 0);
  assert.equal(less.stream.link.latency_ms, 150);
  await publish('live/much', { latencyMs: 5000 }).refused();
  assert.equal(await weir.stream('live/much'), undefined);
  await weir.says(/srt: 127\.0\.0\.1:\d+: went away: it asks for more latency than it may have/);
  assert.ok(!weir.program.err.list.some((line) => /for-the-application|for-bob-alone/.test(line)), 'no passphrase in the log');
});

scenario('where what is late is waited for, a publisher\'s latency costs nothing', async (s) => {
  const weir = await start(s, { rtmp: { require_key: false }, srt: { max_latency_ms: 1000 } });
  const review = await weir.review();

  publishSrt(s, await tsSource(s, FLAGGED, { seconds: 6 }), await srtPort(weir), 'publish:live/much', { latencyMs: 5000 });
  const much = await review.waitFor('stream.updated', (m) => m.stream.path === 'live/much' && m.stream.link?.packets > 0);
  assert.equal(much.stream.link.latency_ms, 0);
});

scenario('a hook decides after the handshake, and a default stream id stands in', async (s) => {
  const hook = await HookServer.start(s, (asked, response) => status(asked.form.key === 'right' ? 200 : 403)(asked, response));
  const weir = await start(s, {
    rtmp: { auth: 'hook' },
    srt: { default_stream_id: 'live/box?key=right' },
    'hook ours': hook.section,
  });
  const port = await srtPort(weir);
  const review = await weir.review();
  const ts = await tsSource(s, FLAGGED, { seconds: 5 });

  await publishSrt(s, ts, port, streamId('live', 'cam', 'wrong')).refused();
  await weir.says(/srt: 127\.0\.0\.1:\d+: refused: The stream key is not known here/);
  publishSrt(s, ts, port, streamId('live', 'cam', 'right', ',u=bob'));
  await review.waitFor('stream.started', (m) => m.stream.path === 'live/cam');
  const { form } = hook.asked.list.at(-1);
  assert.deepEqual([form.app, form.name, form.call, form.addr, form.key, form.user], ['live', 'cam', 'publish', '127.0.0.1', 'right', 'bob']);
  assert.equal(await attempt(s, port, {}), 'in');
  await review.waitFor('stream.started', (m) => m.stream.path === 'live/box');

  // The secret once, whatever else is called like it, and nothing of it beyond its field.
  publishSrt(s, ts, port, 'publish:live/vendor:ann:right?x=1%26key=other%26%256bey=third%26USER=eve');
  await review.waitFor('stream.started', (m) => m.stream.path === 'live/vendor');
  const named = (names) => hook.asked.list.at(-1).fields.filter(([field]) => names.includes(field.toLowerCase()));
  assert.deepEqual(named(['x', 'key', 'user']), [['x', '1'], ['key', 'right'], ['user', 'ann']]);
  await publishSrt(s, ts, port, '#!::r=live/odd,m=publish,s=wrong%26user%3Deve%3B%25').refused();
  await until(() => hook.asked.list.at(-1).form.name === 'odd', 10000, 'it is asked about');
  assert.deepEqual(named(['key', 'user']), [['key', 'wrong&user=eve;%']]);
  for (const text of ['right', 'other', 'third', 'wrong']) assert.ok(!weir.program.err.list.some((line) => line.includes(`=${text}`) || line.includes(`:${text}`)), 'no secret in the log');
});

scenario('each of several ports has a process of its own', async (s) => {
  const weir = await start(s, { rtmp: { require_key: false }, srt: { port: '0,0' } });
  const said = () => weir.program.err.list.map((line) => line.match(/srt: listens on \S+ port (\d+)/)?.[1]).filter(Boolean);
  await until(() => said().length === 2, 30000, 'both are open');
  const ports = said().map(Number);
  assert.notEqual(ports[0], ports[1]);
  assert.equal((await weir.api('GET', 'system')).body.srt_workers, 2);
  for (const [i, port] of ports.entries()) assert.equal(await attempt(s, port, { streamid: `publish:live/p${i}` }), 'in');
});

scenario('who is closed while a hook is asked has it said why', async (s) => {
  const hook = await HookServer.start(s, hang);
  const weir = await start(s, { rtmp: { auth: 'hook' }, srt: { max_latency_ms: 1000, late: 'drop' }, 'hook ours': hook.section });
  const ts = await tsSource(s, FLAGGED, { seconds: 20 });
  publishSrt(s, ts, await srtPort(weir), streamId('live', 'cam', 'key'), { latencyMs: 5000 });
  await weir.says(/srt: 127\.0\.0\.1:\d+: closed before it was let in: it asks for more latency than it may have/);
});

scenario('the log says until when whoever is refused is barred', async (s) => {
  const weir = await start(s);
  const port = await srtPort(weir);
  const review = await weir.review();
  const ts = await tsSource(s, FLAGGED, { seconds: 20 });
  const { secret } = await weir.key('live', 'cam');
  publishSrt(s, ts, port, streamId('live', 'cam', secret));
  await review.waitFor('stream.started');
  assert.equal((await review.command('stream.cut', { stream: 'live/cam', reason: 'enough', bar_ms: 600000 })).ok, true);
  await publishSrt(s, ts, port, streamId('live', 'cam', secret)).refused();
  const [, time] = await weir.says(/srt: 127\.0\.0\.1:\d+: refused with code 1403(?:, \d+ times)?: This stream was ended by a reviewer and is barred until (\S+ \S+) UTC: enough/);
  const [bar] = (await weir.api('GET', 'bars')).body;
  assert.ok(Math.abs(Date.parse(`${time.replace(' ', 'T')}Z`) - bar.until_ms) <= 1000, `${time} is its end`);
  assert.ok(await metric(weir, 'weir_publishers_total{result="barred"}') >= 1);
});

scenario('a reload brings a new passphrase, and takes one away', async (s) => {
  const { appendFile, readFile, writeFile } = await import('node:fs/promises');
  const weir = await start(s, { rtmp: { require_key: false } });
  const port = await srtPort(weir);
  const before = await readFile(weir.config, 'utf8');
  assert.equal(await attempt(s, port, { streamid: 'publish:live/a' }), 'in');
  await appendFile(weir.config, '\n[app live]\nsrt_passphrase = a-new-passphrase\n');
  assert.match(await weir.reload(), /^app: reloaded/);
  // weir-srt has its rules a moment later.
  let n = 0;
  await until(async () => (await attempt(s, port, { streamid: `publish:live/b${n++}` })) !== 'in', 10000, 'a passphrase is wanted');
  assert.equal(await attempt(s, port, { streamid: 'publish:live/c', passphrase: 'a-new-passphrase' }), 'in');
  await writeFile(weir.config, before);
  assert.match(await weir.reload(), /^app: reloaded/);
  await until(async () => (await attempt(s, port, { streamid: 'publish:live/d' })) === 'in', 10000, 'none is wanted');
});
