// Numbers and codes in the reviewer's words. Pure.

/** WORDS to look up with keys from outside: nothing inherited is found. */
const table = (words) => Object.assign(Object.create(null), words);

/** 4200 → "4.2 s", 65000 → "1 min 5 s", 3900000 → "1 h 5 min". */
export function duration(ms, digits = 1) {
  if (!Number.isFinite(ms)) return '–';
  const s = Math.abs(ms) / 1000;
  if (s < 60) return `${(Math.floor(s * 10 ** digits) / 10 ** digits).toFixed(digits)} s`;
  const whole = Math.floor(s);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** Stream time 83400 → "1:23.4". */
export function streamTime(ms) {
  if (!Number.isFinite(ms)) return '–';
  const tenths = Math.floor(Math.abs(ms) / 100);
  const s = Math.floor(tenths / 10);
  const pad = (n) => String(n).padStart(2, '0');
  const hours = Math.floor(s / 3600);
  const head = hours > 0 ? `${hours}:${pad(Math.floor(s / 60) % 60)}` : `${Math.floor(s / 60)}`;
  return `${ms < 0 ? '−' : ''}${head}:${pad(s % 60)}.${tenths % 10}`;
}

/** Wall time as hours, minutes, seconds in the reviewer's zone. */
export function wallTime(ms) {
  if (!Number.isFinite(ms)) return '–';
  const d = new Date(ms);
  if (Number.isNaN(d.getTime())) return '–';
  const pad = (n) => String(n).padStart(2, '0');
  return `${pad(d.getHours())}:${pad(d.getMinutes())}:${pad(d.getSeconds())}`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Wall time with its day, if that is not the day of NOW: "3 Nov 2026, 14:02". */
export function wallDate(ms, now) {
  const time = wallTime(ms);
  if (time === '–') return time;
  const d = new Date(ms);
  if (d.toDateString() === new Date(now).toDateString()) return time;
  return `${d.getDate()} ${MONTHS[d.getMonth()]} ${d.getFullYear()}, ${time.slice(0, 5)}`;
}

/** 10432123 → "10,432,123". */
export function number(n) {
  return Number.isFinite(n) ? String(Math.trunc(n)).replace(/\B(?=(\d{3})+$)/g, ',') : '–';
}

/** The same with the day, when it is not that of NOW. */
export function wallDay(ms, now = Date.now()) {
  const d = new Date(ms);
  if (!Number.isFinite(ms) || Number.isNaN(d.getTime()) || d.toDateString() === new Date(now).toDateString()) return wallTime(ms);
  const pad = (n) => String(n).padStart(2, '0');
  return `${d.getFullYear()}-${pad(d.getMonth() + 1)}-${pad(d.getDate())} ${wallTime(ms)}`;
}

export function bitrate(bps) {
  if (!Number.isFinite(bps) || bps <= 0) return '';
  return bps >= 1e6 ? `${(bps / 1e6).toFixed(1)} Mb/s` : `${Math.round(bps / 1e3)} kb/s`;
}

export function count(n, one, many = `${one}s`) {
  return `${n} ${n === 1 ? one : many}`;
}

const CODECS = table({ h264: 'H.264', hevc: 'HEVC', h265: 'HEVC', av1: 'AV1', vp9: 'VP9', aac: 'AAC', opus: 'Opus', mp2: 'MP2', mp3: 'MP3', ac3: 'AC-3' });
export const codec = (name) => CODECS[name] ?? name;

/** How much of the flagged span viewers may have seen, as a sentence. */
export function exposure(ms) {
  if (!Number.isFinite(ms)) return '';
  if (ms <= 0) return 'Nothing of it reached viewers.';
  if (ms < 1000) return `${Math.max(1, Math.round(ms))} ms had gone out.`;
  return `${duration(ms)} had gone out.`;
}

/** A figure in milliseconds, with a tenth only where it matters. */
export function millis(ms) {
  if (!Number.isFinite(ms)) return '–';
  return `${ms < 10 ? Number(ms.toFixed(1)) : Math.round(ms)} ms`;
}

/** Time to cut in words: 380 → "0.38 ms". */
export function switchTime(us) {
  if (!Number.isFinite(us)) return '';
  if (us < 1000) return `${(us / 1000).toFixed(2)} ms`;
  if (us < 1e6) return `${(us / 1000).toFixed(1)} ms`;
  return `${(us / 1e6).toFixed(1)} s`;
}

const DOING = table({
  cut: 'Cutting…', blank: 'Blanking…', release: 'Releasing…', resume: 'Resuming…', unbar: 'Lifting the bar…',
  redact: 'Redacting…', dump: 'Dumping…', mute: 'Muting…', unmute: 'Unmuting…', set_delay: 'Setting…',
});
const DONE = table({
  cut: 'Cut', blank: 'Blanked', release: 'Released', resume: 'Resumed', unbar: 'Bar lifted',
  redact: 'Redacted', dump: 'Dumped', mute: 'Muted', unmute: 'Sound is back', set_delay: 'Delay set',
});
export const doing = (verb) => DOING[verb] ?? 'Working…';
export const done = (verb) => DONE[verb] ?? 'Done';

const ERRORS = table({
  unknown_command: 'This gateway does not know that command.',
  bad_request: 'The gateway could not read the request.',
  not_found: 'The gateway no longer has it.',
  not_allowed: 'Your account may not do this.',
  conflict: 'It has been decided already.',
  rate_limited: 'Too many commands at once. Try again in a moment.',
  unauthorized: 'You are no longer logged in.',
  no_answer: 'The gateway did not answer. It may or may not have happened; look at the gate before you try again.',
  stopped: 'The console was disconnected before the gateway answered.',
  unreachable: 'The gateway cannot be reached.',
});

/**
 * A failed result in plain words: the gateway's own, which name who and what,
 * else ours for its code. Says what is in effect all the same.
 */
export function failure(verb, result) {
  if (result.error === 'not_durable') {
    return result.applied === true
      ? `${done(verb)} and in effect, but it could not be stored and may be lost when the gateway restarts.`
      : 'Refused: the decision could not be stored. Nothing has changed.';
  }
  const said = typeof result.message === 'string' ? result.message.trim() : '';
  const words = said || (ERRORS[result.error] ?? 'The gateway refused.');
  return result.applied === true ? `${words} It is in effect all the same.` : words;
}
