// The reducer, the order of the queue, the clock and the reviewer's words.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aCase, closed, stream } from './objects.mjs';
import { consoleModule } from './console-modules.mjs';

const { createActions } = await consoleModule('core/actions.js');
const { stillAddress } = await consoleModule('core/api.js');
const { createClock } = await consoleModule('core/clock.js');
const { closedCases, emptyState, openCases, readCase, reduce, wallStreams, withheld } = await consoleModule('core/store.js');
const { barsInForce, readBars } = await consoleModule('app/bars.js');
const { countdown } = await consoleModule('widgets/countdown.js');
const { verdictWords } = await consoleModule('widgets/action-bar.js');
const words = await consoleModule('widgets/words.js');

const after = (...messages) => messages.reduce(reduce, emptyState());
const snapshot = (more) => ({ type: 'snapshot', seq: 5, streams: [], cases: [], system: {}, ...more });

test('snapshot and events make the state', () => {
  const one = aCase({ id: 'a' });
  const state = after(
    { type: 'welcome', epoch: 'e', seq: 5, resumed: false },
    snapshot({ streams: [stream('live/cam1')], cases: [one] }),
    { type: 'stream.started', seq: 6, stream: stream('live/cam2') },
    { type: 'case.updated', seq: 7, case: { ...one, hits: 9 } },
    { type: 'gate.changed', seq: 8, stream: 'live/cam1', state: 'blank', cause: 'reviewer', by: 'admin' },
    { type: 'system.status', seq: 9, system: { analyzers: 2, analyzers_ready: 1, store: 'failing' } },
    { type: 'stream.stopped', seq: 10, stream: stream('live/cam2') },
    { type: 'something.new', seq: 11 },
  );
  assert.equal(state.epoch, 'e');
  assert.equal(state.seq, 11);
  assert.equal(state.cases.get('a').hits, 9);
  assert.equal(state.streams.get('live/cam1').gate, 'blank');
  assert.equal(state.streams.get('live/cam2').state, 'ended');
  assert.equal(state.system.store, 'failing');
  assert.equal(state.unreadable, 0);
});

test('the reducer leaves the old state alone', () => {
  const before = after(snapshot({ cases: [aCase({ id: 'a' })] }));
  reduce(before, { type: 'case.closed', seq: 6, case: { id: 'a' } });
  assert.equal(before.cases.get('a').state, 'open');
});

test('broken items are counted and left out, broken fields are neutral', () => {
  const state = after(
    snapshot({
      streams: [null, 7, {}, { path: 'live/x', video: 'no', egress: [null, {}], gate: 'odd', sampling: null }],
      cases: [null, 'x', [], { id: 5 }, { id: 'ok', public_ms: 'soon', span: null, hits: {} }],
      system: null,
    }),
    null,
    { type: 'case.opened', seq: 6 },
    { type: 'gate.changed', seq: 7 },
    { type: 'unreadable' },
  );
  assert.deepEqual([...state.cases.keys()], ['ok']);
  assert.equal(state.cases.get('ok').public_ms, null);
  assert.equal(state.streams.get('live/x').gate, 'unknown');
  assert.equal(state.unreadable, 3 + 4 + 4);
});

test('what becomes public first is on top, what is withheld at the end', () => {
  const state = after(
    snapshot({
      streams: [stream('live/b', { gate: 'blank' }), stream('live/a')],
      cases: [
        aCase({ id: 'late', stream: 'live/a', public_ms: 9000 }),
        aCase({ id: 'blanked', stream: 'live/a', public_ms: 1, interim: 'blank' }),
        aCase({ id: 'soon', stream: 'live/a', public_ms: 5000 }),
        aCase({ id: 'gated', stream: 'live/b', public_ms: 2 }),
        closed(aCase({ id: 'done', stream: 'live/a' }), 'cut'),
      ],
    }),
  );
  assert.deepEqual(openCases(state).map((c) => c.id), ['soon', 'late', 'blanked', 'gated']);
  assert.equal(withheld(state, state.cases.get('gated')), 'blank');
  assert.equal(withheld(state, state.cases.get('soon')), null);
});

test('a second snapshot replaces what was open and keeps what was decided', () => {
  const state = after(
    snapshot({ cases: [aCase({ id: 'open' }), closed(aCase({ id: 'done' }), 'release')] }),
    snapshot({ cases: [aCase({ id: 'new' })] }),
  );
  assert.deepEqual(openCases(state).map((c) => c.id), ['new']);
  assert.deepEqual(closedCases(state).map((c) => c.id), ['done']);
});

test('closed cases and ended streams do not pile up', () => {
  let state = after(snapshot());
  for (let i = 0; i < 260; i += 1) {
    state = reduce(state, { type: 'case.closed', seq: 6 + i, case: closed(aCase({ id: `c${i}` }), 'cut', { decided_ms: i }) });
    state = reduce(state, { type: 'stream.stopped', seq: 6 + i, stream: stream(`live/s${i}`, { started_ms: i }) });
  }
  assert.equal(state.cases.size, 200);
  assert.ok(state.cases.has('c259') && !state.cases.has('c0'));
  assert.equal(wallStreams(state).length, 40);
});

