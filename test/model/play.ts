import type { StatsStore } from '../../src/domain/stats-store.js';
import type { WriteCommand } from '../../src/domain/write-command.js';
import type { Answers } from './answers.js';
import { expectSame } from './compare.js';
import { RETENTION, type History, type Step } from './history-types.js';
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
  prune(nowMs: number): Promise<void>;
  restart(timezone: string): Promise<void>;
  rebuild(): Promise<void>;
}

/** Plays a history to the model and to the subject; throws when any answer differs. */
export async function play(history: History, subject: Subject): Promise<void> {
  const model = new Model(history.timezone);
  let configured = history.timezone;
  for (const step of history.steps) {
    if (step.kind === 'restart') configured = step.timezone;
    await happen(step, subject, model, configured);
  }
  await compareAll(history.inspection, model, subject.answers);
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
      await subject.prune(step.nowMs);
      break;
    case 'restart':
      await subject.restart(step.timezone);
      break;
    case 'rebuild':
      model.state.rollUpZone = configured;
      await subject.rebuild();
      break;
    case 'inspect':
      await compareAll(step.inspection, model, subject.answers);
      break;
    default:
      step satisfies never;
  }
}

const never = new AbortController().signal;
const KEEP = { events: 0, telemetry: 0, slices: 0, daily: 0, monthly: 0, deadLetters: 0, jobRuns: 0 };

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

  async prune(nowMs: number): Promise<void> {
    await this.storeNow().maintenance.prune({ ...KEEP, ...RETENTION }, nowMs, { isDryRun: false }, never);
  }

  async rebuild(): Promise<void> {
    await this.storeNow().maintenance.rebuildRollUps(never, () => undefined);
  }
}
