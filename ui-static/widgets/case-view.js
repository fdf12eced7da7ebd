// The one case in focus: picture, time left, why, and what can be done.

import { h, icon, setIcon, setText, show } from './dom.js';
import { createActionBar, verdictWords } from './action-bar.js';
import { createCountdown } from './countdown.js';
import { createPicture } from './picture.js';
import { count, duration, streamTime, wallTime } from './words.js';

const FACTS = [
  ['bank', 'Bank', (c) => c.bank],
  ['score', 'Score', (c) => (c.score === null ? '' : `${c.score.toFixed(2)} by ${c.scorer}`)],
  ['entry', 'Entry', (c) => c.entry || c.item],
  ['distance', 'Distance', distance],
  ['quality', 'Quality', (c) => (c.quality === null ? '' : `${c.quality} of 100`)],
  ['hits', 'Hits', hits],
  ['policy', 'Policy', (c) => `${c.policy || (c.scorer ? 'the scorer’s own' : 'the bank’s own')}, priority ${c.priority}`],
  ['publisher', 'Publisher', (c) => c.publisher],
  ['span', 'Span', span],
];

function distance(c) {
  if (c.distance === null) return '';
  const probe = c.probe === '' || c.probe === 'plain' ? '' : `, ${c.probe}`;
  return `${c.distance} of 256 bits${probe}`;
}

function hits(c) {
  if (c.hits === null) return '';
  const over = c.last_hit_ms !== null && c.first_hit_ms !== null ? c.last_hit_ms - c.first_hit_ms : 0;
  const text = count(c.hits, 'picture');
  return over > 0 ? `${text} in ${duration(over)}` : text;
}

function span(c) {
  if (c.span.from_ms === null) return '';
  const end = c.span.to_ms === null ? 'now' : streamTime(c.span.to_ms);
  return `${streamTime(c.span.from_ms)} – ${end}`;
}

function flagged(c) {
  const took = c.opened_ms !== null && c.sampled_ms !== null ? c.opened_ms - c.sampled_ms : null;
  const quick = took !== null && took >= 0 && took < 60000 ? `, ${took} ms after it arrived` : '';
  return c.opened_ms === null ? 'flagged' : `flagged ${wallTime(c.opened_ms)}${quick}`;
}

/** @param {{onDecide: Function, onNext: () => void}} options */
export function createCaseView({ onDecide, onNext }) {
  const picture = createPicture();
  const countdown = createCountdown();
  const actions = createActionBar({ onDecide });

  const title = h('h1', { class: 'case-title', testid: 'case-stream', tabindex: '-1' });
  const opened = h('p', { class: 'case-opened' });
  const reason = h('p', { class: 'case-reason', testid: 'case-reason' });
  const facts = FACTS.map(([name, label, read]) => {
    const value = h('dd', { testid: `fact-${name}` });
    return { element: h('div', { class: 'fact' }, h('dt', { text: label }), value), value, read };
  });

  const verdictIcon = icon('check');
  const verdictTitle = h('strong', { class: 'verdict-title', testid: 'verdict-title' });
  const verdictText = h('span', { class: 'verdict-text', testid: 'verdict-text' });
  const verdictDetail = h('span', { class: 'verdict-detail' });
  const next = h(
    'button',
    { type: 'button', class: 'button button-next', testid: 'next-case', 'aria-keyshortcuts': 'N', on: { click: onNext } },
    h('span', { text: 'Next case' }),
    h('kbd', { text: 'N' }),
  );
  const verdict = h(
    'div',
    { class: 'verdict', testid: 'verdict', role: 'status' },
    verdictIcon,
    h('div', { class: 'verdict-words' }, verdictTitle, verdictText, verdictDetail),
    next,
  );

  const full = h(
    'article',
    { class: 'case', testid: 'case-view' },
    h('header', { class: 'case-head' }, h('div', { class: 'case-names' }, title, opened), reason),
    picture.element,
    countdown.element,
    h('dl', { class: 'facts' }, facts.map((f) => f.element)),
    h('div', { class: 'case-foot' }, actions.element, verdict),
  );

  const emptyTitle = h('p', { class: 'empty-title', testid: 'empty-title' });
  const emptyText = h('p', { class: 'empty-text' });
  const empty = h('div', { class: 'empty', testid: 'case-empty' }, icon('check'), emptyTitle, emptyText);

  const element = h('section', { class: 'focus', 'aria-label': 'Case in focus' }, full, empty);
  let current = null; // what tick() needs between updates

  function tick(now) {
    if (current) countdown.update({ ...current, now });
  }

  return {
    element,
    actions,
    peek: (on) => picture.peek(on && current !== null),
    tick,
    focus: () => title.focus(),

    update({ one, target, live, known, withheldBy, delayMs, others, watched, now }) {
      show(full, Boolean(one));
      show(empty, !one);
      if (!one) {
        current = null;
        picture.peek(false);
        setText(emptyTitle, known ? 'Nothing to decide' : 'Waiting for the gateway');
        setText(emptyText, known ? watchedWords(watched) : 'Cases appear here by themselves.');
        return;
      }
      const result = verdictWords(one, target.outcome);
      const open = result === null;
      current = { one: open ? one : { ...one, state: 'closed' }, withheldBy, delayMs };
      full.dataset.caseId = one.id;
      full.dataset.state = open ? 'open' : 'closed';
      setText(title, one.stream || 'unnamed stream');
      setText(opened, flagged(one));
      setText(reason, one.reason || 'No reason was given.');
      picture.update(one);
      for (const f of facts) {
        const text = f.read(one);
        setText(f.value, text || '–');
        f.value.title = text.length > 24 ? f.value.textContent : '';
      }
      show(actions.element, open);
      show(verdict, !open);
      if (open) actions.update({ item: one, target, live, blanked: one.interim === 'blank' });
      else {
        verdict.dataset.verb = result.verb;
        setIcon(verdictIcon, result.verb === 'none' ? 'check' : result.verb);
        setText(verdictTitle, `${result.title}.`);
        setText(verdictText, result.text);
        setText(verdictDetail, decidedWords(one, result));
        show(next, others > 0);
      }
      tick(now);
    },
  };
}

function decidedWords(one, result) {
  const parts = [];
  if (one.decided_by) parts.push(`by ${one.decided_by}`);
  if (one.decided_ms !== null) parts.push(`at ${wallTime(one.decided_ms)}`);
  const head = parts.join(' ');
  return [head, result.detail].filter(Boolean).join(' · ');
}

function watchedWords(n) {
  if (n === 0) return 'No stream is coming in. Cases appear here by themselves.';
  return `${count(n, 'stream')} ${n === 1 ? 'is' : 'are'} being watched. Cases appear here by themselves.`;
}
