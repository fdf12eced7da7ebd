// The page in Chromium: log-in, cases, commands, reconnects, hostile data.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, open, until } from './browser.mjs';
import { TOKEN } from './fake-gateway.mjs';
import { aCase, closed, stream } from './objects.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** A page test with its own gateway; fails on any script or policy complaint. */
function page(name, setup, run, options) {
  test(name, async () => {
    const session = await open(browser, setup, options);
    try {
      await run(session);
      assert.deepEqual(session.complaints, []);
    } finally {
      await session.close();
    }
  });
}

const oneCase = (changes) => (gateway) => {
  gateway.streams = [stream('live/cam1', { cases_open: 1 })];
  gateway.cases = [aCase({ id: 'case-1', ...changes })];
};

const text = (session, id) => session.at(id).textContent();
const reads = (session, id, wanted) =>
  session.page.waitForFunction(
    ([testid, re]) => new RegExp(re).test(document.querySelector(`[data-testid="${testid}"]`)?.textContent ?? ''),
    [id, wanted.source],
  );

page('a link with a token logs in and leaves no trace of it', oneCase(), async (s) => {
  await s.at('case-view').waitFor();
  assert.equal(s.page.url(), `${s.gateway.url}/`);
  assert.equal(await s.page.evaluate(() => history.length > 0 && location.hash), '');
  assert.equal(await text(s, 'who'), 'admin');
  assert.equal(await s.page.evaluate(() => document.cookie), '');
  assert.ok(s.gateway.calls.includes('POST /api/v1/login'));
});

page('without a session there is a form with one hidden field', () => {}, async (s) => {
  await s.page.goto(s.gateway.url);
  await s.at('login').waitFor();
  assert.equal(await s.at('login-token').getAttribute('type'), 'password');
  await s.at('login-token').fill('wrong');
  await s.at('login-submit').click();
  await reads(s, 'login-error', /not known/);
  await s.at('login-token').fill(TOKEN);
  await s.page.keyboard.press('Enter');
  await s.at('console').waitFor();
  await s.at('logout').click();
  await s.at('login').waitFor();
  await s.page.reload();
  await s.at('login').waitFor();
}, { login: false });

page('a case appears, says why, and counts in the title', () => {}, async (s) => {
  await s.at('case-empty').waitFor();
  await reads(s, 'connection', /^Live$/);
  s.gateway.emitEvent({ type: 'stream.started', stream: stream('live/cam1') });
  s.gateway.emitEvent({ type: 'case.opened', case: aCase({ id: 'case-1' }) });
  await s.at('case-view').waitFor();
  assert.equal(await text(s, 'case-stream'), 'live/cam1');
  assert.match(await text(s, 'case-reason'), /^3 of the last 4 pictures match/);
  assert.equal(await text(s, 'fact-bank'), 'demo');
  assert.equal(await text(s, 'fact-entry'), 'bbb@18.000');
  assert.match(await text(s, 'fact-distance'), /^4 /);
  assert.match(await text(s, 'fact-quality'), /^100 /);
  assert.match(await text(s, 'fact-hits'), /^3 /);
  assert.equal(await text(s, 'fact-publisher'), 'cam1');
  assert.equal(await s.page.title(), '(1) Weir');
  assert.match(await text(s, 'stream-codec'), /H\.264 1280×720/);
});

page('the countdown runs by the gateway\'s clock, then says it is out', (gateway) => {
  gateway.clockAheadMs = 3600000;
}, async (s) => {
  await reads(s, 'connection', /^Live$/);
  s.gateway.emitEvent({ type: 'case.opened', case: aCase({ public_ms: s.gateway.now + 1500 }) });
  await reads(s, 'countdown', /public in[01]\.\d s/);
  const first = await text(s, 'countdown-value');
  await s.page.waitForFunction((was) => document.querySelector('[data-testid=countdown-value]').textContent !== was, first);
  await s.page.locator('[data-testid=countdown][data-state=public]').waitFor();
  assert.match(await text(s, 'countdown'), /public since/);
  assert.match(await text(s, 'banner-text'), /clock is (59 min 59 s|1 h 0 min) behind/);
});

