// The page of one bank, with the real gateway: thousands of entries a page at
// a time, search, details, and what a reviewer is told.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { scenario } from '../e2e/lib/scenario.mjs';
import { become, openPage, openReal, shots } from './real-gateway.mjs';

const hash = (n) => createHash('sha256').update(String(n)).digest('hex');
const MANY = 3000;

/** A list of MANY entries, of which one is poor and two have more to say. */
function makeList(file) {
  const rows = Array.from({ length: MANY }, (_, i) => `${hash(i)},90,film ${i % 7},scene ${i},,,,,`);
  rows[3] = `${hash(3)},12,film 3,scene 3,,,,,`;
  rows[4] = `${hash(4)},90,film 4,scene 4,<b>trailer</b>,The studio,disputed,they say it is theirs,`;
  rows[5] = `${hash(5)},90,film 5,scene 5,,,,,4102444800`;
  writeFileSync(file, `hash,quality,item,entry,label,owner,opinion,note,disable_until\n${rows.join('\n')}\n`);
}

const entry = (c, name) => c.page.locator(`[data-testid=entry][data-entry="${name}"]`);
const says = (c, words) => c.at('entries-says').getByText(words).waitFor();
const names = (c) => c.at('entry').evaluateAll((all) => all.map((one) => one.dataset.entry));

async function openBank(s) {
  const list = s.path('list.csv');
  makeList(list);
  const c = await openReal(s, { 'bank films': { file: list, source: 'the studios', action: 'cut' }, 'bank live': {} });
  await c.at('nav-banks').click();
  await c.at('bank-link').getByText('films').click();
  await c.at('entry').first().waitFor();
  return c;
}

scenario('one bank is looked through a page at a time, and searched', async (s) => {
  const c = await openBank(s);
  assert.equal(await c.at('bank-title').textContent(), 'films');
  assert.equal(await c.page.title(), 'films · Weir');
  assert.equal(await c.page.evaluate(() => document.activeElement.dataset.testid), 'bank-title');
  assert.equal(await c.at('bank-size').textContent(), '3,000');
  assert.match(await c.at('bank-page').textContent(), /A match ends the stream and bars its publisher\. Source: the studios/);
  await says(c, /^50 shown; there may be more$/);
  assert.deepEqual((await names(c)).slice(0, 2), ['scene 0', 'scene 1']);
  await c.at('entries-more').click();
  await says(c, /^100 shown/);
  assert.equal((await names(c))[99], 'scene 99');
  await shots(c.page, 'bank');

  // By text, by how the hash begins, by what is not looked for.
  await c.at('entry-search').fill('SCENE 299');
  await says(c, /^11 shown$/);
  await c.at('entry-search').fill(hash(2718).slice(0, 12).toUpperCase());
  await says(c, /^1 shown$/);
  assert.deepEqual(await names(c), ['scene 2718']);
  await c.at('entry-search').fill('nothing like that');
  await says(c, /^No entry is like that\.$/);
  await c.at('entry-search').fill('');
  await c.page.getByText('Not looked for', { exact: true }).and(c.page.locator('label span')).click();
  await says(c, /^2 shown$/); // chance made another one that no picture has
  await entry(c, 'scene 3').getByTestId('entry-open').click();
  assert.match(await entry(c, 'scene 3').getByTestId('entry-why').textContent(), /^Not looked for: quality 12; this bank takes 50 and more$/);
  await c.at('show-disabled').focus();
  await c.page.keyboard.press('Space');
  await entry(c, 'scene 5').getByText('Disabled until 1 Jan 2100, ', { exact: false }).first().waitFor();

  // All that is known of one, by keyboard, as text.
  await c.at('show-all').check({ force: true });
  await c.at('entry-search').fill('trailer');
  await says(c, /^1 shown$/);
  await entry(c, 'scene 4').getByTestId('entry-open').focus();
  await c.page.keyboard.press('Enter');
  const fact = (name) => entry(c, 'scene 4').getByTestId(`entry-${name}`).textContent();
  assert.deepEqual(
    await Promise.all(['hash', 'quality', 'item', 'label', 'owner', 'opinion', 'note', 'added'].map(fact)),
    [hash(4), '90 of 100', 'film 4', '<b>trailer</b>', 'The studio', 'disputed', 'they say it is theirs', 'with the bank’s file'],
  );
  await shots(c.page, 'bank-entry');
  assert.deepEqual(c.complaints, []);
});

