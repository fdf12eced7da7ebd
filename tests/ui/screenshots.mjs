// Pictures of the console in its main states: node ui/screenshots.mjs FOLDER

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { launch, open } from './browser.mjs';
import { aCase, closed, stream } from './objects.mjs';

const folder = process.argv[2] ?? 'screenshots';
await mkdir(folder, { recursive: true });

function busy(gateway) {
  const now = Date.now();
  gateway.streams = [
    stream('live/cam1', { cases_open: 1, thumbnail_ms: now - 3000 }),
    stream('live/market-square', { cases_open: 1, thumbnail_ms: now - 1000, gate: 'blank', delay_ms: 12000, video: { codec: 'hevc', width: 1920, height: 1080, bitrate_bps: 5200000 }, protocol: 'srt' }),
    stream('live/studio-b', { cases_open: 1, thumbnail_ms: now - 1000, gate: 'redact', shows: 'slate', muted: true, spans: [{ kind: 'redact', from_ms: 83000, to_ms: 89500, under_way: true }], sampling: { mode: 'keyframes', asked: 412, done: 405, skipped: 7 } }),
    stream('events/hall-2', { egress: [{ name: 'origin', state: 'live' }, { name: 'backup', state: 'waiting', error: 'connection refused' }] }),
    stream('events/foyer', { notice: 'waiting for a key frame', video: null, sampling: { mode: 'keyframes', asked: 0, done: 0, skipped: 0 } }),
    stream('events/stage', { thumbnail_ms: now - 2000, noted: { time: now - 61000, reason: 'The picture at 83.4 s matches “intro” of bank trailers, 9 bits of 256 differ, quality 97. Policy watch writes it down.' } }),
    stream('live/old-cam', { state: 'ended', gate: 'cut', barred: true, publisher: 'someone' }),
  ];
  gateway.bars = [{ id: 'b1', stream: 'live/old-cam', publisher: 'someone', reason: 'matched bank demo', by: 'admin', since_ms: now - 600000 }];
  gateway.closed = [
    { stream: 'live/yesterday', kind: 'blank', by: 'ann', reason: 'a film from the list', since_ms: now - 86400000, until_ms: now + 3 * 86400000, live: false },
    { stream: 'events/foyer-2', kind: 'mute', by: 'mona', reason: '', since_ms: now - 300000, until_ms: null, live: false },
  ];
  gateway.cases = [
    aCase({ stream: 'live/cam1', public_ms: now + 6900, priority: 90, on_timeout: 'hold', deadline_ms: now + 6400 }),
    aCase({ stream: 'live/studio-b', entry: 'rooftop@4.000', item: 'rooftop', hits: 1, public_ms: now - 2100 + 60000, distance: 22 }),
    aCase({ stream: 'live/market-square', interim: 'blank', action: 'hold', policy: 'strict', on_timeout: 'cut', deadline_ms: now + 95000, entry: 'car@7.000', hits: 5, public_ms: now + 3000, exposure_ms: 0 }),
    closed(aCase({ stream: 'live/old-cam' }), 'cut', { exposure_ms: 0, time_to_cut_us: 380 }),
    closed(aCase({ stream: 'events/hall-2' }), 'release', { decided_by: 'mona' }),
    closed(aCase({ stream: 'live/late' }), 'cut', { exposure_ms: 1840, time_to_cut_us: 520 }),
  ];
}

const dark = { colorScheme: 'dark' };
const shots = [
  ['busy-1440', busy, dark],
  ['busy-1024', busy, { ...dark, viewport: { width: 1024, height: 768 } }],
  ['busy-1280', busy, { ...dark, viewport: { width: 1280, height: 720 } }],
  ['busy-phone', busy, { ...dark, viewport: { width: 390, height: 800 } }],
  ['busy-zoom', busy, { ...dark, viewport: { width: 720, height: 450 } }],
  ['busy-light', busy, { colorScheme: 'light' }],
  ['peek', busy, dark, async ({ page }) => page.keyboard.down('p')],
  ['thumbnail', busy, dark, async ({ at }) => {
    await at('stream-thumbnail').first().hover();
  }],
  ['arming', busy, dark, async ({ page, at }) => {
    await page.keyboard.down('x');
    await at('action-cut').and(page.locator('.arming')).waitFor();
  }],
  ['public', (g) => {
    busy(g);
    g.cases[0].public_ms = Date.now() - 2100;
  }, dark],
  ['withheld', (g) => {
    busy(g);
    g.cases.splice(0, 2);
  }, dark],
  ['cut', busy, dark, async ({ gateway, at }) => {
    gateway.answer = (frame, g) => {
      const one = closed(g.cases[0], 'cut', { exposure_ms: 0, time_to_cut_us: 380 });
      g.emitEvent({ type: 'case.closed', case: one });
      g.emitEvent({ type: 'gate.changed', stream: one.stream, state: 'cut', cause: 'reviewer', by: 'admin', from_ms: 83000, exposure_ms: 0, time_to_cut_us: 380 });
      return { ok: true, applied: true };
    };
    await at('action-cut').click();
    await at('verdict').waitFor();
  }],
  ['error', busy, dark, async ({ gateway, at, page }) => {
    gateway.answer = () => ({ ok: false, error: 'not_durable', message: 'disk full', applied: true });
    await at('action-cut').click();
    await page.locator('[data-testid=action-note][data-kind=error]').waitFor();
    await at('stream-more').first().click();
  }],
  ['menu', busy, dark, async ({ at }) => {
    await at('stream-more').nth(0).click();
    await at('stream-more').nth(2).click();
  }],
  ['menu-light', busy, { colorScheme: 'light' }, async ({ at }) => at('stream-more').nth(0).click()],
  ['empty', (g) => {
    g.streams = [stream('live/cam1'), stream('events/hall-2')];
  }, dark],
  ['closed', (g) => {
    busy(g);
    g.streams = [stream('live/cam1'), stream('live/old-cam', { state: 'ended', gate: 'cut', barred: true })];
  }, dark, async ({ at }) => at('closed-name').first().waitFor()],
  ['disconnected', busy, dark, async ({ gateway, at }) => {
    await at('action-cut').waitFor();
    gateway.accepting = false;
    gateway.drop();
    await at('banner').waitFor();
  }],
  ['help', busy, dark, async ({ at }) => at('help-open').click()],
  ['login', () => {}, { ...dark, login: false }, async ({ page, gateway, at }) => {
    await page.goto(gateway.url);
    await at('login').waitFor();
  }],
];

const browser = await launch();
for (const [name, setup, options, act] of shots) {
  if (process.argv[3] && !process.argv.slice(3).includes(name)) continue;
  const session = await open(browser, setup, options);
  if (options.login !== false) {
    await session.page.waitForFunction(() => document.querySelector('[data-testid=connection]')?.dataset.state === 'live');
    if (name !== 'empty') await session.page.waitForFunction(() => document.querySelector('[data-testid=still-image]')?.complete);
  }
  await act?.(session);
  await session.page.screenshot({ path: join(folder, `${name}.png`) });
  for (const complaint of session.complaints) console.log(`${name}: ${complaint}`);
  await session.close();
}
await browser.close();