page('policy is said: which, how urgent, and what it does if nobody decides', (gateway) => {
  const now = gateway.now;
  gateway.streams = [stream('live/cam1', { noted: { time: now, reason: 'Policy watch writes it down.' } })];
  gateway.cases = [
    aCase({ id: 'usual', public_ms: now + 5000 }),
    aCase({ id: 'urgent', policy: 'strict', priority: 90, public_ms: now + 50000, on_timeout: 'cut', deadline_ms: now + 3600000 }),
  ];
}, async (s) => {
  await s.page.locator('[data-testid=case-view][data-case-id=urgent]').waitFor();
  assert.equal(await text(s, 'fact-policy'), 'strict, priority 90');
  assert.match(await s.at('queue-item').first().textContent(), /priority 90/);
  await reads(s, 'countdown-aside', /^cut by policy in \d+ min/);
  assert.match(await text(s, 'stream-noted'), /^Noted \d\d:\d\d:\d\d\. Policy watch writes it down\.$/);
});

page('a stream shows a thumbnail, blurred until it is pointed at', (gateway) => {
  gateway.streams = [stream('live/cam1', { thumbnail_ms: 1000 }), stream('live/dark')];
}, async (s) => {
  const filter = (blurred) => s.page.waitForFunction(
    (want) => getComputedStyle(document.querySelector('[data-testid=stream-thumbnail]')).filter.includes('blur') === want, blurred);
  await s.page.waitForFunction(() => document.querySelector('[data-testid=stream-thumbnail]')?.naturalWidth > 0);
  assert.equal(await s.at('stream-thumbnail').count(), 1, 'none for a stream without one');
  await filter(true);
  await s.at('stream-thumbnail').hover();
  await filter(false);
  await s.page.mouse.move(1, 1);
  await filter(true);
  await s.page.locator('.thumb').first().focus();
  await filter(false);
});

page('a blanked case is withheld and can still be cut or released', oneCase({ interim: 'blank' }), async (s) => {
  await reads(s, 'countdown-value', /withheld/);
  assert.equal(await s.at('action-blank').getAttribute('aria-disabled'), 'true');
  assert.equal(await s.at('action-cut').getAttribute('aria-disabled'), null);
  assert.equal(await s.at('action-release').getAttribute('aria-disabled'), null);
});

for (const verdict of ['cut', 'blank', 'release']) {
  page(`the ${verdict} button sends exactly one command`, oneCase(), async (s) => {
    s.gateway.answer = () => null;
    await s.at(`action-${verdict}`).dblclick();
    await until(s.gateway, () => s.gateway.commands.length > 0);
    await s.page.locator(`[data-testid=action-${verdict}][aria-busy=true]`).waitFor();
    assert.match(await text(s, `action-${verdict}`), /(Cutting|Blanking|Releasing)…/);
    assert.equal(await s.at('verdict').isVisible(), false);
    await s.at('help-open').click(); // one more turn of the page
    const [command, ...more] = s.gateway.commands;
    assert.deepEqual(more, []);
    assert.deepEqual({ ...command, id: typeof command.id }, { type: 'case.decide', id: 'string', case: 'case-1', verdict, note: '' });
  });
}

for (const [key, verdict] of [['b', 'blank'], ['r', 'release']]) {
  page(`key ${key} sends exactly one ${verdict}`, oneCase(), async (s) => {
    await s.at('case-view').waitFor();
    await s.page.keyboard.down(key);
    await s.page.keyboard.down(key); // auto-repeat
    await s.page.keyboard.up(key);
    await until(s.gateway, () => s.gateway.commands.length > 0);
    await (verdict === 'release' ? s.at('verdict').waitFor() : reads(s, 'action-note', /Blanked/));
    assert.deepEqual(s.gateway.commands.map((c) => c.verdict), [verdict]);
  });
}

page('one short X only warns; a second one cuts', oneCase(), async (s) => {
  await s.at('case-view').waitFor();
  // Every text it has had: a busy machine misses one that stands for a second.
  const texts = await s.at('action-cut').evaluateHandle((button) => {
    const list = [];
    new MutationObserver(() => list.push(button.textContent)).observe(button, { subtree: true, childList: true, characterData: true });
    return list;
  });
  await s.page.keyboard.press('x');
  await s.page.waitForFunction((list) => {
    const warned = list.findIndex((t) => t.includes('press X again'));
    return warned >= 0 && list.slice(warned).some((t) => t.includes('hold, or press twice')); // too late now
  }, texts);
  assert.deepEqual(s.gateway.commands, []);
  await s.page.keyboard.press('x');
  await s.page.keyboard.press('x');
  await s.at('verdict').waitFor();
  assert.deepEqual(s.gateway.commands.map((c) => c.verdict), ['cut']);
});

