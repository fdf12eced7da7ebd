// The connection: states, resume, commands, against a fake socket and clock.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeHost } from './fake-host.mjs';
import { consoleModule } from './console-modules.mjs';

const { createConnection } = await consoleModule('core/connection.js');

const SNAPSHOT = { type: 'snapshot', seq: 5, streams: [], cases: [], system: {} };

function setUp(options = {}) {
  const host = new FakeHost();
  const states = [];
  const messages = [];
  const connection = createConnection({
    url: 'ws://gateway/api/v1/review',
    onState: (s) => states.push(s.name),
    onMessage: (m) => messages.push(m),
    host: host.hooks,
    ...options,
  });
  return { host, states, messages, connection };
}

function live(options) {
  const all = setUp(options);
  all.connection.start();
  all.host.last.accept();
  all.host.last.say({ type: 'welcome', epoch: 'e', seq: 5, resumed: false, server_time: 1 });
  all.host.last.say(SNAPSHOT);
  return all;
}

/** Lets promise callbacks run. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('says hello, takes the snapshot, is live', () => {
  const { host, states, messages } = live();
  assert.deepEqual(host.last.sent[0], { type: 'hello', epoch: null, since: 0 });
  assert.deepEqual(states, ['connecting', 'live']);
  assert.deepEqual(messages.map((m) => m.type), ['welcome', 'snapshot']);
});

test('is not live between welcome and snapshot', () => {
  const { host, connection } = setUp();
  connection.start();
  host.last.accept();
  host.last.say({ type: 'welcome', epoch: 'e', seq: 5, resumed: false });
  assert.equal(connection.state.name, 'connecting');
});

test('resumes with epoch and the last seq, and hears no event twice', () => {
  const { host, messages, connection } = live();
  host.last.say({ type: 'case.opened', seq: 6, case: { id: 'a' } });
  host.last.say({ type: 'case.opened', seq: 9, case: { id: 'b' } });
  host.last.hangUp();
  assert.equal(connection.state.name, 'waiting');
  host.pass(500);
  host.last.accept();
  assert.deepEqual(host.last.sent[0], { type: 'hello', epoch: 'e', since: 9 });
  host.last.say({ type: 'welcome', epoch: 'e', seq: 10, resumed: true });
  host.last.say({ type: 'case.opened', seq: 9, case: { id: 'b' } });
  host.last.say({ type: 'case.closed', seq: 10, case: { id: 'a' } });
  assert.equal(connection.state.name, 'live');
  assert.deepEqual(messages.filter((m) => m.seq > 5).map((m) => m.seq), [6, 9, 10, 10]);
  assert.equal(messages.filter((m) => m.type === 'case.opened').length, 2);
});

test('waits longer each time, up to a limit, and can be hurried', () => {
  const { host, connection } = setUp();
  connection.start();
  const waits = [];
  for (let i = 0; i < 8; i += 1) {
    host.last.hangUp();
    const wait = connection.state.untilMs - host.hooks.now();
    waits.push(wait);
    host.pass(wait);
  }
  assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, 15000, 15000, 15000]);
  host.last.hangUp();
  const before = host.sockets.length;
  connection.reconnectNow();
  assert.equal(host.sockets.length, before + 1);
});

test('1013 reconnects at once and resumes', () => {
  const { host, connection } = live();
  host.last.hangUp(1013);
  assert.equal(connection.state.untilMs, host.hooks.now());
  host.pass(0);
  host.last.accept();
  assert.equal(host.last.sent[0].since, 5);
  host.last.say({ type: 'welcome', epoch: 'e', seq: 5, resumed: true });
  host.last.hangUp(1013);
  assert.ok(connection.state.untilMs > host.hooks.now(), 'but not for ever at once');
});

test('1008 asks for a log-in and answers what was open', async () => {
  const { host, states, connection } = live();
  const answer = connection.command('case.decide', { case: 'a', verdict: 'cut' });
  host.last.hangUp(1008);
  assert.equal(states.at(-1), 'unauthorized');
  assert.deepEqual(await answer, { ok: false, error: 'unauthorized', applied: false });
  host.pass(60000);
  assert.equal(host.sockets.length, 1);
});

test('a refused upgrade asks for a log-in if the session is gone', async () => {
  const { host, connection } = setUp({ mayConnect: async () => false });
  connection.start();
  host.last.hangUp();
  await settled();
  assert.equal(connection.state.name, 'unauthorized');
});

test('a command is sent once and answered by its id', async () => {
  const { host, connection } = live();
  const answer = connection.command('case.decide', { case: 'a', verdict: 'cut', note: '' });
  const [frame] = host.last.sent.slice(1);
  assert.deepEqual({ ...frame, id: '' }, { type: 'case.decide', case: 'a', verdict: 'cut', note: '', id: '' });
  host.last.say({ type: 'result', id: 'another', ok: false });
  host.last.say({ type: 'result', id: frame.id, ok: true, applied: true });
  assert.equal((await answer).ok, true);
  assert.equal(connection.unansweredCount, 0);
});

test('an unanswered command goes out again under the same id', async () => {
  const { host, connection } = live();
  const answer = connection.command('stream.cut', { stream: 'live/cam1' });
  const first = host.last.sent[1];
  host.last.hangUp();
  host.pass(500);
  host.last.accept();
  assert.equal(host.last.sent.length, 1, 'only hello before the welcome');
  host.last.say({ type: 'welcome', epoch: 'e', seq: 5, resumed: true });
  assert.deepEqual(host.last.sent[1], first);
  host.last.say({ type: 'result', id: first.id, ok: true, applied: true });
  assert.equal((await answer).ok, true);
});

test('a command given while disconnected goes out when live', () => {
  const { host, connection } = live();
  host.last.hangUp();
  connection.command('case.decide', { case: 'a', verdict: 'cut' });
  host.pass(500);
  host.last.accept();
  host.last.say({ type: 'welcome', epoch: 'e', seq: 5, resumed: true });
  assert.equal(host.last.sent[1].type, 'case.decide');
});

test('silence after a command is a dead connection; in the end it says so', async () => {
  const { host, connection } = live();
  const answer = connection.command('case.decide', { case: 'a', verdict: 'cut' });
  for (let sends = 1; sends <= 4; sends += 1) {
    assert.equal(host.last.sent.filter((f) => f.type === 'case.decide').length, 1);
    const old = host.last;
    host.pass(6000);
    assert.equal(old.closed, 4000);
    connection.reconnectNow();
    host.last.accept();
    host.last.say({ type: 'welcome', epoch: 'e', seq: 5, resumed: true });
  }
  assert.equal((await answer).error, 'no_answer');
});

test('a gateway that never says welcome is given up', () => {
  const { host, connection } = setUp();
  connection.start();
  host.last.accept();
  host.pass(8000);
  assert.equal(connection.state.name, 'waiting');
});

test('broken frames are passed on as unreadable, not thrown', () => {
  const { host, messages, connection } = live();
  for (const frame of ['{', 'null', '7', '"x"']) host.last.say(frame);
  assert.equal(messages.filter((m) => m.type === 'unreadable').length, 4);
  assert.equal(connection.state.name, 'live');
});

test('a new epoch brings a snapshot, and its seq counts from there', () => {
  const { host, messages } = live();
  host.last.hangUp();
  host.pass(500);
  host.last.accept();
  host.last.say({ type: 'welcome', epoch: 'f', seq: 2, resumed: false });
  host.last.say({ ...SNAPSHOT, seq: 2 });
  host.last.say({ type: 'system.status', seq: 3, system: {} });
  assert.equal(messages.at(-1).type, 'system.status');
});

test('late words of an old socket are not heard', () => {
  const { host, messages } = live();
  const old = host.last;
  old.hangUp();
  const heard = messages.length;
  old.say({ type: 'case.opened', seq: 99, case: { id: 'x' } });
  assert.equal(messages.length, heard);
});
