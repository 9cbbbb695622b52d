import type { MaintenanceStore, StorageGauges } from '../../src/domain/stats-store.js';

/** Notes what it was asked to do; each answer can be set. */
export class FakeMaintenanceStore implements MaintenanceStore {
  readonly calls: (readonly [name: string, ...args: unknown[]])[] = [];
  rollUpReport = { cellsCount: 0, daysCount: 0, monthsCount: 0 };
  pruneReports: Awaited<ReturnType<MaintenanceStore['prune']>> = [];
  storageGauges: StorageGauges = { databaseBytes: 0, walBytes: 0, freeBytes: 0 };
  freedBytes = 0;
  sweptCount = 0;
  partitionReport: Awaited<ReturnType<MaintenanceStore['ensurePartitions']>> = null;

  rollUp: MaintenanceStore['rollUp'] = (...args) => this.#answer('rollUp', args, this.rollUpReport);
  rebuildRollUps: MaintenanceStore['rebuildRollUps'] = (...args) =>
    this.#answer('rebuildRollUps', args, this.rollUpReport);
  rollUpZone: MaintenanceStore['rollUpZone'] = () => this.#answer('rollUpZone', [], 'UTC');
  prune: MaintenanceStore['prune'] = (...args) => this.#answer('prune', args, this.pruneReports);
  rebuildSearch: MaintenanceStore['rebuildSearch'] = (...args) => this.#answer('rebuildSearch', args, []);
  vacuum: MaintenanceStore['vacuum'] = (...args) => this.#answer('vacuum', args, this.freedBytes);
  checkpoint: MaintenanceStore['checkpoint'] = () => this.#answer('checkpoint', [], undefined);
  optimize: MaintenanceStore['optimize'] = () => this.#answer('optimize', [], undefined);
  sweepSessions: MaintenanceStore['sweepSessions'] = (...args) =>
    this.#answer('sweepSessions', args, this.sweptCount);
  sweepPlaybacks: MaintenanceStore['sweepPlaybacks'] = (...args) => this.#answer('sweepPlaybacks', args, 0);
  ensurePartitions: MaintenanceStore['ensurePartitions'] = (...args) =>
    this.#answer('ensurePartitions', args, this.partitionReport);
  backup: MaintenanceStore['backup'] = (...args) => this.#answer('backup', args, undefined);
  purgeVideo: MaintenanceStore['purgeVideo'] = (...args) =>
    this.#answer('purgeVideo', args, { sessionsCount: 0, rowsCount: 0 });
  gauges: MaintenanceStore['gauges'] = () => this.#answer('gauges', [], this.storageGauges);

  callsOf(name: string): (readonly unknown[])[] {
    return this.calls.filter(([called]) => called === name).map(([, ...args]) => args);
  }

  #answer<Result>(name: string, args: readonly unknown[], result: Result): Promise<Result> {
    this.calls.push([name, ...args]);
    return Promise.resolve(result);
  }
}
