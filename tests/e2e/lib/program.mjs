// A child process: its lines, its end, and that it does end.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import readline from 'node:readline';
import { Happenings, within } from './wait.mjs';

const running = new Set();

// Whatever becomes of this process, what it started goes with it.
process.on('exit', () => {
  for (const program of running) program.signal('SIGKILL');
});
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => process.exit(1));

export const ENVIRONMENT = { PATH: process.env.PATH, HOME: '/invalid', LANG: 'C.UTF-8' };

export class Program {
  out = new Happenings();
  err = new Happenings();
  status = null; // {code, signal} once it has ended
  #child;
  #ended;

  /** STDIN and STDOUT as spawn () takes them; without, nothing comes in and
   * OUT has the lines. */
  constructor(name, file, args, { env = {}, cwd, stdin, stdout } = {}) {
    this.name = name;
    this.#child = spawn(file, args, {
      cwd,
      env: { ...ENVIRONMENT, ...env },
      stdio: [stdin ?? 'ignore', stdout ?? 'pipe', 'pipe'],
    });
    running.add(this);
    this.#ended = once(this.#child, 'close').then(([code, signal]) => {
      running.delete(this);
      this.status = { code, signal };
      this.out.end(`${name} has ended (${code ?? signal})`);
      this.err.end(`${name} has ended (${code ?? signal})`);
      return this.status;
    });
    this.#ended.catch((error) => this.err.end(error.message));
    for (const which of ['out', 'err']) {
      const input = this.#child[`std${which}`];
      if (input) readline.createInterface({ input }).on('line', (line) => this[which].add(line));
    }
  }

  get pid() {
    return this.#child.pid;
  }

  /** Its standard input, when STDIN was 'pipe'. */
  get input() {
    return this.#child.stdin;
  }

  get text() {
    return [...this.out.list, ...this.err.list].join('\n');
  }

  /** A line of standard error that matches, past or future: the match. */
  async says(pattern, ms = 10000, from = 0) {
    const line = await this.err.first((l) => pattern.test(l), ms, `${this.name} says ${pattern}`, from);
    return line.match(pattern);
  }

  signal(name) {
    if (this.status === null) this.#child.kill(name);
  }

  ended(ms = 20000) {
    return within(this.#ended, ms, `${this.name} ends`);
  }

  /** Ends it for sure, whatever state it is in. */
  async kill() {
    this.signal('SIGKILL');
    await this.ended(5000);
  }
}

/** Runs to the end; fails unless the exit status is 0. */
export async function run(file, args, options) {
  const program = new Program(file, file, args, options);
  const { code, signal } = await program.ended(options?.deadline ?? 60000);
  if (code !== 0) throw new Error(`${file} ${args.join(' ')}: ${code ?? signal}\n${program.text}`);
  return program;
}
