// What the gateway has told us: a pure reducer from snapshot and events to
// state. Nothing here knows a socket, a clock or the page. Items that cannot
// be read are counted and left out; a missing field gets a neutral value, so
// that no widget ever meets undefined.

const KEPT_CLOSED = 200;
const KEPT_ENDED = 40;

const isObject = (v) => v !== null && typeof v === 'object' && !Array.isArray(v);
const obj = (v) => (isObject(v) ? v : {});
const str = (v, otherwise = '') => (typeof v === 'string' ? v : otherwise);
const num = (v) => (typeof v === 'number' && Number.isFinite(v) ? v : null);
const list = (v) => (Array.isArray(v) ? v : []);
const oneOf = (v, allowed, otherwise) => (allowed.includes(v) ? v : otherwise);

const GATES = ['pass', 'redact', 'hold', 'blank', 'cut'];

/** What is, or will be, withheld by stream time. */
function readSpan(raw) {
  const span = obj(raw);
  return {
    kind: oneOf(span.kind, ['redact', 'dump', 'hold'], 'redact'),
    from_ms: num(span.from_ms),
    to_ms: num(span.to_ms),
    under_way: span.under_way === true,
  };
}

export function emptyState() {
  return {
    known: false, // a snapshot has been seen
    epoch: null,
    seq: 0,
    streams: new Map(), // path → stream
    cases: new Map(), // id → case
    gates: new Map(), // path → last gate.changed
    system: null,
    unreadable: 0,
  };
}

/** That a person closed the name, and whether before this stream. */
function readClosed(raw) {
  const c = obj(raw);
  return { kind: oneOf(c.kind, ['blank', 'mute'], ''), by: str(c.by), reason: str(c.reason), since_ms: num(c.since_ms), carried: c.carried === true };
}

/** How the line of an SRT connection is, or null. */
function lineOf(raw) {
  return isObject(raw) ? { rtt_ms: num(raw.rtt_ms), lost: num(raw.lost), dropped: num(raw.dropped) } : null;
}

/** A stream object with every field present, or null without a path. */
export function readStream(raw) {
  const s = obj(raw);
  const path = str(s.path) || (str(s.app) && str(s.name) ? `${s.app}/${s.name}` : '');
  if (!path) return null;
  const video = isObject(s.video) ? s.video : null;
  const audio = isObject(s.audio) ? s.audio : null;
  const sampling = obj(s.sampling);
  const lateness = obj(s.lateness);
  return {
    path,
    publisher: str(s.publisher),
    protocol: str(s.protocol),
    peer: str(s.peer),
    state: oneOf(s.state, ['live', 'draining', 'ended'], 'live'),
    session: num(s.session),
    started_ms: num(s.started_ms),
    stream_time_ms: num(s.stream_time_ms),
    delay_ms: num(s.delay_ms),
    delay_wanted_ms: num(s.delay_wanted_ms) ?? num(s.delay_ms),
    gate: oneOf(s.gate, GATES, 'unknown'),
    shows: oneOf(s.shows, ['nothing', 'content', 'slate'], 'unknown'),
    muted: s.muted === true,
    blanked_by: list(s.blanked_by).filter((cause) => typeof cause === 'string'),
    closed: list(s.closed).map(readClosed).filter((one) => one.kind !== ''),
    spans: list(s.spans).map(readSpan).filter((span) => span.from_ms !== null),
    shadow: s.shadow === true,
    video: video && {
      codec: str(video.codec),
      width: num(video.width),
      height: num(video.height),
      bitrate_bps: num(video.bitrate_bps),
    },
    audio: audio && {
      codec: str(audio.codec),
      sample_rate: num(audio.sample_rate),
      channels: num(audio.channels),
      bitrate_bps: num(audio.bitrate_bps),
    },
    sampling: {
      mode: str(sampling.mode),
      asked: num(sampling.asked),
      granted: num(sampling.granted),
      done: num(sampling.done),
      skipped: num(sampling.skipped),
      skip_reason: str(sampling.skip_reason),
    },
    lateness: { p50_ms: num(lateness.p50_ms), p99_ms: num(lateness.p99_ms), max_ms: num(lateness.max_ms) },
    egress: list(s.egress)
      .filter(isObject)
      .map((e) => ({ name: str(e.name, 'egress'), state: str(e.state, 'unknown'), error: str(e.error), link: lineOf(e.link) })),
    link: lineOf(s.link),
    notice: str(s.notice),
    thumbnail_ms: num(s.thumbnail_ms),
    noted: isObject(s.noted) ? { time: num(s.noted.time), reason: str(s.noted.reason) } : null,
    cases_open: num(s.cases_open),
    barred: s.barred === true,
  };
}

