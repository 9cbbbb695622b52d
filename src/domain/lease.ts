/** The right to run a job, held by one instance of several. */
export interface Lease {
  readonly name: string;
  /** Grows with each holder: who has a smaller one than the row is not the holder any more. */
  readonly fencing: number;
}

/** Rows of leases, in the database that the instances share. All instants are epoch ms of the asking instance. */
export interface LeaseStore {
  /**
   * Null while another instance holds it. A lease that rests between two runs (`settleLease`) is given early only when
   * `isEarly`.
   */
  acquireLease(
    name: string,
    owner: string,
    nowMs: number,
    untilMs: number,
    isEarly: boolean,
  ): Promise<Lease | null>;
  /** False when it was taken over: the work must stop. */
  renewLease(lease: Lease, untilMs: number): Promise<boolean>;
  /** The work is done, and not due again before the instant. False when it was taken over. */
  settleLease(lease: Lease, nextMs: number): Promise<boolean>;
}
