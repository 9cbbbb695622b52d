import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Kept of what the server writes to stderr, characters. */
const LOG_TAIL = 20_000;

/**
 * The built server as a child of this process, which may die at any moment.
 * @typedef {object} Exit
 * @property {number | null} code
 * @property {string | null} signal
 */
export class ServerProcess {
  /** @type {import('node:child_process').ChildProcess} */
  #child;
  /** End of its log, for the report of a violation. */
  log = '';
  isGone = false;
  /** @type {Promise<Exit>} */
  exited;
  /** Address once it listens; null when it ended before. @type {Promise<string | null>} */
  listening;

  /**
   * @param {string} main dist/main.js
   * @param {Record<string, string>} settings KINOSTAT_ names
   */
  constructor(main, settings) {
    const inherited = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !name.startsWith('KINOSTAT_')),
    );
    const child = spawn(process.execPath, [main, 'serve'], {
      env: { ...inherited, ...settings, KINOSTAT_HOST: '127.0.0.1', KINOSTAT_PORT: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    const end = () => child.kill('SIGKILL');
    process.once('exit', end);
    child.stderr.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      this.log = (this.log + text).slice(-LOG_TAIL);
    });
    this.exited = new Promise((resolve) => {
      child.once('error', () => resolve({ code: null, signal: 'not started' }));
      child.once('close', (code, signal) => {
        this.isGone = true;
        process.off('exit', end);
        resolve({ code, signal });
      });
    });
    this.listening = new Promise((resolve) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        const found = /^Kinostat is listening on (http:\/\/\S+)/.exec(line);
        if (found !== null) resolve(found[1]);
      });
      void this.exited.then(() => resolve(null));
    });
  }

  /**
   * Signals this child, and nobody else.
   * @param {'SIGKILL' | 'SIGTERM'} signal
   */
  signal(signal) {
    if (!this.isGone) this.#child.kill(signal);
  }
}