scenario('what others put in, quarantine and take out shows at once', async (s) => {
  const c = await openBank(s);
  await c.page.goto(`${c.weir.url}/#banks/live`);
  await says(c, /^This bank is empty\.$/);
  const { body } = await c.weir.api('POST', 'banks/live/entries', { entries: [{ hash: hash('x'), entry: 'logo', note: 'seen today' }] });
  await entry(c, 'logo').getByTestId('entry-open').click();
  assert.match(await entry(c, 'logo').getByTestId('entry-added').textContent(), /^\d\d:\d\d:\d\d by admin$/);
  await c.weir.api('POST', 'banks/live/quarantine', { entry: 'logo', note: 'fires everywhere' });
  await c.at('quarantine').getByText('fires everywhere').waitFor();
  await entry(c, 'logo').getByText('Passed over: fires everywhere').waitFor();
  assert.equal(await entry(c, 'logo').getByTestId('entry-open').getAttribute('aria-expanded'), 'true', 'what is open stays open');
  await shots(c.page, 'bank-quarantined');
  await c.weir.api('POST', 'banks/live/release', { entry: 'logo' });
  await c.at('quarantine').waitFor({ state: 'detached' });
  await c.weir.api('DELETE', `banks/live/entries/${body.entries[0].id}`);
  await says(c, /^This bank is empty\.$/);
  await c.page.goto(`${c.weir.url}/#banks/none`);
  await c.at('bank-gone').waitFor();
  assert.deepEqual(c.complaints, []);
});

scenario('a reviewer sees entries without their hashes, and finds no hash digit by digit', async (s) => {
  const c = await openBank(s);
  await become(c.weir, 'reviewer');
  const r = await openPage(c.weir, c.browser, c.weir.token);
  await r.page.goto(`${c.weir.url}/#banks/films`);
  await r.at('entry').first().waitFor();
  await entry(r, 'scene 0').getByTestId('entry-open').click();
  await entry(r, 'scene 0').getByTestId('entry-quality').waitFor();
  assert.equal(await entry(r, 'scene 0').getByTestId('entry-hash').isVisible(), false);
  await r.at('entry-search').fill(hash(9).slice(0, 32));
  await says(r, /^No entry is like that\.$/);
  await r.at('entry-search').fill(hash(9));
  await says(r, /^1 shown$/);
  assert.equal((await c.weir.api('GET', 'banks/films/entries')).status, 403);
  const { body } = await c.weir.api('GET', 'banks/films/search?limit=1');
  assert.deepEqual([body.entries.length, 'hash' in body.entries[0], body.entries[0].id], [1, false, null]);
  assert.equal((await c.weir.api('GET', 'banks/films/quarantine')).status, 403, 'what is left out comes with its hashes');
  assert.deepEqual((await c.weir.api('GET', 'banks/films/quarantine?kind=passed_over')).body, []);
  await become(c.weir, 'viewer');
  assert.equal((await c.weir.api('GET', 'banks/films/search')).status, 403);
  assert.equal((await c.weir.api('GET', 'banks/films/quarantine?kind=passed_over')).status, 403);
});

scenario('questions that cannot be answered are refused in words', async (s) => {
  const c = await openReal(s, { 'bank live': {} });
  for (const [query, words] of [['show=some', /show/], ['after=x', /after/], [`q=${'x'.repeat(201)}`, /200 bytes/]]) {
    const answer = await c.weir.api('GET', `banks/live/search?${query}`);
    assert.equal(answer.status, 400);
    assert.match(answer.body.message, words);
  }
  assert.equal((await c.weir.api('GET', 'banks/live/quarantine?kind=x')).status, 400);
  assert.equal((await c.weir.api('GET', 'banks/none/search')).status, 404);
  assert.equal((await c.weir.api('GET', `banks/live/search?q=${'x'.repeat(200)}&limit=9999`)).status, 200);
});
