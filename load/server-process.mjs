import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { clearTimeout, setTimeout } from 'node:timers';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
/** A server that has said nothing by then does not come. A large database may have to be migrated first. */
const START_TIMEOUT_MS = 60_000;
/** More than the server's own deadlines for requests (1 s) and for what waits (10 s). */
const STOP_TIMEOUT_MS = 20_000;

/**
 * @typedef {object} ServerProcess
 * @property {string} url
 * @property {number} pid
 * @property {() => Promise<void>} stop Ends it by SIGTERM and waits; rejects when it ended badly.
 */

/**
 * Starts the built server as a process of its own on a free port of loopback. Settings of the caller's environment
 * hold, except address and database file.
 * @param {{ file: string, settings?: Record<string, string> }} options
 * @returns {Promise<ServerProcess>}
 */
export async function startServer({ file, settings = {} }) {
  const child = spawn(process.execPath, [MAIN, 'serve'], {
    env: {
      KINOSTAT_LOG_LEVEL: 'warn',
      ...process.env,
      ...settings,
      KINOSTAT_HOST: '127.0.0.1',
      KINOSTAT_PORT: '0',
      KINOSTAT_SQLITE_FILE: file,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
    // Ctrl-C is for the caller: it ends the server when the load has ended.
    detached: true,
  });
  const exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  child.once('error', () => undefined);
  const url = await addressOf(child, exited).catch((error) => {
    child.kill('SIGTERM');
    throw error;
  });
  return {
    url,
    pid: child.pid,
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      const { code, signal } = await exited;
      clearTimeout(timer);
      if (code !== 0) throw new Error(`The server ended with ${signal ?? `exit code ${code}`}`);
    },
  };
}

async function addressOf(child, exited) {
  let timer;
  const late = new Promise((_resolve, reject) => {
    const error = new Error(`The server did not start within ${START_TIMEOUT_MS} ms`);
    timer = setTimeout(() => reject(error), START_TIMEOUT_MS);
  });
  const ended = exited.then(({ code }) => {
    throw new Error(`The server did not start (exit code ${code}): is it built? npm run build`);
  });
  const spoken = new Promise((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = /^Kinostat is listening on (http:\/\/\S+)/.exec(line);
      if (found !== null) resolve(found[1]);
    });
  });
  try {
    return await Promise.race([spoken, ended, late]);
  } finally {
    clearTimeout(timer);
  }
}
