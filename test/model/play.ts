import type { StatsStore } from '../../src/domain/stats-store.js';
import type { WriteCommand } from '../../src/domain/write-command.js';
import { RETENTION_PRESETS } from '../../src/domain/retention.js';
import type { Answers } from './answers.js';
import { localTimeAt, localTimeOfSlice, sliceAt } from './calendar.js';
import { expectSame } from './compare.js';
import { RETENTION, ROLL_UP_RETENTION, type History, type Step } from './history-types.js';
import { NOW } from './instants.js';
import { Model } from './model.js';
import { compareAll } from './questions.js';

const DAY = 24 * 60 * 60 * 1000;

/** Something that a history can happen to. */
export interface Subject {
  readonly answers: Answers;
  /** Answers how many commands of each request were refused. */
  flush(requests: readonly (readonly WriteCommand[])[]): Promise<readonly number[]>;
  rollUp(): Promise<void>;
  sweep(idleSinceMs: number): Promise<void>;
  prune(nowMs: number, hasSliceWindow: boolean): Promise<void>;
  purge(videoKey: string): Promise<void>;
  restart(timezone: string): Promise<void>;
  rebuild(): Promise<void>;
}

/** Plays a history to the model and to the subject; throws when any answer differs. Answers the model as it is then. */
export async function play(history: History, subject: Subject): Promise<Model> {
  const model = new Model(history.timezone);
  let configured = history.timezone;
  for (const step of history.steps) {
    if (step.kind === 'restart') configured = step.timezone;
    await happen(step, subject, model, configured);
  }
  await compareAll(history.inspection, model, subject.answers);
  return model;
}

async function happen(step: Step, subject: Subject, model: Model, configured: string): Promise<void> {
  switch (step.kind) {
    case 'flush':
      expectSame('refused', model.state.apply(step.requests), await subject.flush(step.requests));
      break;
    case 'rollUp':
      await subject.rollUp();
      break;
    case 'sweep':
      model.state.sweep(step.idleSinceMs);
      await subject.sweep(step.idleSinceMs);
      break;
    case 'prune':
      model.state.prune(step.nowMs - RETENTION.events * DAY, step.nowMs - RETENTION.telemetry * DAY);
      if (step.hasSliceWindow) pruneRollUps(step.nowMs, model);
      await subject.prune(step.nowMs, step.hasSliceWindow);
      break;
    case 'purge':
      if (!model.state.videos.has(step.videoKey)) break;
      model.state.purge(step.videoKey);
      await subject.purge(step.videoKey);
      break;
    case 'restart':
      await subject.restart(step.timezone);
      break;
    case 'rebuild':
      model.state.rebuild(configured);
      await subject.rebuild();
      break;
    case 'inspect':
      await compareAll(step.inspection, model, subject.answers);
      break;
    default:
      step satisfies never;
  }
}

function pruneRollUps(nowMs: number, { state }: Model): void {
  const zone = state.rollUpZone;
  state.archiveSlices(firstSliceKept(nowMs, zone));
  const { day } = localTimeAt(zone, nowMs - ROLL_UP_RETENTION.daily * DAY);
  state.pruneRollUps(day, localTimeAt(zone, nowMs - ROLL_UP_RETENTION.monthly * DAY).month);
}

/** Slices go by whole months of the server's zone: the first of the month in which the window begins. */
function firstSliceKept(nowMs: number, zone: string): number {
  let slice = sliceAt(nowMs - ROLL_UP_RETENTION.slices * DAY);
  const { month } = localTimeOfSlice(zone, slice);
  while (localTimeOfSlice(zone, slice - 1).month === month) slice -= 1;
  return slice;
}

const never = new AbortController().signal;
const KEEP = RETENTION_PRESETS['keep-all'];

/** The steps on the ports of a store. */
export class StoreSubject implements Subject {
  constructor(
    readonly answers: Answers,
    private readonly storeNow: () => StatsStore,
    readonly restart: (timezone: string) => Promise<void>,
  ) {}

  async flush(requests: readonly (readonly WriteCommand[])[]): Promise<readonly number[]> {
    const { groups } = await this.storeNow().apply(requests, NOW);
    groups.forEach(({ stored, duplicates, refused }, index) => {
      const sum = stored + duplicates + refused.length;
      expectSame('stored, duplicates and refused of a request', requests[index]?.length, sum);
    });
    return groups.map(({ refused }) => refused.length);
  }

  async rollUp(): Promise<void> {
    await this.storeNow().maintenance.rollUp(never);
  }

  async sweep(idleSinceMs: number): Promise<void> {
    await this.storeNow().maintenance.sweepSessions(idleSinceMs, NOW);
  }

  async prune(nowMs: number, hasSliceWindow: boolean): Promise<void> {
    const windows = { ...KEEP, ...RETENTION, ...(hasSliceWindow ? ROLL_UP_RETENTION : {}) };
    await this.storeNow().maintenance.prune(windows, nowMs, { isDryRun: false }, never);
  }

  async purge(videoKey: string): Promise<void> {
    const video = await this.storeNow().immersion.getVideo(videoKey);
    if (video !== null) await this.storeNow().maintenance.purgeVideo(video.videoId, never);
  }

  async rebuild(): Promise<void> {
    await this.storeNow().maintenance.rebuildRollUps(never, () => undefined);
  }
}
