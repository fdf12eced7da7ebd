// The house rules of the console's source: who may talk to whom, and no HTML
// by string.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';

const ROOT = new URL('../../ui-static/', import.meta.url);
const LAYERS = { app: ['core', 'widgets', 'app'], widgets: ['core', 'widgets'], core: ['core'] };

const sources = [];
for (const folder of Object.keys(LAYERS)) {
  for (const name of await readdir(new URL(`${folder}/`, ROOT))) {
    sources.push({ folder, path: `${folder}/${name}`, text: await readFile(new URL(`${folder}/${name}`, ROOT), 'utf8') });
  }
}

const having = (pattern) => sources.filter((s) => pattern.test(s.text)).map((s) => s.path);

test('one file talks WebSocket, one talks REST', () => {
  assert.deepEqual(having(/new WebSocket/), ['core/connection.js']);
  assert.deepEqual(having(/\bfetch\(|XMLHttpRequest|EventSource|sendBeacon/), ['core/api.js']);
});

test('no HTML by string, no code by string, no style attributes', () => {
  assert.deepEqual(having(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\(|new Function|cssText/), []);
});

test('nothing is kept in the browser', () => {
  assert.deepEqual(having(/localStorage|sessionStorage|indexedDB|document\.cookie/), []);
});

test('imports are relative and go down only', () => {
  for (const { folder, path, text } of sources) {
    for (const [, from] of text.matchAll(/from '([^']+)'/g)) {
      const target = new URL(from, new URL(path, ROOT)).href.slice(ROOT.href.length);
      assert.match(from, /^\.\.?\//, path);
      assert.ok(LAYERS[folder].includes(target.split('/')[0]), `${path} imports ${from}`);
    }
  }
});

test('the page has no inline script or style', async () => {
  const html = await readFile(new URL('index.html', ROOT), 'utf8');
  assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/);
});
