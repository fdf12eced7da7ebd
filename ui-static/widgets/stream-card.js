// One stream on the wall: what comes in, what goes out, and its small menu.

import { h, icon, setIcon, setText, show } from './dom.js';
import { createStreamMenu } from './stream-menu.js';
import { createThumbnail } from './thumbnail.js';
import { bitrate, codec, done, exposure, failure, millis, streamTime, wallDay, wallTime } from './words.js';

const GATES = {
  pass: ['Passing', 'release'],
  redact: ['Redacted', 'redact'],
  hold: ['Held', 'clock'],
  blank: ['Blank', 'blank'],
  cut: ['Cut', 'cut'],
  unknown: ['Gate not known', 'alert'],
};

const FIGURES = [
  ['delay', 'Delay', 'How long a packet is held'],
  ['late', 'Late', 'How late packets leave: 99 of 100 are better'],
  ['samples', 'Looked at', 'Samples done of those asked for'],
  ['line', 'Line', 'Round trip to the publisher, packets lost on the way at first, and those that never came'],
];

function coded({ video, audio }) {
  const parts = [];
  if (video) {
    const size = video.width && video.height ? ` ${video.width}×${video.height}` : '';
    parts.push(`${codec(video.codec) || 'video'}${size}`);
  }
  if (audio) parts.push(codec(audio.codec) || 'audio');
  const rate = (video?.bitrate_bps ?? 0) + (audio?.bitrate_bps ?? 0);
  if (bitrate(rate)) parts.push(bitrate(rate));
  return parts.join(' · ') || 'no pictures or sound yet';
}

function seconds(ms) {
  return ms === null ? '–' : `${Number((ms / 1000).toFixed(1))} s`;
}

function looked({ done: looks, asked, granted, skipped, skip_reason: why }) {
  if (looks === null && asked === null) return '–';
  const missed = skipped ? `, ${skipped} skipped${why ? ` (${why})` : ''}` : '';
  const spared = asked !== null && granted !== null && granted < asked ? `, ${asked - granted} left out to save CPU` : '';
  return `${looks ?? 0}/${asked ?? looks ?? 0}${spared}${missed}`;
}

function line({ rtt_ms: rtt, lost, dropped }) {
  return `${millis(rtt) || '–'}, ${lost ?? 0} lost, ${dropped ?? 0} for good`;
}

/** What went wrong with an egress before it went live is over. */
const failing = ({ state, error }) => (state === 'live' ? null : error);

function egressWords(e) {
  const more = failing(e) ?? (e.link && line(e.link));
  return `${e.name} ${e.state}${more ? ` (${more})` : ''}`;
}

