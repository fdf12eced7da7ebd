// The page of banks, with the real gateway: what it has, what of it is not
// looked for, and what others change meanwhile.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { scenario } from '../e2e/lib/scenario.mjs';
import { configText, DEFAULTS } from '../e2e/lib/weir.mjs';
import { openReal, shots } from './real-gateway.mjs';

const HASHES = ['f8f8f0cce0f4e84d0e370a22028f67f0b36e2ed596623e1d33e6339c4e9c9b22', '9c9b22f8f8f0cce0f4e84d0e370a22028f67f0b36e2ed596623e1d33e6339c4e'];
const row = (s, name) => s.page.locator(`[data-testid=bank][data-bank="${name}"]`);
const cell = async (s, name, column) => (await row(s, name).getByTestId(`bank-${column}`).textContent()).trim();
const shows = (s, name, column, words) => row(s, name).getByTestId(`bank-${column}`).getByText(words, { exact: true }).waitFor();

scenario('without a bank the page says how to have one', async (s) => {
  const c = await openReal(s, {});
  await c.at('nav-banks').click();
  await c.at('banks-none').waitFor();
  assert.match(await c.at('banks-none').textContent(), /No bank is set up yet.*\[bank demo\]/s);
  assert.equal(await c.at('bank').count(), 0);
  assert.equal(await c.page.evaluate(() => document.activeElement.textContent), 'Banks');
  await shots(c.page, 'banks-none');
  assert.deepEqual(c.complaints, []);
});

scenario('all banks are listed, and follow what others change', async (s) => {
  const list = s.path('list.csv');
  writeFileSync(list, `hash,quality,item,label\n${HASHES[0]},90,film,<b>bold</b>\n${'0'.repeat(64)},90,black,\nnot a hash,1,,\n${HASHES[1]},3,poor,\n`);
  const sections = {
    'bank known': { file: list, source: '<img src=x> & sons', action: 'hold', radius: 20, priority: 80 },
    'bank live': { source: 'reviewers' },
    'bank off': { enabled: 'false' },
    'bank fine': { known_good: 'true' },
  };
  const c = await openReal(s, sections);
  await c.page.goto(`${c.weir.url}/#banks`);
  await row(c, 'known').waitFor();
  assert.equal(await c.at('bank').count(), 4);
  assert.deepEqual(
    await Promise.all(['size', 'aside', 'radius', 'priority', 'hits', 'action'].map((name) => cell(c, 'known', name))),
    ['3', '2 left out', '20', '80', '0', 'Holds'],
  );
  assert.match(await row(c, 'known').textContent(), /<img src=x> & sons/, 'text stays text');
  assert.equal(await cell(c, 'fine', 'action'), 'Known good');
  assert.ok(await row(c, 'off').getByTestId('bank-off').isVisible());
  const refused = row(c, 'known').getByTestId('bank-refused');
  assert.match(await refused.textContent(), /^1 line of its file can’t be used/);
  await refused.locator('summary').focus();
  await c.page.keyboard.press('Enter');
  await refused.getByText(/^line 4: /).waitFor();
  await shots(c.page, 'banks');

  // Somebody else puts entries in, takes one out, and sets one aside.
  const { body } = await c.weir.api('POST', 'banks/live/entries', { entries: HASHES.map((hash) => ({ hash, entry: hash.slice(0, 4) })) });
  await shows(c, 'live', 'size', '2');
  await c.weir.api('DELETE', `banks/live/entries/${body.entries[0].id}`);
  await shows(c, 'live', 'size', '1');
  await c.weir.api('POST', 'banks/live/quarantine', { entry: '9c9b' });
  await shows(c, 'live', 'aside', '1 quarantined');

  // A reload: another bank, another radius, a list without the broken line.
  writeFileSync(list, `${HASHES[0]}\n`);
  writeFileSync(c.weir.config, configText({ ...DEFAULTS, ...sections, 'bank known': { ...sections['bank known'], radius: 24 }, 'bank new': {} }));
  assert.match(await c.weir.reload(), /reloaded: /);
  await shows(c, 'known', 'radius', '24');
  await row(c, 'new').waitFor();
  assert.equal(await refused.isVisible(), false);

  // Keys that decide do nothing here, and Review is a step back.
  await c.page.keyboard.press('x');
  await c.page.goBack();
  await c.at('case-empty').waitFor();
  assert.equal(await c.page.title(), 'Weir');
  assert.deepEqual(c.complaints, []);
});

scenario('who cannot be answered is told so', async (s) => {
  const c = await openReal(s, { 'bank live': {} });
  await c.at('nav-banks').click();
  await row(c, 'live').waitFor();
  await c.at('nav-review').click();
  await c.page.route('**/api/v1/banks', (route) => route.abort());
  await c.at('nav-banks').click();
  await c.at('banks-error').getByText('The gateway cannot be reached.').waitFor();
  assert.ok(await row(c, 'live').isVisible(), 'what was known stays');
});
