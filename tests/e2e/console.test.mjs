// A reviewer in a browser: log in, see the case, cut it in time.

import assert from 'node:assert/strict';
import path from 'node:path';
import { launch } from '../ui/browser.mjs';
import { foundIn, unitsOfSpan } from './lib/compare.mjs';
import { publish, source } from './lib/ffmpeg.mjs';
import { Nginx } from './lib/nginx.mjs';
import { FLAGGED } from './lib/places.mjs';
import { scenario } from './lib/scenario.mjs';
import { until } from './lib/wait.mjs';
import { Weir, WITH_BANK } from './lib/weir.mjs';

const DEADLINE_MS = 20000;
const DELAY_MS = 8000;

async function openPage(s) {
  const browser = await launch();
  s.add({ close: () => browser.close() });
  const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  page.setDefaultTimeout(DEADLINE_MS);
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (/Content Security Policy|Uncaught/.test(message.text())) complaints.push(message.text());
  });
  return { page, complaints, at: (id) => page.getByTestId(id).first() };
}

const shot = (page, name) =>
  process.env.WEIR_SHOTS ? page.screenshot({ path: path.join(process.env.WEIR_SHOTS, `e2e-${name}.png`) }) : null;

scenario('a reviewer cuts a flagged stream from the console, before anybody saw it', async (s) => {
  const nginx = await Nginx.start(s);
  const weir = await Weir.start(s, { ...WITH_BANK, gate: { delay_ms: DELAY_MS }, 'egress out': nginx.egress });
  const file = await source(s, FLAGGED, { from: 4, seconds: 18 });
  const { page, complaints, at } = await openPage(s);

  await page.goto(weir.link);
  await at('console').waitFor();
  assert.equal(page.url(), `${weir.url}/`, 'the token is gone from the address');
  assert.equal(await at('who').textContent(), 'admin');
  await at('case-empty').waitFor();

  const ffmpeg = publish(s, file, await weir.publishUrl('live', 'cam'));
  await at('case-view').waitFor();
  assert.equal(await at('case-stream').textContent(), 'live/cam');
  assert.equal(await at('fact-bank').textContent(), 'demo');
  await page.waitForFunction(() => {
    const still = document.querySelector('[data-testid=still-image]');
    return still !== null && still.complete && still.naturalWidth > 0;
  });
  const filter = await page.evaluate(() => getComputedStyle(document.querySelector('[data-testid=still-image]')).filter);
  assert.match(filter, /blur\((?!0px)/, 'the still is blurred');
  const left = await at('countdown-value').textContent();
  assert.equal(await at('countdown').getAttribute('data-state'), 'counting');
  await page.waitForFunction((was) => document.querySelector('[data-testid=countdown-value]').textContent !== was, left);
  // The first pictures go out: what is cut is a stream that viewers see.
  await until(async () => (await weir.stream('live/cam')).packets.sent > 20, DEADLINE_MS, 'the first pictures go out');
  await page.waitForFunction(() => /\blive\b/i.test(document.querySelector('[data-testid=stream-egress]')?.textContent ?? ''));
  await shot(page, 'case');

  await at('action-cut').click();
  await at('verdict').waitFor();
  const [title, words] = [await at('verdict-title').textContent(), await at('verdict-text').textContent()];
  await shot(page, 'cut');
  s.say(`the console says: ${title} / ${words}`);
  assert.match(title, /cut/i);
  const { code } = await ffmpeg.ended();
  assert.notEqual(code, 0);

  const [c] = (await weir.api('GET', 'cases')).body;
  assert.deepEqual([c.verdict, c.exposure_ms], ['cut', 0]);
  assert.match(words, /nothing|0 ms|nobody/i);
  const recording = await nginx.recorded('cam');
  const flagged = unitsOfSpan(file, c.span.from_ms);
  assert.ok(flagged.length > 100);
  assert.deepEqual(foundIn(recording, flagged).map((u) => u.pts), []);
  await at('bar').waitFor();
  assert.deepEqual(complaints, []);
});