page('X held fills the button and cuts', oneCase(), async (s) => {
  await s.at('case-view').waitFor();
  await s.page.keyboard.down('x');
  await s.page.locator('[data-testid=action-cut].arming').waitFor();
  await s.at('verdict').waitFor();
  await s.page.keyboard.up('x');
  assert.deepEqual(s.gateway.commands.map((c) => c.verdict), ['cut']);
});

page('keys with Ctrl, in the help and in fields decide nothing', oneCase(), async (s) => {
  await s.at('case-view').waitFor();
  await s.page.keyboard.press('Control+b');
  await s.page.keyboard.press('?');
  await s.page.locator('dialog[open]').waitFor();
  await s.page.keyboard.press('b');
  await s.page.keyboard.press('r');
  await s.page.keyboard.press('Escape');
  await s.page.locator('dialog[open]').waitFor({ state: 'detached' });
  await s.page.keyboard.press('b');
  await reads(s, 'action-note', /Blanked/);
  assert.deepEqual(s.gateway.commands.map((c) => c.verdict), ['blank']);
});

page('a cut is told with its exposure, and nothing advances by itself', (gateway) => {
  gateway.streams = [stream('live/cam1'), stream('live/cam2')];
  gateway.cases = [
    aCase({ id: 'case-1', public_ms: Date.now() + 5000 }),
    aCase({ id: 'case-2', stream: 'live/cam2' }),
  ];
  gateway.answer = (frame, g) => {
    g.emitEvent({ type: 'case.closed', case: closed(g.cases[0], 'cut', { exposure_ms: frame.verdict === 'cut' ? 0 : null, time_to_cut_us: 380 }) });
    return { ok: true, applied: true };
  };
}, async (s) => {
  await s.at('action-cut').click();
  await s.at('verdict').waitFor();
  assert.equal(await text(s, 'verdict-title'), 'Cut.');
  assert.equal(await text(s, 'verdict-text'), 'Nothing of it reached viewers.');
  assert.equal(await s.at('case-view').getAttribute('data-case-id'), 'case-1');
  assert.match(await text(s, 'decided'), /Cut by admin\. Nothing of it reached viewers\./);
  await s.page.keyboard.press('n');
  await s.page.locator('[data-testid=case-view][data-case-id=case-2]').waitFor();
  assert.equal(await s.at('actions').isVisible(), true);
});

page('the focus moves by J and K and stays when a more urgent case comes', (gateway) => {
  gateway.streams = [stream('live/cam1')];
  gateway.cases = ['a', 'b'].map((id, i) => aCase({ id, public_ms: Date.now() + 30000 + i * 1000 }));
}, async (s) => {
  const focused = (id) => s.page.locator(`[data-testid=case-view][data-case-id=${id}]`).waitFor();
  await focused('a');
  await s.page.keyboard.press('j');
  await focused('b');
  await s.page.keyboard.press('ArrowUp');
  await focused('a');
  s.gateway.emitEvent({ type: 'case.opened', case: aCase({ id: 'urgent', public_ms: Date.now() + 1000 }) });
  await s.page.locator('[data-testid=queue-item]').nth(2).waitFor();
  assert.equal(await s.at('queue-item').first().getAttribute('data-case-id'), 'urgent');
  await focused('a');
  await s.page.keyboard.press('k');
  await focused('urgent');
});

page('a refusal is told in plain words beside the buttons', oneCase(), async (s) => {
  s.gateway.answer = () => ({ ok: false, error: 'not_durable', message: 'disk full', applied: true });
  await s.at('action-cut').click();
  await reads(s, 'action-note', /in effect, but it could not be stored/);
  s.gateway.answer = () => ({ ok: false, error: 'conflict', message: 'already cut by mona', applied: false });
  await s.at('action-release').click();
  await reads(s, 'action-note', /^already cut by mona$/);
  assert.equal(await s.at('actions').isVisible(), true);
});

page('after a break it resumes and sends the open command again under its id', oneCase(), async (s) => {
  await s.at('case-view').waitFor();
  s.gateway.answer = () => null;
  await s.at('action-cut').click();
  await until(s.gateway, () => s.gateway.commands.length === 1);
  s.gateway.answer = () => ({ ok: true, applied: true, exposure_ms: 1800 });
  s.gateway.drop();
  await until(s.gateway, () => s.gateway.commands.length === 2);
  const [first, second] = s.gateway.commands;
  assert.equal(first.id, second.id);
  const hellos = s.gateway.frames.filter((f) => f.type === 'hello');
  assert.deepEqual([hellos[1].epoch, hellos[1].since], ['epoch-1', 10]);
  await s.at('verdict').waitFor();
  assert.equal(await text(s, 'verdict-text'), '1.8 s had gone out.');
});

