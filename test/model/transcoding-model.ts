/** The queue of transcoding jobs as docs/transcoding.md tells it, in the plainest code. Qualities are named by letters. */
export type JobState = 'PENDING' | 'PROCESSING' | 'COMPLETED' | 'FAILED' | 'ABORTED';
export type QualityState = 'PENDING' | 'IN_PROGRESS' | 'COMPLETED' | 'FAILED' | 'SKIPPED';
export type EntryState = 'PENDING' | 'PROCESSING' | 'READY' | 'FAILED';

export interface QualityPart {
  readonly name: string;
  readonly status: QualityState;
  readonly segments: number | null;
}

interface Quality {
  status: QualityState;
  segments: number;
}

interface Job {
  status: JobState;
  attempt: number;
  enqueuedAtMs: number;
  availableAtMs: number;
  leaseUntilMs: number | null;
  claim: string | null;
  step: number | null;
  percent: number;
  regressions: number;
  readonly qualities: Map<string, Quality>;
}

interface Entry {
  status: EntryState;
  isDeleted: boolean;
  readonly qualities: Set<string>;
}

export const LEASE_MS = 1_800_000;
export const MAX_ATTEMPTS = 2;
const FIRST_REST_MS = 60_000;

export class TranscodingModel {
  readonly jobs = new Map<number, Job>();
  readonly entries: Map<number, Entry>;

  constructor(entries: readonly (readonly [number, EntryState])[]) {
    this.entries = new Map(
      entries.map(([n, status]) => [n, { status, isDeleted: false, qualities: new Set<string>() }]),
    );
  }

  enqueue(n: number, nowMs: number): boolean {
    const entry = this.#entry(n);
    if (entry.isDeleted || this.jobs.has(n)) return false;
    if (entry.status === 'FAILED') entry.status = 'PENDING';
    this.jobs.set(n, {
      status: 'PENDING',
      attempt: 1,
      enqueuedAtMs: nowMs,
      availableAtMs: nowMs,
      leaseUntilMs: null,
      claim: null,
      step: null,
      percent: 0,
      regressions: 0,
      qualities: new Map([['a', { status: 'PENDING', segments: 0 }]]),
    });
    return true;
  }

  /** The number of the job. */
  claim(claim: string, nowMs: number): number | null {
    const waiting = [...this.jobs]
      .filter(
        ([n, job]) => job.status === 'PENDING' && job.availableAtMs <= nowMs && !this.#entry(n).isDeleted,
      )
      .toSorted(([, a], [, b]) => a.enqueuedAtMs - b.enqueuedAtMs);
    const [first] = waiting;
    if (first === undefined) return null;
    const [n, job] = first;
    Object.assign(job, {
      status: 'PROCESSING',
      claim,
      leaseUntilMs: nowMs + LEASE_MS,
      step: null,
      percent: 0,
    });
    const entry = this.#entry(n);
    if (entry.status !== 'READY') entry.status = 'PROCESSING';
    return n;
  }

  /** What was ignored, `''` for the job itself; null when the claim does not hold it. */
  report(
    n: number,
    claim: string,
    step: number | null,
    percent: number | null,
    parts: readonly QualityPart[],
    nowMs: number,
  ): string[] | null {
    const job = this.#held(n, claim, nowMs);
    if (job === null) return null;
    job.leaseUntilMs = Math.max(job.leaseUntilMs ?? 0, nowMs + LEASE_MS);
    const ignored: string[] = [];
    if ((step ?? job.step ?? 0) < (job.step ?? 0) || (percent ?? job.percent) < job.percent) ignored.push('');
    else Object.assign(job, { step: step ?? job.step, percent: percent ?? job.percent });
    for (const part of parts) {
      const known = job.qualities.get(part.name) ?? { status: 'PENDING', segments: 0 };
      job.qualities.set(part.name, known);
      const isOpen = known.status === 'PENDING' || known.status === 'IN_PROGRESS';
      const isForward = isOpen && !(known.status === 'IN_PROGRESS' && part.status === 'PENDING');
      if (
        (part.status !== known.status && !isForward) ||
        (part.segments ?? known.segments) < known.segments
      ) {
        ignored.push(part.name);
      } else Object.assign(known, { status: part.status, segments: part.segments ?? known.segments });
    }
    job.regressions += ignored.length;
    return ignored;
  }

