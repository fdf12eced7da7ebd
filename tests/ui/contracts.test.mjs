// The two documents of the public interface: whole, and saying what is sent.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { aCase, closed, stream } from './objects.mjs';
import { faults, references, resolve } from './schema.mjs';

const load = async (name) => JSON.parse(await readFile(new URL(`../../gateway/web/${name}`, import.meta.url), 'utf8'));
const openapi = await load('openapi.json');
const asyncapi = await load('asyncapi.json');

const FIELDS = {
  Stream: 'path app name publisher protocol peer state session started_ms stream_time_ms delay_ms delay_wanted_ms gate shows muted blanked_by closed spans shadow time_to_close_us video audio window sampling lateness egress link notice thumbnail_ms noted cases_open barred',
  Case: 'id stream publisher state opened_ms public_ms span bank entry item distance quality probe hits first_hit_ms last_hit_ms sampled_ms still reason action policy priority deadline_ms on_timeout interim verdict decided_by decided_ms exposure_ms time_to_cut_us note',
  System: 'analyzers analyzers_ready analyzers_restarts sampling srt_workers srt_workers_ready srt_restarts store reviewers uptime_ms version',
  Video: 'codec width height bitrate_bps',
  Audio: 'codec sample_rate channels bitrate_bps',
  Egress: 'name state error connects bytes link',
  Link: 'latency_ms key_bits rtt_ms bandwidth_kbit buffer_ms buffer_bytes packets lost retransmitted dropped undecrypted holes broken',
};

const MESSAGES = {
  hello: 'type epoch since',
  welcome: 'type epoch seq resumed server_time',
  snapshot: 'type seq streams cases system',
  'stream.started': 'type seq time stream',
  'stream.updated': 'type seq time stream',
  'stream.stopped': 'type seq time stream',
  'bank.quarantine': 'type seq time bank entry state reason',
  'bank.changed': 'type seq time bank',
  'stream.noted': 'type seq time stream publisher policy bank entry item distance quality reason',
  'case.opened': 'type seq time case',
  'case.updated': 'type seq time case',
  'case.closed': 'type seq time case',
  'gate.changed': 'type seq time stream state shows muted cause by from_ms to_ms exposure_ms time_to_cut_us delay_ms',
  'system.status': 'type seq time system',
  'case.decide': 'type id case verdict note',
  'stream.blank': 'type id stream reason',
  'stream.resume': 'type id stream reason',
  'stream.redact': 'type id stream from_ms to_ms reason',
  'stream.dump': 'type id stream newest_ms reason',
  'stream.mute': 'type id stream reason',
  'stream.unmute': 'type id stream reason',
  'stream.set_delay': 'type id stream delay_ms reason',
  'stream.cut': 'type id stream slate_ms bar_ms reason',
  'stream.set_sampling': 'type id stream mode fps min_gap_ms probes estimate reason',
  'stream.unbar': 'type id stream reason',
  'stream.report': 'type id stream reason',
  result: 'type id ok error message applied',
};

const ROUTES = `
  POST /api/v1/login
  POST /api/v1/logout
  GET /api/v1/me
  GET /api/v1/streams
  POST /api/v1/streams/{app}/{name}/cut
  POST /api/v1/streams/{app}/{name}/blank
  POST /api/v1/streams/{app}/{name}/resume
  POST /api/v1/streams/{app}/{name}/redact
  POST /api/v1/streams/{app}/{name}/dump
  POST /api/v1/streams/{app}/{name}/mute
  POST /api/v1/streams/{app}/{name}/unmute
  POST /api/v1/streams/{app}/{name}/set_delay
  POST /api/v1/streams/{app}/{name}/set_sampling
  POST /api/v1/streams/{app}/{name}/unbar
  POST /api/v1/streams/{app}/{name}/report
  GET /api/v1/cases
  GET /api/v1/cases/{id}
  GET /api/v1/cases/{id}/still
  POST /api/v1/cases/{id}/decide
  GET /api/v1/keys
  POST /api/v1/keys
  POST /api/v1/keys/{id}/rotate
  DELETE /api/v1/keys/{id}
  GET /api/v1/bars
  GET /api/v1/closed
  DELETE /api/v1/bars/{id}
  GET /api/v1/trail
  GET /api/v1/policy
  GET /api/v1/hits
  GET /api/v1/signatures
  GET /api/v1/streams/{app}/{name}/thumbnail
  GET /api/v1/openapi.json
  GET /api/v1/asyncapi.json
  GET /api/v1/system
  GET /api/v1/review
  GET /healthz
  GET /readyz
  GET /metrics
  GET /api/v1/banks
  GET /api/v1/banks/{bank}/entries
  POST /api/v1/banks/{bank}/entries
  DELETE /api/v1/banks/{bank}/entries/{id}
  GET /api/v1/banks/{bank}/export
  GET /api/v1/banks/{bank}/search
  GET /api/v1/banks/{bank}/import
  POST /api/v1/banks/{bank}/import
  GET /api/v1/banks/{bank}/quarantine
  POST /api/v1/banks/{bank}/quarantine
  POST /api/v1/banks/{bank}/release
  POST /api/v1/banks/{bank}/disable
  POST /api/v1/banks/{bank}/enable
`;