page('while disconnected it says so, keeps what it shows and catches up', oneCase(), async (s) => {
  await s.at('case-view').waitFor();
  await reads(s, 'connection', /^Live$/);
  s.gateway.accepting = false;
  s.gateway.drop();
  await reads(s, 'connection', /^Reconnecting in \d+ s$/);
  assert.match(await text(s, 'banner-text'), /Disconnected\. What you see is .* old/);
  assert.equal(await s.at('case-view').isVisible(), true);
  assert.equal(await s.at('action-release').getAttribute('aria-disabled'), 'true');
  s.gateway.emitEvent({ type: 'case.opened', case: aCase({ id: 'case-2' }) });
  s.gateway.accepting = true;
  await s.page.getByTestId('reconnect').click({ timeout: 2000 }).catch(() => {}); // it may be back already
  await s.page.locator('[data-testid=queue-item]').nth(1).waitFor();
  await s.at('banner').waitFor({ state: 'hidden' });
  assert.equal(await s.page.title(), '(2) Weir');
});

page('a session that ends brings the log-in back', oneCase(), async (s) => {
  await s.at('case-view').waitFor();
  s.gateway.loggedIn = false;
  s.gateway.drop(1008);
  await s.at('login').waitFor();
  assert.match(await text(s, 'login-error'), /session has ended/);
});

page('what an egress fails by is told while it fails, its line while it is live', (gateway) => {
  const link = { rtt_ms: 23, lost: 12, dropped: 1 };
  gateway.streams = [stream('live/cam1', { egress: [
    { name: 'lost', state: 'waiting', error: 'Connection timeout', link: null },
    { name: 'back', state: 'live', error: 'Connection timeout', link },
    { name: 'rtmp', state: 'live', error: 'connection refused', link: null },
  ] })];
}, async (s) => {
  await reads(s, 'stream-egress', /^→ lost waiting \(Connection timeout\), back live \(23 ms, 12 lost, 1 for good\), rtmp live$/);
});

const HOSTILE = '<img src=x onerror="document.title=\'owned\'"><b>\u202egnp.live</b>';

page('hostile names are text', (gateway) => {
  gateway.streams = [stream('live/cam1', { notice: HOSTILE, publisher: HOSTILE, egress: [{ name: HOSTILE, state: HOSTILE, error: HOSTILE }], video: { codec: HOSTILE } })];
  gateway.cases = [aCase({ id: 'case-1', reason: HOSTILE, bank: HOSTILE, entry: HOSTILE, publisher: HOSTILE, probe: HOSTILE, still: HOSTILE }),
    closed(aCase({ stream: HOSTILE }), 'cut', { decided_by: HOSTILE })];
  gateway.answer = () => ({ ok: false, error: HOSTILE, message: HOSTILE, applied: false });
}, async (s) => {
  await s.at('action-blank').click();
  await reads(s, 'action-note', /<img src=x/);
  assert.match(await text(s, 'case-reason'), /^<img src=x onerror/);
  assert.ok(!(await s.page.locator('#app').textContent()).includes('\u202e'));
  assert.equal(await s.page.locator('#app b').count(), 0);
  assert.equal(await s.page.locator('#app img').count(), 1, 'only the still');
  assert.equal(await s.page.title(), '(1) Weir');
});

page('broken objects leave the page usable', (gateway) => {
  gateway.streams = [null, {}, { path: 'live/odd', video: 7, egress: 'x', sampling: [] }, stream('live/cam1')];
  gateway.cases = [null, 'x', { id: 9 }, { id: 'bare' }, { id: 'odd', public_ms: 'soon', span: 3, hits: 'many', opened_ms: 1e300 }, aCase({ id: 'case-1' })];
  gateway.system = 'fine';
}, async (s) => {
  await s.page.locator('[data-testid=queue-item]').nth(2).waitFor();
  for (const id of ['bare', 'odd', 'case-1']) {
    await s.page.locator(`[data-testid=queue-item][data-case-id=${id}]`).click();
    await s.page.locator(`[data-testid=case-view][data-case-id=${id}]`).waitFor();
  }
  assert.match(await text(s, 'banner-text'), /5 items from the gateway could not be read/);
  s.gateway.sendRaw('{');
  s.gateway.emitEvent({ type: 'case.updated', case: null });
  await reads(s, 'banner-text', /7 items/);
  await s.at('action-cut').click();
  await s.at('verdict').waitFor();
  assert.deepEqual(s.gateway.commands.map((c) => c.case), ['case-1']);
});