  complete(n: number, claim: string, nowMs: number): boolean {
    const job = this.#held(n, claim, nowMs);
    if (job === null) return false;
    const states = [...job.qualities.values()].map(({ status }) => status);
    if (states.some((status) => status === 'PENDING' || status === 'IN_PROGRESS')) return false;
    if (states.length > 0 && !states.includes('COMPLETED')) return false;
    Object.assign(job, { status: 'COMPLETED', leaseUntilMs: null, step: 5, percent: 100 });
    const entry = this.#entry(n);
    entry.status = 'READY';
    for (const [name, { status }] of job.qualities) if (status === 'COMPLETED') entry.qualities.add(name);
    return true;
  }

  fail(n: number, claim: string, isFinal: boolean, nowMs: number): boolean {
    const job = this.#held(n, claim, nowMs);
    if (job === null) return false;
    this.#lose(n, job, isFinal, nowMs);
    return true;
  }

  sweep(nowMs: number): number[] {
    const lost = [...this.jobs].filter(
      ([, job]) => job.status === 'PROCESSING' && (job.leaseUntilMs ?? 0) <= nowMs,
    );
    for (const [n, job] of lost) this.#lose(n, job, false, nowMs);
    return lost.map(([n]) => n);
  }

  retry(n: number, nowMs: number): boolean {
    const job = this.jobs.get(n);
    if (job === undefined || job.status === 'PENDING' || job.status === 'PROCESSING') return false;
    if (job.status === 'COMPLETED')
      for (const quality of job.qualities.values())
        Object.assign(quality, { status: 'PENDING', segments: 0 });
    restart(job);
    Object.assign(job, {
      status: 'PENDING',
      attempt: 1,
      availableAtMs: nowMs,
      leaseUntilMs: null,
      claim: null,
      step: null,
      percent: 0,
    });
    const entry = this.#entry(n);
    if (entry.status === 'FAILED') entry.status = 'PENDING';
    return true;
  }

  abort(n: number): boolean {
    const job = this.jobs.get(n);
    if (job === undefined || (job.status !== 'PENDING' && job.status !== 'PROCESSING')) return false;
    Object.assign(job, { status: 'ABORTED', leaseUntilMs: null });
    const entry = this.#entry(n);
    if (entry.status === 'PROCESSING') entry.status = 'PENDING';
    return true;
  }

  #lose(n: number, job: Job, isFinal: boolean, nowMs: number): void {
    const restMs = FIRST_REST_MS * 2 ** (job.attempt - 1);
    const isOver = isFinal || job.attempt >= MAX_ATTEMPTS;
    Object.assign(job, {
      status: isOver ? 'FAILED' : 'PENDING',
      attempt: job.attempt + 1,
      availableAtMs: nowMs + restMs,
      leaseUntilMs: null,
    });
    if (!isOver) restart(job);
    const entry = this.#entry(n);
    if (entry.status !== 'READY') entry.status = isOver ? 'FAILED' : 'PENDING';
  }

  #held(n: number, claim: string, nowMs: number): Job | null {
    const job = this.jobs.get(n);
    const isHeld =
      job?.status === 'PROCESSING' &&
      job.claim === claim &&
      job.leaseUntilMs !== null &&
      job.leaseUntilMs > nowMs;
    return isHeld ? job : null;
  }

  #entry(n: number): Entry {
    const entry = this.entries.get(n);
    if (entry === undefined) throw new Error(`There is no entry ${n}`);
    return entry;
  }
}

/** What was completed or skipped stays. */
function restart({ qualities }: Job): void {
  for (const quality of qualities.values()) {
    if (quality.status === 'IN_PROGRESS' || quality.status === 'FAILED')
      Object.assign(quality, { status: 'PENDING', segments: 0 });
  }
}
