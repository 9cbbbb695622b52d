import { spawnSync } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/**
 * Nice value of what gives way to the event loop and the writer where more wants to run than there are cores
 * (docs/adr/0018, 0023 and 0026). The two keep the value of the process.
 */
export const NICE = 10;

/** On Linux a nice value belongs to a thread, and 0 is the calling one (setpriority(2), "C library/kernel differences"). */
const HAS_VALUES_OF_THREADS = process.platform === 'linux';
/** `chrt` asks the kernel one thing and ends. One that hangs may not keep a reader from its work. */
const CLASS_TIMEOUT_MS = 1_000;

/**
 * The calling thread is nice, and runs when no other wants to: it never holds a core for the rest of its slice when the event
 * loop wakes. Elsewhere than on Linux it would be the whole process, so nothing is changed.
 */
export function makeThreadIdle(): void {
  if (!HAS_VALUES_OF_THREADS) return;
  lower(0);
  const id = own(() => readlinkSync('/proc/thread-self').split('/').at(-1));
  if (id !== undefined) enterIdleClass('-i', '-p', '0', id);
}

/** The same for every thread of this process and those that they start later; elsewhere than on Linux the whole process is nice. */
export function makeProcessIdle(): void {
  lowerProcess();
  if (HAS_VALUES_OF_THREADS) enterIdleClass('-a', '-i', '-p', '0', String(process.pid));
}

/** Every thread that there is gives way but the main one; what those start later inherits it. Nothing elsewhere than on Linux. */
export function lowerOtherThreads(): void {
  for (const id of threadIds()) if (id !== process.pid) lower(id);
}

/** The whole process gives way, with the threads that it starts later. */
export function lowerProcess(): void {
  lower(0);
  for (const id of threadIds()) lower(id);
}

/** None where the system does not tell them. */
const threadIds = (): number[] =>
  (HAS_VALUES_OF_THREADS ? own(() => readdirSync('/proc/self/task').map(Number)) : undefined) ?? [];

/** Of what the system tells a process about itself; undefined where it does not, as in a jail without /proc. */
function own<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Never raises: that takes rights, and who started the program with a higher value meant it. */
function lower(id: number): void {
  try {
    if (getPriority(id) < NICE) setPriority(id, NICE);
  } catch {
    // The thread ended meanwhile, or the system does not let it: the program works as well, only less politely.
  }
}

/** SCHED_IDLE of sched(7). Node has no call for it; chrt is of util-linux. Without it the nice value stands. */
function enterIdleClass(...args: readonly string[]): void {
  spawnSync('chrt', args, { stdio: 'ignore', timeout: CLASS_TIMEOUT_MS });
}