const message = (type) => asyncapi.components.messages[type.replace('.', '_')].payload;
const BUDGET = { budget_us: 1600000, limit_us: 1600000, asked_us: 5000, granted_us: 5000, floor_us: 1666, spent_us: 4900, streams_lowered: 0, waited_ms: 20 };
const SYSTEM = { analyzers: 2, analyzers_ready: 2, analyzers_restarts: 0, sampling: BUDGET, srt_workers: 1, srt_workers_ready: 1, srt_restarts: 0, store: 'ok', reviewers: 1, uptime_ms: 1, version: '0.1.0' };

test('every reference leads somewhere', () => {
  for (const document of [openapi, asyncapi]) {
    assert.ok(references(document).length > 10);
    for (const ref of references(document)) assert.ok(resolve(document, ref), ref);
  }
});

test('the versions of the two formats', () => {
  assert.match(openapi.openapi, /^3\.1\./);
  assert.match(asyncapi.asyncapi, /^3\.0\./);
});

for (const [name, fields] of Object.entries(FIELDS)) {
  test(`${name} has its fields in both documents`, () => {
    for (const document of [openapi, asyncapi]) {
      const { properties } = document.components.schemas[name];
      for (const field of fields.split(' ')) assert.ok(Object.hasOwn(properties, field), field);
    }
  });
}

for (const [type, fields] of Object.entries(MESSAGES)) {
  test(`${type} is described with its fields`, () => {
    const payload = message(type);
    assert.deepEqual(Object.keys(payload.properties).filter((f) => fields.split(' ').includes(f)), fields.split(' '));
    assert.equal(payload.properties.type.const, type);
    assert.ok(Object.hasOwn(asyncapi.channels.review.messages, type.replace('.', '_')));
  });
}

test('no message is described that nobody sends', () => {
  assert.deepEqual(Object.values(asyncapi.components.messages).map((m) => m.name).sort(), Object.keys(MESSAGES).sort());
});

test('every route is described, each operation under its own name', () => {
  const described = Object.entries(openapi.paths).flatMap(([path, item]) => Object.keys(item).map((m) => `${m.toUpperCase()} ${path}`));
  assert.deepEqual(described.sort(), ROUTES.trim().split(/\n\s*/).sort());
  const names = Object.values(openapi.paths).flatMap((item) => Object.values(item).map((o) => o.operationId));
  assert.equal(new Set(names).size, names.length);
});

test('parameters in a path are declared', () => {
  for (const [path, item] of Object.entries(openapi.paths)) {
    const wanted = [...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]);
    for (const operation of Object.values(item)) {
      const given = (operation.parameters ?? []).filter((p) => p.in === 'path').map((p) => p.name);
      assert.deepEqual(given, wanted, path);
    }
  }
});

test('what the page tests use fits the documents', () => {
  const at = { seq: 7, time: 1700000000000 };
  const frames = [
    { type: 'hello', epoch: null, since: 0 },
    { type: 'welcome', epoch: 'e', seq: 7, resumed: false, server_time: at.time },
    { type: 'snapshot', seq: 7, streams: [stream('live/a'), stream('live/b', { video: null, audio: null })], cases: [aCase(), closed(aCase(), 'cut')], system: SYSTEM },
    { type: 'stream.started', ...at, stream: stream('live/a') },
    { type: 'case.closed', ...at, case: closed(aCase(), 'release') },
    { type: 'gate.changed', ...at, stream: 'live/a', state: 'cut', shows: 'slate', muted: false, cause: 'reviewer', by: 'admin', from_ms: 1, to_ms: null, exposure_ms: 0, time_to_cut_us: 9, delay_ms: 8000 },
    { type: 'system.status', ...at, system: SYSTEM },
    { type: 'case.decide', id: 'x', case: 'y', verdict: 'blank', note: '' },
    { type: 'stream.cut', id: 'x', stream: 'live/a', reason: '' },
    { type: 'result', id: 'x', ok: false, error: 'not_durable', message: 'words', applied: true },
  ];
  for (const frame of frames) assert.deepEqual(faults(asyncapi, message(frame.type), frame), [], frame.type);
});

test('the checker finds faults', () => {
  const found = faults(asyncapi, message('stream.cut'), { type: 'stream.cut', id: 7, stream: 'no path' });
  assert.deepEqual(found, ['$.id: number, not string', '$.stream: pattern']);
  assert.deepEqual(faults(asyncapi, message('hello'), { type: 'hello', epoch: null }), ['$.since: missing']);
});
