// OBS Studio itself as a publisher, on a screen that nobody sees.

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Program } from './program.mjs';

const START_MS = 60000;

const ini = (sections) =>
  Object.entries(sections)
    .map(([name, keys]) => `[${name}]\n${Object.entries(keys).map(([k, v]) => `${k}=${v}\n`).join('')}`)
    .join('\n');

/** What the first start would ask for: one empty scene, 640x360, x264. */
async function configure(home, { server, key }) {
  const root = path.join(home, '.config/obs-studio');
  const profile = path.join(root, 'basic/profiles/Test');
  await mkdir(profile, { recursive: true });
  await mkdir(path.join(root, 'basic/scenes'), { recursive: true });
  await writeFile(path.join(root, 'global.ini'), ini({
    General: { FirstRun: true, EnableAutoUpdates: false },
    Basic: { Profile: 'Test', ProfileDir: 'Test', SceneCollection: 'Test', SceneCollectionFile: 'Test' },
  }));
  await writeFile(path.join(profile, 'basic.ini'), ini({
    General: { Name: 'Test' },
    Output: { Mode: 'Simple', Reconnect: true, RetryDelay: 1, MaxRetries: 20 },
    SimpleOutput: { StreamEncoder: 'x264', VBitrate: 600, ABitrate: 96, Preset: 'ultrafast' },
    Video: { BaseCX: 640, BaseCY: 360, OutputCX: 640, OutputCY: 360, FPSType: 0, FPSCommon: 30 },
  }));
  await writeFile(path.join(profile, 'service.json'), JSON.stringify({ type: 'rtmp_custom', settings: { server, key, use_auth: false } }));
  await writeFile(path.join(root, 'basic/scenes/Test.json'), JSON.stringify({
    current_scene: 'Scene',
    current_program_scene: 'Scene',
    name: 'Test',
    scene_order: [{ name: 'Scene' }],
    sources: [{ id: 'scene', name: 'Scene', settings: { items: [] } }],
  }));
}

class Screen extends Program {
  static async start(s) {
    const screen = s.add(new Screen('Xvfb', 'Xvfb', ['-displayfd', '1', '-screen', '0', '1024x768x24', '-nolisten', 'tcp']));
    screen.display = `:${await screen.out.first(() => true, START_MS, 'Xvfb names its display')}`;
    return screen;
  }

  close() {
    return this.kill();
  }
}

export class Obs extends Program {
  /** Starts streaming to SERVER with KEY. */
  static async start(s, { server, key, name = 'obs' }) {
    const screen = await Screen.start(s);
    const home = s.path(name);
    await configure(home, { server, key });
    const env = { HOME: home, XDG_RUNTIME_DIR: home, DISPLAY: screen.display, LIBGL_ALWAYS_SOFTWARE: '1' };
    return s.add(new Obs('OBS', 'obs', ['--startstreaming', '--multi', '--disable-updater'], { env }));
  }

  /** A line of its log that matches, past or future: the match. */
  async logs(pattern, ms = START_MS, from = 0) {
    const line = await this.out.first((l) => pattern.test(l), ms, `OBS logs ${pattern}`, from);
    return line.match(pattern);
  }

  lines() {
    return this.out.list.map((line) => `OBS: ${line}`);
  }

  close() {
    return this.kill();
  }
}