/** @param {{onStream: (path: string, verb: string) => void}} options */
export function createStreamCard(path, { onStream }) {
  const name = h('span', { class: 'row-name', testid: 'stream-path' });
  const sub = h('span', { class: 'row-sub', testid: 'stream-codec' });
  const gateIcon = icon('release');
  const gateWord = h('span', {});
  const gate = h('span', { class: 'chip', testid: 'stream-gate' }, gateIcon, gateWord);
  const menu = createStreamMenu({
    onVerb: (verb, fields) => onStream(path, verb, fields),
    onClose: () => {
      open(false);
      more.focus();
    },
  });
  const more = h(
    'button',
    { type: 'button', class: 'icon-button', testid: 'stream-more', 'aria-label': 'Stream commands', 'aria-expanded': 'false', on: { click: () => open(menu.element.hidden) } },
    icon('more'),
  );

  function open(on) {
    menu.element.hidden = !on;
    more.setAttribute('aria-expanded', String(on));
  }

  const values = {};
  const figures = h('dl', { class: 'figures' });
  for (const [key, label, title] of FIGURES) {
    values[key] = h('dd', { testid: `stream-${key}` });
    figures.append(h('div', { title }, h('dt', { text: label }), values[key]));
  }
  const withheld = h('p', { class: 'card-withheld', testid: 'stream-withheld' });
  const egress = h('p', { class: 'card-egress', testid: 'stream-egress' });
  const notice = h('p', { class: 'card-note', testid: 'stream-notice' });
  const noted = h('p', { class: 'card-note', testid: 'stream-noted', data: { kind: 'good' } });
  const thumbnail = createThumbnail(path);
  const note = h('p', { class: 'card-note', testid: 'stream-note', role: 'status' });

  const element = h(
    'li',
    { class: 'card', testid: 'stream', data: { stream: path } },
    h('div', { class: 'card-head' }, name, gate, more),
    menu.element,
    h('div', { class: 'card-body' }, thumbnail.element, h('div', { class: 'card-words' }, sub, figures, withheld, egress)),
    notice,
    noted,
    note,
  );

  return {
    element,
    update({ stream, target, connected }) {
      const { pending, outcome } = target;
      element.dataset.gate = stream.gate;
      element.dataset.state = stream.state;
      setText(name, stream.path);
      name.title = name.textContent;
      const draining = stream.state === 'draining' ? 'draining · ' : '';
      setText(sub, `${draining}${[stream.protocol.toUpperCase(), coded(stream)].filter(Boolean).join(' · ')}`);
      const gone = stream.state === 'ended';
      const [word, drawing] = gone && stream.gate === 'pass' ? ['Ended', 'check'] : GATES[stream.gate];
      setText(gateWord, stream.muted && !gone ? `${word}, muted` : word);
      setIcon(gateIcon, drawing);
      gate.dataset.gate = gone && stream.gate === 'pass' ? 'ended' : stream.gate;

      const later = stream.delay_wanted_ms !== stream.delay_ms ? ` → ${seconds(stream.delay_wanted_ms)}` : '';
      setText(values.delay, `${seconds(stream.delay_ms)}${later}`);
      setText(values.samples, looked(stream.sampling));
      setText(values.late, millis(stream.lateness.p99_ms));
      show(values.line.parentNode, stream.link !== null);
      if (stream.link) setText(values.line, line(stream.link));
      show(figures, !gone);

      const out = withheldWords(stream);
      show(withheld, out !== '' && !gone);
      setText(withheld, out);

      const outs = stream.egress.map(egressWords);
      setText(egress, outs.length > 0 ? `→ ${outs.join(', ')}` : '→ no egress');
      element.dataset.egress = stream.egress.some((e) => failing(e) || e.state === 'waiting') ? 'trouble' : 'fine';
      show(egress, !gone);
      show(notice, stream.notice !== '' && !gone);
      setText(notice, stream.notice);
      show(noted, stream.noted !== null && !gone);
      setText(noted, stream.noted ? `Noted ${wallTime(stream.noted.time)}. ${stream.noted.reason}` : '');
      thumbnail.update(gone ? null : stream.thumbnail_ms);

      show(more, !gone);
      if (gone) open(false);
      menu.update({ stream, pending, connected });
      const said = outcomeWords(outcome);
      note.dataset.kind = outcome && !outcome.result.ok ? 'error' : 'good';
      show(note, said !== '');
      setText(note, said);
    },
  };
}

const CAUSES = {
  analysis: 'nothing looks at it',
  unattended: 'no reviewer is there',
  store: 'nothing can be stored',
};

/** What is, or will be, taken out, who closed it, and why it is blanked without
 * a person. */
function withheldWords({ spans, blanked_by: causes, closed, shadow }) {
  const parts = [];
  if (shadow) parts.push('Shadow mode: looked at, never touched');
  for (const cause of causes) if (CAUSES[cause]) parts.push(`Blank: ${CAUSES[cause]}`);
  for (const { kind, by, reason, since_ms: since, carried } of closed) {
    const before = carried ? ', carried over from an earlier stream' : '';
    parts.push(`${kind === 'mute' ? 'Muted' : 'Blanked'} by ${by || 'somebody'} ${wallDay(since)}${before}${reason ? `: ${reason}` : ''}`);
  }
  for (const { kind, from_ms: from, to_ms: to } of spans) {
    const word = kind === 'hold' ? 'Held' : kind === 'dump' ? 'Dumped' : 'Redacted';
    parts.push(to === null ? `${word} from ${streamTime(from)}` : `${word} ${streamTime(from)} – ${streamTime(to)}`);
  }
  return parts.join(' · ');
}

function outcomeWords(outcome) {
  if (!outcome) return '';
  const { verb, result } = outcome;
  if (!result.ok) return failure(verb, result);
  const out = ['cut', 'dump', 'redact'].includes(verb) ? exposure(result.exposure_ms) : '';
  return [`${done(verb)}.`, out].filter(Boolean).join(' ');
}
