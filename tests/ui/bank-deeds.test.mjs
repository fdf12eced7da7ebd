// What operators do on a bank's page, with the real gateway: put an entry in,
// quarantine it, let it count again, delete it, each with a second word; and
// that reviewers are offered none of it.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { scenario } from '../e2e/lib/scenario.mjs';
import { become, openPage, openReal, shots } from './real-gateway.mjs';

const hash = (n) => createHash('sha256').update(String(n)).digest('hex');
const entry = (c, name) => c.page.locator(`[data-testid=entry][data-entry="${name}"]`);
const says = (c, id, words) => c.at(id).getByText(words).waitFor();
const trail = async (weir) => (await weir.api('GET', 'trail')).body.map((r) => r.action);

async function openBank(s) {
  const c = await openReal(s, { 'bank live': {} });
  await c.page.goto(`${c.weir.url}/#banks/live`);
  await says(c, 'entries-says', /^This bank is empty\.$/);
  return c;
}

scenario('an operator puts an entry in, quarantines it, lets it count again and deletes it', async (s) => {
  const c = await openBank(s);
  await c.at('add-open').click();
  await c.at('add-hash').fill(hash('a').slice(1));
  await c.at('add-submit').click();
  await says(c, 'add-says', /^Refused: hash is not 64 hex digits\.$/);
  assert.equal(await c.page.evaluate(() => document.activeElement.dataset.testid), 'add-hash');
  await c.at('add-hash').fill(hash('a'));
  await c.at('add-entry').fill('a <i>logo</i>');
  await c.at('add-note').fill('seen on air');
  await c.page.keyboard.press('Enter');
  await says(c, 'add-says', /^Added\. It is looked for from now on\.$/);
  assert.equal(await c.at('add-hash').inputValue(), '');
  const one = entry(c, 'a <i>logo</i>');
  await one.waitFor();
  await c.at('add-hash').fill(hash('a'));
  await c.at('add-submit').click();
  await says(c, 'add-says', /^Already there: the bank has this hash\.$/);
  await c.at('add-hash').fill('0'.repeat(64));
  await c.at('add-entry').fill('black');
  await c.at('add-submit').click();
  await says(c, 'add-says', /^Added, but not looked for: .*black/);

  const black = entry(c, 'black');
  await black.getByTestId('entry-open').click();
  await black.getByTestId('deed-count').click();
  await black.getByTestId('deed-count-note').fill('a test picture');
  await black.getByTestId('deed-count-confirm').click();
  await black.getByTestId('entry-released').getByText(/^\d\d:\d\d:\d\d by admin: a test picture$/).waitFor();
  assert.equal(await black.getByTestId('entry-why').isVisible(), false);
  await black.getByTestId('entry-open').click();

  await one.getByTestId('entry-open').click();
  await one.getByTestId('deed-quarantine').click();
  await shots(c.page, 'bank-deed');
  assert.equal(await c.page.evaluate(() => document.activeElement.dataset.testid), 'deed-quarantine-note');
  await c.page.keyboard.press('Escape');
  assert.equal(await c.page.evaluate(() => document.activeElement.dataset.testid), 'deed-quarantine', 'where it was');
  await one.getByTestId('deed-quarantine').click();
  await one.getByTestId('deed-quarantine-note').fill('a station’s logo');
  await c.page.keyboard.press('Enter');
  await one.getByText('Passed over: a station’s logo').waitFor();
  await c.at('quarantine').getByText('a station’s logo').waitFor();
  assert.equal(await one.getByTestId('deed-quarantine').isVisible(), false);

  await c.at('quarantine').getByTestId('deed-release').click();
  await c.at('quarantine').getByTestId('deed-release-note').fill('it is the film itself');
  await c.at('quarantine').getByTestId('deed-release-confirm').click();
  await c.at('quarantine').waitFor({ state: 'detached' });

  await one.getByTestId('deed-disable').click();
  await one.getByTestId('deed-disable-until').fill('2001-01-01T00:00');
  await one.getByTestId('deed-disable-confirm').click();
  await one.getByTestId('deed-disable-error').getByText(/must be a time to come/).waitFor();
  const soon = new Date(Date.now() + 400 * 86400000);
  await one.getByTestId('deed-disable-until').fill(`${soon.getFullYear()}-01-31T12:30`);
  await one.getByTestId('deed-disable-note').fill('a rerun');
  await shots(c.page, 'bank-disable');
  await one.getByTestId('deed-disable-confirm').click();
  await one.getByTestId('entry-state').getByText(`Disabled until 31 Jan ${soon.getFullYear()}, 12:30`).waitFor();
  await c.at('quarantine').getByText('disabled by admin: a rerun').waitFor();
  await one.getByTestId('deed-enable').click();
  await one.getByTestId('deed-enable-confirm').click();
  await one.getByTestId('deed-disable').waitFor();
  assert.equal(await one.getByTestId('entry-state').isVisible(), false);

  await one.getByTestId('deed-delete').click();
  await shots(c.page, 'bank-delete');
  await one.getByTestId('deed-delete-confirm').click();
  await one.waitFor({ state: 'detached' });
  const done = await trail(c.weir);
  for (const action of ['bank.add', 'bank.quarantine', 'bank.release', 'bank.disable', 'bank.enable', 'bank.delete']) assert.ok(done.includes(action), action);
  assert.deepEqual(c.complaints, []);
});

scenario('what cannot be done is said where it was asked for', async (s) => {
  const c = await openBank(s);
  const { body } = await c.weir.api('POST', 'banks/live/entries', { entries: [{ hash: hash('a'), entry: 'logo' }] });
  const one = entry(c, 'logo');
  await one.getByTestId('entry-open').click();
  await one.getByTestId('deed-delete').click();
  await c.page.route('**/api/v1/banks/live/search*', (route) => route.abort()); // the page does not hear that it went
  await c.weir.api('DELETE', `banks/live/entries/${body.entries[0].id}`);
  await one.getByTestId('deed-delete-confirm').click();
  await one.getByTestId('deed-delete-error').getByText(/There is no such entry/).waitFor();
  await c.at('bank-error').getByText('The gateway cannot be reached.').waitFor();
});

scenario('a reviewer may look and do nothing', async (s) => {
  const c = await openBank(s);
  await c.weir.api('POST', 'banks/live/entries', { entries: [{ hash: hash('a'), entry: 'logo' }] });
  await c.weir.api('POST', 'banks/live/quarantine', { entry: 'logo', note: 'fires everywhere' });
  await become(c.weir, 'reviewer');
  const r = await openPage(c.weir, c.browser, c.weir.token);
  await r.page.goto(`${c.weir.url}/#banks/live`);
  await entry(r, 'logo').getByTestId('entry-open').click();
  await r.at('quarantine').getByText('fires everywhere').waitFor();
  assert.equal(await r.at('add').count(), 0);
  assert.equal(await r.page.locator('[data-testid^=deed]').count(), 0);
  for (const [method, where, sent] of [['POST', 'entries', { entries: [{ hash: hash('b') }] }], ['POST', 'quarantine', { entry: 'x' }], ['POST', 'release', { entry: 'logo' }]]) {
    assert.equal((await c.weir.api(method, `banks/live/${where}`, sent)).status, 403, where);
  }
});
