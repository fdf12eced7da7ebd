// A test with a folder of its own and parts that are stopped at its end,
// the last one first, whether it succeeded or not.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

const LINES_SHOWN = 60;

class Scenario {
  #parts = [];
  failed = false;

  constructor(folder, t) {
    this.folder = folder;
    this.t = t;
  }

  path(name) {
    return path.join(this.folder, name);
  }

  /** PART has close(failed), and lines() to show when the test fails. */
  add(part) {
    this.#parts.push(part);
    return part;
  }

  say(words) {
    this.t.diagnostic(words);
  }

  async close() {
    let first = null;
    for (const part of this.#parts.reverse()) {
      try {
        await part.close(this.failed);
      } catch (error) {
        first ??= error;
      }
      if (this.failed || first) for (const line of (part.lines?.() ?? []).slice(-LINES_SHOWN)) this.say(line);
    }
    await rm(this.folder, { recursive: true, force: true });
    if (first && !this.failed) throw first;
  }
}

export function scenario(name, run) {
  test(name, async (t) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'weir-e2e-'));
    const s = new Scenario(folder, t);
    const began = performance.now();
    try {
      await run(s);
    } catch (error) {
      s.failed = true;
      throw error;
    } finally {
      await s.close();
      s.say(`took ${((performance.now() - began) / 1000).toFixed(1)} s`);
    }
  });
}
