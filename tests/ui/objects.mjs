// Streams and cases as the gateway describes them, for tests.

export function stream(path, changes = {}) {
  const [app, name] = path.split('/');
  return {
    path,
    app,
    name,
    publisher: name,
    protocol: 'rtmp',
    peer: '127.0.0.1:5555',
    state: 'live',
    session: 1,
    started_ms: Date.now() - 95000,
    stream_time_ms: 95000,
    delay_ms: 8000,
    delay_wanted_ms: changes.delay_ms ?? 8000,
    gate: 'pass',
    shows: 'content',
    muted: false,
    blanked_by: [],
    closed: [],
    spans: [],
    shadow: false,
    time_to_close_us: null,
    video: { codec: 'h264', width: 1280, height: 720, bitrate_bps: 2350000 },
    audio: { codec: 'aac', sample_rate: 48000, channels: 2, bitrate_bps: 128000 },
    window: { bytes: 2500000, ms: 8000, packets: 700 },
    sampling: {
      mode: 'keyframes', asked: 96, granted: 96, done: 96, skipped: 0, skip_reason: null, asked_gap_ms: 0, granted_gap_ms: 0, asked_probes: 'standard', granted_probes: 'standard',
      floor_gap_ms: 6000, key_gap_ms: 2000, asked_cpu_us: 5000, granted_cpu_us: 5000, risk_percent: 0, risk_reason: null,
    },
    lateness: { p50_ms: 1, p99_ms: 4, max_ms: 9 },
    egress: [{ name: 'origin', state: 'live', error: null, connects: 1, bytes: 27000000, link: null }],
    link: null,
    notice: null,
    thumbnail_ms: null,
    noted: null,
    cases_open: 0,
    barred: false,
    ...changes,
  };
}

let made = 0;

export function aCase(changes = {}) {
  made += 1;
  const id = changes.id ?? `00000000-0000-4000-8000-${String(made).padStart(12, '0')}`;
  const now = Date.now();
  return {
    id,
    stream: 'live/cam1',
    publisher: 'cam1',
    state: 'open',
    opened_ms: now - 1200,
    public_ms: now + 60000,
    span: { from_ms: 83000, to_ms: null },
    bank: 'demo',
    entry: 'bbb@18.000',
    item: 'bbb',
    distance: 4, scorer: null, score: null,
    quality: 100,
    probe: 'plain',
    hits: 3,
    first_hit_ms: 84000,
    last_hit_ms: 86000,
    sampled_ms: now - 1284,
    still: `/api/v1/cases/${id}/still`,
    reason: '3 of the last 4 pictures match “bbb” of bank demo, nearest 4 bits of 256, quality 100. Policy known asks you to decide.',
    action: 'case',
    policy: 'known',
    priority: 50,
    deadline_ms: null,
    on_timeout: 'keep',
    interim: null,
    verdict: null,
    decided_by: null,
    decided_ms: null,
    exposure_ms: null,
    time_to_cut_us: null,
    note: '',
    ...changes,
  };
}

export function closed(one, verdict, changes = {}) {
  return { ...one, state: 'closed', verdict, decided_by: 'admin', decided_ms: Date.now(), ...changes };
}
