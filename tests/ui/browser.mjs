// Opens the console in headless Chromium against a fake gateway.

import { chromium } from 'playwright-core';
import { FakeGateway, TOKEN } from './fake-gateway.mjs';

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

// Only ends a test that hangs: other tests run beside it.
export const DEADLINE_MS = 40000;

export function launch() {
  return chromium.launch({ executablePath: process.env.WEIR_CHROMIUM || '/usr/bin/chromium', args: ARGS });
}

/** A page with its own cookies and its own gateway; SETUP prepares the latter. */
export async function open(browser, setup = () => {}, { login = true, ...options } = {}) {
  const gateway = await new FakeGateway().start();
  setup(gateway);
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(DEADLINE_MS);
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (/Content Security Policy|Uncaught/.test(message.text())) complaints.push(message.text());
  });
  if (login) {
    await page.goto(`${gateway.url}/#login=${encodeURIComponent(TOKEN)}`);
    await page.getByTestId('console').waitFor();
  }
  return {
    gateway,
    page,
    complaints,
    at: (id) => page.getByTestId(id),
    async close() {
      await context.close();
      await gateway.stop();
    },
  };
}

/** Waits until TEST gives something true; looks again at every frame sent. */
export async function until(gateway, test, what = test.toString()) {
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  while (!test()) {
    await new Promise((resolve, reject) => {
      const again = () => {
        deadline.removeEventListener('abort', late);
        resolve();
      };
      const late = () => {
        gateway.off('frame', again);
        reject(new Error(`deadline passed: ${what}`));
      };
      deadline.addEventListener('abort', late);
      gateway.once('frame', again);
    });
  }
}