test('the clock follows the gateway, whatever this computer thinks', () => {
  let steady = 0;
  const clock = createClock({ wall: () => 5000 + steady, steady: () => steady });
  steady = 100;
  clock.sync(90050, 0, 100);
  assert.equal(clock.now(), 90100);
  assert.equal(clock.offsetMs, 85000);
  clock.observe(90140);
  assert.equal(clock.now(), 90140);
  clock.observe(90000);
  clock.observe(999999999);
  clock.observe('no');
  assert.equal(clock.now(), 90140);
});

test('the countdown has five states', () => {
  const one = readCase(aCase({ public_ms: 10000 }));
  const at = (now, withheldBy = null, c = one) => countdown({ one: c, withheldBy, now });
  assert.deepEqual([at(5790).label, at(5790).value], ['public in', '4.2 s']);
  assert.equal(at(8000).close, true);
  assert.deepEqual([at(12500).label, at(12500).value], ['public since', '2.5 s']);
  assert.equal(at(5800, 'blank').value, 'withheld');
  assert.equal(at(5800, null, { ...one, public_ms: null }).state, 'unknown');
  assert.equal(at(5800, null, { ...one, state: 'closed' }).state, 'decided');
});

test('exposure and failure in plain words', () => {
  assert.equal(words.exposure(0), 'Nothing of it reached viewers.');
  assert.equal(words.exposure(1800), '1.8 s had gone out.');
  assert.equal(words.exposure(40), '40 ms had gone out.');
  assert.equal(words.exposure(null), '');
  assert.match(words.failure('cut', { error: 'not_durable', applied: true }), /in effect.*could not be stored/);
  assert.match(words.failure('release', { error: 'not_durable', applied: false }), /Nothing has changed/);
  assert.match(words.failure('cut', { error: 'conflict' }), /decided already/);
  assert.match(words.failure('cut', { error: 'toString' }), /refused/);
  assert.equal(words.failure('cut', { error: 'conflict', message: 'mona released it.' }), 'mona released it.');
  assert.match(words.failure('cut', { error: 'rate_limited', applied: true }), /in effect all the same/);
  assert.deepEqual([3.98, 0.1, 12.6, null].map(words.millis), ['4 ms', '0.1 ms', '13 ms', '–']);
  assert.equal(words.streamTime(83400), '1:23.4');
  assert.equal(words.duration(65000), '1 min 5 s');
});

test('a verdict is only what the gateway has said', () => {
  const open = readCase(aCase());
  assert.equal(verdictWords(open, null), null);
  assert.equal(verdictWords(open, { verb: 'cut', result: { ok: false } }), null);
  assert.equal(verdictWords(open, { verb: 'blank', result: { ok: true } }), null);
  assert.equal(verdictWords(open, { verb: 'cut', result: { ok: true } }).text, 'Measuring what had gone out…');
  assert.equal(verdictWords(open, { verb: 'cut', result: { ok: true, exposure_ms: 0 } }).text, 'Nothing of it reached viewers.');
  const other = readCase(closed(aCase(), 'release'));
  assert.equal(verdictWords(other, null).title, 'Released');
});

test('one command of a kind at a time; a cut goes over anything', async () => {
  const sent = [];
  const actions = createActions({
    command: (type, fields) => new Promise((resolve) => sent.push({ type, fields, resolve })),
    onChange: () => {},
  });
  const blank = actions.decide('a', 'blank');
  assert.equal(await actions.decide('a', 'blank'), null);
  assert.equal(await actions.decide('a', 'release'), null);
  const cut = actions.decide('a', 'cut');
  assert.equal(await actions.decide('a', 'cut'), null);
  assert.deepEqual(sent.map((s) => s.fields.verdict), ['blank', 'cut']);
  sent[1].resolve({ ok: true });
  await cut;
  sent[0].resolve({ ok: false, error: 'conflict' });
  await blank;
  assert.deepEqual(actions.forCase('a'), { pending: [], outcome: { verb: 'cut', result: { ok: true } } });
});

test('stills come from the gateway or not at all', () => {
  const origin = 'http://127.0.0.1:8080';
  assert.equal(stillAddress('/api/v1/cases/a/still', origin), '/api/v1/cases/a/still');
  for (const bad of ['https://elsewhere/x.jpg', '//elsewhere/api/v1/x', '/logout', 'javascript:alert(1)', 'data:,', '', null, 7]) {
    assert.equal(stillAddress(bad, origin), null, String(bad));
  }
});

test('bars come from the list and from the streams, each once', () => {
  const rows = readBars([null, {}, { id: 1, stream: 'live/a', publisher: 'p' }, { id: 'x', publisher: 'q' }]);
  const state = after(snapshot({ streams: [stream('live/a', { barred: true }), stream('live/b', { barred: true })] }));
  assert.deepEqual(barsInForce(rows, state.streams.values()).map((b) => b.key), ['bar x', 'live/a', 'live/b']);
});