page('the picture is blurred and grey until it is held', oneCase(), async (s) => {
  const filter = () => s.at('still-image').evaluate((e) => getComputedStyle(e).filter);
  await s.page.waitForFunction(() => document.querySelector('[data-testid=still-image]')?.naturalWidth > 0);
  await s.at('still-image').waitFor();
  assert.match(await filter(), /blur\(\d+px\) grayscale\(1\)/);
  await s.page.keyboard.down('p');
  assert.equal(await filter(), 'none');
  await s.page.keyboard.up('p');
  assert.match(await filter(), /blur/);
  await s.at('still').hover();
  assert.match(await filter(), /blur/);
  await s.page.mouse.down();
  assert.equal(await filter(), 'none');
  await s.page.mouse.up();
  assert.match(await filter(), /blur/);
});

page('a picture that does not load leaves the decision', (gateway) => {
  oneCase()(gateway);
  gateway.breakStills = true;
}, async (s) => {
  await reads(s, 'still-empty', /could not be loaded/);
  await s.page.keyboard.press('r');
  await s.at('verdict').waitFor();
});

page('streams are blanked, resumed and cut from their menu, bars lifted', (gateway) => {
  gateway.streams = [stream('live/cam1'), stream('live/gone', { state: 'ended', gate: 'cut', barred: true })];
  gateway.bars = [{ id: 'b7', stream: 'live/gone', publisher: 'gone', reason: 'matched', by: 'admin' }];
  gateway.answer = (frame, g) => {
    const state = { 'stream.blank': 'blank', 'stream.resume': 'pass', 'stream.cut': 'cut' }[frame.type];
    if (state) g.emitEvent({ type: 'gate.changed', stream: frame.stream, state, cause: 'operator', by: 'admin' });
    if (frame.type === 'stream.unbar') {
      g.bars = [];
      g.emitEvent({ type: 'stream.updated', stream: stream('live/gone', { state: 'ended' }) });
    }
    return { ok: true, applied: true, exposure_ms: 0 };
  };
}, async (s) => {
  await s.at('stream-more').first().click();
  await s.at('stream-blank').first().click();
  await reads(s, 'stream-gate', /Blank/);
  await s.at('stream-resume').first().click();
  await reads(s, 'stream-gate', /Passing/);
  await s.at('stream-cut').first().click();
  await reads(s, 'stream-gate', /Cut/);
  await reads(s, 'stream-note', /Nothing of it reached viewers/);
  assert.match(await text(s, 'bar'), /live\/gone.*matched/);
  await s.at('lift-bar').click();
  await s.at('bar').waitFor({ state: 'detached' });
  assert.deepEqual(s.gateway.commands.map((c) => [c.type, c.stream]), [
    ['stream.blank', 'live/cam1'],
    ['stream.resume', 'live/cam1'],
    ['stream.cut', 'live/cam1'],
    ['stream.unbar', 'live/gone'],
  ]);
});

page('names that are closed and that nobody streams are listed, and opened again', (gateway) => {
  const now = Date.now();
  const row = (path, kind, more = {}) => ({ stream: path, kind, by: 'ann', reason: '', since_ms: now - 5000, until_ms: null, live: false, ...more });
  gateway.streams = [stream('live/on')];
  gateway.closed = [
    row('live/old', 'blank', { reason: 'a film', since_ms: now - 9000, until_ms: now + 60000 }),
    row('live/old', 'mute'),
    row('live/on', 'mute', { live: true }),
    row('live/past', 'blank', { until_ms: now - 1000 }),
    row('live/odd', 'else'), null,
  ];
  let refuse = true;
  gateway.answer = (frame, g) => {
    if (frame.type === 'stream.unmute' && refuse) {
      refuse = false;
      return { ok: false, applied: false, error: 'not_allowed', message: 'Not you.' };
    }
    g.closed = g.closed.filter((c) => c === null || c.stream !== frame.stream || `stream.${{ blank: 'resume', mute: 'unmute' }[c.kind]}` !== frame.type);
    return { ok: true, applied: true, live: false };
  };
}, async (s) => {
  await s.at('closed-name').nth(1).waitFor();
  const all = await s.at('closed-name').allTextContents();
  assert.equal(all.length, 2);
  assert.match(all[0], /^live\/oldmuted by ann at \d\d:\d\d:\d\dOpen again/);
  assert.match(all[1], /^live\/oldblanked by ann at \S+ · a film · until \S+Open again/);
  await s.at('open-name').first().click();
  await reads(s, 'closed-note', /Not you\./);
  await s.at('open-name').first().click();
  await s.at('closed-name').nth(1).waitFor({ state: 'detached' });
  await s.at('open-name').click();
  await s.at('closed-name').waitFor({ state: 'detached' });
  assert.deepEqual(s.gateway.commands.map((c) => [c.type, c.stream]), [
    ['stream.unmute', 'live/old'],
    ['stream.unmute', 'live/old'],
    ['stream.resume', 'live/old'],
  ]);
});