/** A case object with every field present, or null without an id. */
export function readCase(raw) {
  const c = obj(raw);
  const id = str(c.id);
  if (!id) return null;
  const span = obj(c.span);
  return {
    id,
    stream: str(c.stream),
    publisher: str(c.publisher),
    state: c.state === 'closed' ? 'closed' : 'open',
    opened_ms: num(c.opened_ms),
    public_ms: num(c.public_ms),
    span: { from_ms: num(span.from_ms), to_ms: num(span.to_ms) },
    bank: str(c.bank),
    entry: str(c.entry),
    item: str(c.item),
    distance: num(c.distance),
    scorer: str(c.scorer),
    score: num(c.score),
    quality: num(c.quality),
    probe: str(c.probe),
    hits: num(c.hits),
    first_hit_ms: num(c.first_hit_ms),
    last_hit_ms: num(c.last_hit_ms),
    sampled_ms: num(c.sampled_ms),
    still: str(c.still) || null,
    reason: str(c.reason),
    action: oneOf(c.action, ['case', 'hold', 'cut'], 'case'),
    policy: str(c.policy),
    priority: num(c.priority) ?? 50,
    deadline_ms: num(c.deadline_ms),
    on_timeout: oneOf(c.on_timeout, ['keep', 'release', 'hold', 'cut'], 'keep'),
    interim: c.interim === 'blank' ? 'blank' : null,
    verdict: oneOf(c.verdict, ['cut', 'release'], null),
    decided_by: str(c.decided_by),
    decided_ms: num(c.decided_ms),
    exposure_ms: num(c.exposure_ms),
    time_to_cut_us: num(c.time_to_cut_us),
    note: str(c.note),
  };
}

/** The system object with every field present. */
export function readSystem(raw) {
  const s = obj(raw);
  return {
    analyzers: num(s.analyzers),
    analyzers_ready: num(s.analyzers_ready),
    analyzers_restarts: num(s.analyzers_restarts),
    analyzers_error: str(s.analyzers_error),
    store: oneOf(s.store, ['ok', 'failing'], 'unknown'),
    reviewers: num(s.reviewers),
    uptime_ms: num(s.uptime_ms),
    version: str(s.version),
  };
}

function readGate(raw) {
  const path = str(raw.stream);
  if (!path) return null;
  return {
    path,
    state: oneOf(raw.state, GATES, 'unknown'),
    muted: typeof raw.muted === 'boolean' ? raw.muted : null,
    delay_ms: num(raw.delay_ms),
    cause: str(raw.cause),
    by: str(raw.by),
    time: num(raw.time),
    exposure_ms: num(raw.exposure_ms),
    time_to_cut_us: num(raw.time_to_cut_us),
  };
}

/** MAP without its oldest entries that satisfy OLD, so that KEEP of them stay. */
function trimmed(map, old, when, keep) {
  const candidates = [...map].filter(([, v]) => old(v));
  if (candidates.length <= keep) return map;
  candidates.sort((a, b) => (when(a[1]) ?? 0) - (when(b[1]) ?? 0));
  for (const [key] of candidates.slice(0, candidates.length - keep)) map.delete(key);
  return map;
}

const trimCases = (map) =>
  trimmed(map, (c) => c.state === 'closed', (c) => c.decided_ms ?? c.opened_ms, KEPT_CLOSED);
const trimStreams = (map) =>
  trimmed(map, (s) => s.state === 'ended' && !s.barred, (s) => s.started_ms, KEPT_ENDED);

function readAll(items, read, key, into) {
  let unreadable = 0;
  for (const raw of list(items)) {
    const item = read(raw);
    if (item) into.set(item[key], item);
    else unreadable += 1;
  }
  return unreadable;
}

