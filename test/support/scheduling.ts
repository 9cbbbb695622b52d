import { readdirSync, readFileSync } from 'node:fs';

/** Of the fields after the name in parentheses; they are the 19th and the 41st of all (proc(5)). */
const NICE_FIELD = 16;
const POLICY_FIELD = 38;
/** SCHED_IDLE of linux/sched.h. */
const IDLE_POLICY = 5;

export interface Scheduling {
  readonly threadId: number;
  readonly nice: number;
  /** Runs when no other thread wants to. */
  readonly isIdle: boolean;
}

/** How Linux schedules each thread of a process. */
export function schedulingOf(pid: number): Scheduling[] {
  return readdirSync(`/proc/${pid}/task`).map((id) => {
    const stat = readFileSync(`/proc/${pid}/task/${id}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return {
      threadId: Number(id),
      nice: Number(fields[NICE_FIELD]),
      isIdle: Number(fields[POLICY_FIELD]) === IDLE_POLICY,
    };
  });
}