page('who closed a stream, when, and that it was before this stream', (gateway) => {
  const closed = { by: 'ann', since_ms: Date.now() - 5000 };
  gateway.streams = [stream('live/cam1', {
    gate: 'blank', muted: true, blanked_by: ['reviewer'],
    closed: [{ ...closed, kind: 'blank', reason: 'look', carried: true }, { ...closed, kind: 'mute', reason: '', carried: false, since_ms: 0 }],
  })];
}, async (s) => {
  const words = /^Blanked by ann (\S+ )?\d\d:\d\d:\d\d, carried over from an earlier stream: look · Muted by ann 19(69|70)-\d\d-\d\d \d\d:\d\d:\d\d$/;
  await reads(s, 'stream-withheld', words);
});

page('sound, what is not out yet, the delay and a span are the reviewer\'s as well', (gateway) => {
  gateway.streams = [stream('live/cam1', { spans: [{ kind: 'redact', from_ms: 83000, to_ms: 89500, under_way: false }] })];
  gateway.cases = [aCase({ span: { from_ms: 84000, to_ms: 90000 } })];
  gateway.answer = (frame, g) => {
    const muted = { 'stream.mute': true, 'stream.unmute': false }[frame.type];
    g.emitEvent({ type: 'gate.changed', stream: frame.stream, state: frame.type === 'stream.dump' ? 'redact' : 'pass', muted, delay_ms: frame.delay_ms, cause: 'reviewer', by: 'admin' });
    return { ok: true, applied: true, exposure_ms: 0 };
  };
}, async (s) => {
  await reads(s, 'stream-withheld', /^Redacted 1:23\.0 – 1:29\.5$/);
  await s.page.keyboard.press('s');
  await reads(s, 'action-note', /Redacted; the case stays open\. Nothing of it reached viewers\./);
  await s.at('stream-more').click();
  await s.at('stream-mute').click();
  await reads(s, 'stream-gate', /Passing, muted/);
  await reads(s, 'stream-mute', /Unmute/);
  await s.at('stream-mute').click();
  await reads(s, 'stream-gate', /^Passing$/);
  await s.at('delay-input').fill('12.5');
  await s.at('delay-set').click();
  await reads(s, 'stream-delay', /8 s → 12\.5 s/);
  await s.at('stream-dump').click();
  await reads(s, 'stream-gate', /Redacted/);
  await s.at('stream-resume').waitFor();
  assert.deepEqual(s.gateway.commands.map(({ type, from_ms, to_ms, delay_ms }) => [type, from_ms, to_ms, delay_ms]), [
    ['stream.redact', 84000, 90000, undefined],
    ['stream.mute', undefined, undefined, undefined],
    ['stream.unmute', undefined, undefined, undefined],
    ['stream.set_delay', undefined, undefined, 12500],
    ['stream.dump', undefined, undefined, undefined],
  ]);
});

page('trouble is on top: store, analyzers', (gateway) => {
  gateway.system = { ...gateway.system, store: 'failing', analyzers_ready: 1 };
}, async (s) => {
  await reads(s, 'top-store', /failing/);
  assert.equal(await text(s, 'top-analyzers'), '1 of 2 ready');
  assert.match(await text(s, 'banner-text'), /cannot be stored/);
});

page('at 200 % zoom the buttons are in sight and nothing runs out sideways', oneCase(), async (s) => {
  await s.at('action-release').waitFor();
  const box = await s.at('action-release').boundingBox();
  assert.ok(box.y + box.height <= 450);
  assert.equal(await s.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
}, { viewport: { width: 720, height: 450 } });