function fromSnapshot(state, message) {
  // Decisions seen earlier stay listed; whatever was open is the gateway's to say.
  const cases = new Map([...state.cases].filter(([, c]) => c.state === 'closed'));
  const streams = new Map();
  let unreadable = readAll(message.streams, readStream, 'path', streams);
  unreadable += readAll(message.cases, readCase, 'id', cases);
  return {
    ...state,
    known: true,
    seq: num(message.seq) ?? state.seq,
    streams: trimStreams(streams),
    cases: trimCases(cases),
    gates: new Map([...state.gates].filter(([path]) => streams.has(path))),
    system: isObject(message.system) ? readSystem(message.system) : state.system,
    unreadable: state.unreadable + unreadable,
  };
}

/** The state after MESSAGE. Never throws, never changes STATE. */
export function reduce(state, message) {
  if (!isObject(message)) return { ...state, unreadable: state.unreadable + 1 };
  const seq = Math.max(state.seq, num(message.seq) ?? state.seq);
  const bad = () => ({ ...state, seq, unreadable: state.unreadable + 1 });

  switch (message.type) {
    case 'welcome':
      return { ...state, epoch: str(message.epoch) || null };
    case 'snapshot':
      return fromSnapshot(state, message);
    case 'stream.started':
    case 'stream.updated':
    case 'stream.stopped': {
      const stream = readStream(message.stream);
      if (!stream) return bad();
      if (message.type === 'stream.stopped') stream.state = 'ended';
      const streams = new Map(state.streams).set(stream.path, stream);
      return { ...state, seq, streams: trimStreams(streams) };
    }
    case 'case.opened':
    case 'case.updated':
    case 'case.closed': {
      const one = readCase(message.case);
      if (!one) return bad();
      if (message.type === 'case.closed') one.state = 'closed';
      return { ...state, seq, cases: trimCases(new Map(state.cases).set(one.id, one)) };
    }
    case 'gate.changed': {
      const gate = readGate(message);
      if (!gate) return bad();
      const streams = new Map(state.streams);
      const stream = streams.get(gate.path);
      if (stream) {
        streams.set(gate.path, {
          ...stream,
          gate: gate.state,
          muted: gate.muted ?? stream.muted,
          delay_wanted_ms: gate.delay_ms ?? stream.delay_wanted_ms,
        });
      }
      return { ...state, seq, streams, gates: new Map(state.gates).set(gate.path, gate) };
    }
    case 'system.status':
      return { ...state, seq, system: readSystem(message.system) };
    case 'unreadable':
      return bad();
    default:
      return { ...state, seq }; // a newer gateway may say more than we know
  }
}

/** Why the case's content is not going out, or null while it is: blank, cut. */
export function withheld(state, one) {
  if (one.interim === 'blank') return 'blank';
  const gate = state.streams.get(one.stream)?.gate;
  return gate === 'blank' || gate === 'hold' || gate === 'cut' ? gate : null;
}

/** Open cases: the most urgent on top, of equals what becomes public first; withheld ones last. */
export function openCases(state) {
  const rank = (c) => [withheld(state, c) ? 1 : 0, -c.priority, c.public_ms ?? c.opened_ms ?? 0, c.opened_ms ?? 0];
  return [...state.cases.values()]
    .filter((c) => c.state === 'open')
    .map((c) => ({ c, r: rank(c) }))
    .sort((a, b) => a.r[0] - b.r[0] || a.r[1] - b.r[1] || a.r[2] - b.r[2] || a.r[3] - b.r[3] || (a.c.id < b.c.id ? -1 : 1))
    .map(({ c }) => c);
}

/** Closed cases, the latest decision first. */
export function closedCases(state) {
  const when = (c) => c.decided_ms ?? c.opened_ms ?? 0;
  return [...state.cases.values()].filter((c) => c.state === 'closed').sort((a, b) => when(b) - when(a));
}

/** Streams in the order of the wall: with open cases, live, then by path. */
export function wallStreams(state) {
  const rank = (s) => (s.state === 'ended' ? 2 : (s.cases_open ?? 0) > 0 ? 0 : 1);
  return [...state.streams.values()].sort((a, b) => rank(a) - rank(b) || (a.path < b.path ? -1 : 1));
}
