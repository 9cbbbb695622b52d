import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NICE } from '../../src/config/priority.js';
import { schedulingOf, type Scheduling } from '../support/scheduling.js';
import { Installation } from './kinostat-process.js';

/** V8's helpers of a process, whatever the machine. */
const HELPERS = 4;
const READERS = 3;

let installation: Installation;

beforeEach(async () => {
  installation = await Installation.create();
});

afterEach(async () => {
  await installation[Symbol.asyncDispose]();
});

describe.runIf(process.platform === 'linux')('where the cores are full', () => {
  async function threadsOfServer(settings: Readonly<Record<string, string>>): Promise<Scheduling[]> {
    const { child, ended, said } = installation.start(['serve', '--port', '0'], {
      KINOSTAT_SQLITE_READERS: String(READERS),
      ...settings,
    });
    await said(/listening on/);
    const threads = schedulingOf(child.pid ?? 0);
    expect(threads.find(({ threadId }) => threadId === child.pid)).toMatchObject({ nice: 0, isIdle: false });
    child.kill('SIGTERM');
    await ended;
    return threads;
  }

  it('the event loop and the writer go first in a server, and readers run when nobody else wants to', async () => {
    const threads = await threadsOfServer({});
    expect(threads.filter(({ isIdle }) => isIdle)).toHaveLength(READERS);
    expect(threads.filter(({ nice }) => nice === NICE).length).toBeGreaterThanOrEqual(READERS + HELPERS);
    expect(threads.filter(({ nice }) => nice === 0).length).toBeGreaterThanOrEqual(2);
  });

  it('readers are nice where the class of idle threads cannot be entered', async () => {
    const threads = await threadsOfServer({ PATH: installation.folder });
    expect(threads.filter(({ isIdle }) => isIdle)).toEqual([]);
    expect(threads.filter(({ nice }) => nice === NICE).length).toBeGreaterThanOrEqual(READERS + HELPERS);
  });

  it('a command beside a server gives way with every thread', async () => {
    await installation.start(['migrate']).ended;
    const { child, ended } = installation.start(['backup', `${installation.folder}/copy.sqlite`]);
    let seen: Scheduling[] = [];
    while (child.exitCode === null && !isPolite(seen)) {
      try {
        seen = schedulingOf(child.pid ?? 0);
      } catch {
        // A thread, or the process, ended while it was looked at.
      }
      await turn();
    }
    expect((await ended).code).toBe(0);
    expect(seen).toSatisfy(isPolite);
  });
});

const isPolite = (threads: readonly Scheduling[]): boolean =>
  threads.length > 0 && threads.every(({ nice }) => nice === NICE);
