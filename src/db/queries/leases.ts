import type { Lease, LeaseStore } from '../../domain/lease.js';
import type { Backend } from '../backend.js';

/** Nobody: the lease rests until the job is due again. */
const RESTING = '';

const ACQUIRE = `INSERT INTO sys_job_leases (job_name, owner, lease_until_ms, fencing) VALUES (?, ?, ?, 1)
  ON CONFLICT (job_name) DO UPDATE SET owner = excluded.owner, lease_until_ms = excluded.lease_until_ms,
    fencing = sys_job_leases.fencing + 1
  WHERE sys_job_leases.lease_until_ms <= ? OR (sys_job_leases.owner = '${RESTING}' AND CAST(? AS INTEGER) = 1)`;
const FENCING = 'SELECT fencing FROM sys_job_leases WHERE job_name = ? AND owner = ?';
const RENEW = 'UPDATE sys_job_leases SET lease_until_ms = ? WHERE job_name = ? AND fencing = ?';
const SETTLE = `UPDATE sys_job_leases SET owner = '${RESTING}', lease_until_ms = ? WHERE job_name = ? AND fencing = ?`;

/** One row a job. Whoever changes it in one statement has it: no lock outlives a transaction. */
export function leaseQueries(backend: Backend): LeaseStore {
  const change = async (sql: string, params: readonly (string | number)[]): Promise<boolean> =>
    (await backend.transact([{ sql, params }]))[0] === 1;
  return {
    async acquireLease(name, owner, nowMs, untilMs, isEarly) {
      if (!(await change(ACQUIRE, [name, owner, untilMs, nowMs, isEarly ? 1 : 0]))) return null;
      const [row] = await backend.read({ sql: FENCING, params: [name, owner] });
      return row === undefined ? null : { name, fencing: Number(row[0]) };
    },
    renewLease: ({ name, fencing }: Lease, untilMs) => change(RENEW, [untilMs, name, fencing]),
    settleLease: ({ name, fencing }: Lease, nextMs) => change(SETTLE, [nextMs, name, fencing]),
  };
}
