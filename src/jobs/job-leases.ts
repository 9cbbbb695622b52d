import type { Lease, LeaseStore } from '../domain/lease.js';
import type { Clock } from '../domain/time.js';

export interface JobLeaseOptions {
  readonly store: LeaseStore;
  /** Names this instance: another one for each process. */
  readonly owner: string;
  readonly clock: Clock;
}

/** A holder that does not renew its lease for so long is taken for dead, ms. Clocks must agree to less than that. */
export const LEASE_MS = 60_000;
const RENEW_MS = LEASE_MS / 3;
/** A job rests a little less than its interval: its next run is not put off by jitter. */
const REST = 0.9;

/** Lets one instance of several run a job, once an interval. */
export class JobLeases {
  constructor(private readonly o: JobLeaseOptions) {}

  /**
   * Runs the work while this instance holds the job's lease; null when another one holds it, or ran the job not long
   * ago. The signal is aborted when the lease is lost: then another instance runs the job already.
   */
  async hold<Result>(
    name: string,
    intervalMs: number,
    isAskedFor: boolean,
    abort: AbortController,
    work: () => Promise<Result>,
  ): Promise<Result | null> {
    const { store, owner, clock } = this.o;
    const startedMs = clock.now();
    const lease = await store.acquireLease(name, owner, startedMs, startedMs + LEASE_MS, isAskedFor);
    if (lease === null) return null;
    const stopRenewing = this.#keep(lease, abort);
    try {
      return await work();
    } finally {
      stopRenewing();
      // A cancelled or failed run is not due at once either: its error would come again and again.
      await store.settleLease(lease, startedMs + intervalMs * REST).catch(() => false);
    }
  }

  #keep(lease: Lease, abort: AbortController): () => void {
    const { store, clock } = this.o;
    let isDone = false;
    let cancel = (): void => undefined;
    const arm = (): void => {
      cancel = clock.setTimer(() => void renew(), RENEW_MS);
    };
    const renew = async (): Promise<void> => {
      // Storage that is away is asked again; the lease may end meanwhile, and then the next answer says so.
      const isHeld = await store.renewLease(lease, clock.now() + LEASE_MS).catch(() => true);
      if (isDone) return;
      if (isHeld) arm();
      else abort.abort();
    };
    arm();
    return () => {
      isDone = true;
      cancel();
    };
  }
}
