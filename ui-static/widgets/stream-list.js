// The wall: every stream as one compact card, the bars in force, and the names
// that a person closed.

import { createClosedList } from './closed-list.js';
import { h, keyed, setText, show } from './dom.js';
import { createStreamCard } from './stream-card.js';
import { count, doing, failure, wallDate } from './words.js';

const SHOWN_ENDED = 8;

/**
 * @param {object} options
 * @param {(path: string, verb: string) => void} options.onStream
 * @param {(bar: object) => void} options.onLift
 * @param {(path: string, verb: string) => void} options.onOpen
 */
export function createStreamList({ onStream, onLift, onOpen }) {
  const live = new Map();
  const ended = new Map();
  const barred = new Map();

  const total = h('span', { class: 'panel-count', testid: 'stream-count' });
  const none = h('p', { class: 'panel-empty', text: 'No stream is coming in' });
  const liveItems = h('ul', { class: 'cards', testid: 'streams' });
  const streams = h(
    'section',
    { class: 'panel', 'aria-label': 'Streams' },
    h('header', { class: 'panel-head' }, h('h2', { text: 'Streams' }), total),
    none,
    liveItems,
  );

  const barItems = h('ul', { class: 'bars', testid: 'bars' });
  const bars = h(
    'section',
    { class: 'panel', 'aria-label': 'Barred' },
    h('header', { class: 'panel-head' }, h('h2', { text: 'Barred' })),
    barItems,
  );

  const endedWords = h('summary', { class: 'ended-words' });
  const endedItems = h('ul', { class: 'cards', testid: 'streams-ended' });
  const past = h('details', { class: 'panel ended' }, endedWords, endedItems);

  const closed = createClosedList({ onOpen });
  const element = h('div', { class: 'wall', data: { keepsArrows: 'true' } }, streams, bars, closed.element, past);

  const create = (stream) => createStreamCard(stream.path, { onStream });

  function createBar(bar) {
    const name = h('span', { class: 'row-name' });
    const why = h('span', { class: 'row-sub' });
    const error = h('p', { class: 'card-note', testid: 'bar-note' });
    const row = { shown: bar };
    const lift = h('button', { type: 'button', class: 'button button-small', testid: 'lift-bar', on: { click: () => onLift(row.shown) } });
    const item = h(
      'li',
      { class: 'bar', testid: 'bar', data: { stream: bar.path } },
      h('div', { class: 'bar-line' }, h('span', { class: 'row-main' }, name, why), lift),
      error,
    );
    return Object.assign(row, { element: item, name, why, lift, error });
  }

  return {
    element,
    update({ running, over, bars: inForce, closed: names, forStream, live: connected, now }) {
      setText(total, String(running.length));
      show(none, running.length === 0);
      const update = (card, stream) => card.update({ stream, target: forStream(stream.path), connected, now });
      keyed(liveItems, live, running, (s) => s.path, create, update);

      const shownOver = over.slice(0, SHOWN_ENDED);
      show(past, shownOver.length > 0);
      setText(endedWords, `${count(over.length, 'stream')} ended`);
      keyed(endedItems, ended, shownOver, (s) => s.path, create, update);

      show(bars, inForce.length > 0);
      keyed(barItems, barred, inForce, (b) => b.key, createBar, (row, bar) => {
        row.shown = bar;
        const target = forStream(bar.path);
        const busy = target.pending.includes('unbar');
        setText(row.name, bar.path || bar.publisher || 'unnamed');
        const who = bar.publisher && bar.publisher !== bar.path ? `publisher ${bar.publisher}` : '';
        setText(row.why, [who, bar.reason, bar.by && `by ${bar.by}`, bar.since_ms && `since ${wallDate(bar.since_ms, now)}`].filter(Boolean).join(' · ') || 'may not publish');
        setText(row.lift, busy ? doing('unbar') : 'Lift bar');
        row.lift.disabled = busy || !connected;
        const failed = target.outcome?.verb === 'unbar' && !target.outcome.result.ok;
        show(row.error, failed);
        setText(row.error, failed ? failure('unbar', target.outcome.result) : '');
      });
      closed.update({ closed: names, forStream, connected, now });
    },
  };
}
