// Opens the console in headless Chromium against the real gateway.

import path from 'node:path';
import { run } from '../e2e/lib/program.mjs';
import { Weir } from '../e2e/lib/weir.mjs';
import { DEADLINE_MS, launch } from './browser.mjs';

/** Roles other than admin log in with a token of their own: TOKEN. */
export async function openReal(s, sections, options = {}) {
  const weir = await Weir.start(s, sections);
  const browser = await launch();
  s.add({ close: () => browser.close() });
  return { weir, browser, ...(await openPage(weir, browser, weir.token, options)) };
}

/** Another page of its own, logged in with TOKEN. */
export async function openPage(weir, browser, token, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(DEADLINE_MS);
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (/Content Security Policy|Uncaught/.test(message.text())) complaints.push(message.text());
  });
  await page.goto(`${weir.url}/#login=${encodeURIComponent(token)}`);
  await page.locator('[data-testid=connection][data-state=live]').waitFor();
  return { page, complaints, at: (id) => page.getByTestId(id) };
}

/** Pictures of PAGE for people, light and dark, wide and narrow, in the folder WEIR_SHOTS if that is set. */
export async function shots(page, name) {
  if (!process.env.WEIR_SHOTS) return;
  for (const colorScheme of ['light', 'dark']) {
    for (const [size, width] of [['wide', 1440], ['narrow', 420]]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      await page.screenshot({ path: path.join(process.env.WEIR_SHOTS, `${name}-${colorScheme}-${size}.png`) });
    }
  }
  await page.setViewportSize({ width: 1440, height: 900 });
}

/** The admin's account has ROLE after a restart, as there is no other account. */
export async function become(weir, role) {
  await weir.stop();
  await run('python3', ['-c', 'import sqlite3, sys\nwith sqlite3.connect(sys.argv[1]) as db: db.execute("UPDATE user SET role = ?", sys.argv[2:])', weir.database, role]);
  await weir.start();
}
