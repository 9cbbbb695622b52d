import fc from 'fast-check';
import type { AgentCommand } from '../../src/domain/agents/commands.js';
import { RETENTION_PRESETS } from '../../src/domain/retention.js';
import type { AgentAnswers } from './agent-answers.js';
import { AgentModel } from './agent-model.js';
import { compareAgents } from './agent-questions.js';
import type { AgentOutcome } from './agent-state.js';
import { StoreAgentAnswers } from './agent-store-answers.js';
import { expectSame } from './compare.js';
import { around, arrivalsOf, fates, inParts, inspectionOf, woven, ANCHORS } from './history.js';
import type { Inspection } from './history-types.js';
import { NOW, ZONES } from './instants.js';
import type { ModelDatabase } from './describe-model.js';
import { processCommandsOf, processPlan } from './process-plans.js';

const DAY = 24 * 60 * 60 * 1000;
/** Days that extraction events are kept when a history prunes. */
export const EXTRACTION_DAYS = 7;

/** One thing that happens to a database of agents. */
export type AgentStep =
  | { readonly kind: 'flush'; readonly requests: readonly (readonly AgentCommand[])[] }
  | { readonly kind: 'prune'; readonly nowMs: number }
  | { readonly kind: 'requeue' | 'restart' | 'rebuildSearch' }
  | { readonly kind: 'inspect'; readonly inspection: Inspection };

export interface AgentHistory {
  readonly steps: readonly AgentStep[];
  /** Asked last. */
  readonly inspection: Inspection;
}

/** Something that a history can happen to. */
export interface AgentSubject {
  readonly answers: AgentAnswers;
  flush(requests: readonly (readonly AgentCommand[])[]): Promise<AgentOutcome>;
  prune(nowMs: number): Promise<void>;
  requeue(): Promise<ReturnType<AgentModel['state']['requeue']>>;
  restart(): Promise<void>;
  rebuildSearch(): Promise<void>;
}

const plain = fc.constantFrom('requeue' as const, 'restart' as const, 'rebuildSearch' as const);

/** Runs of agents whose reports come late, twice, in any order or never; between them prunes, restarts and rebuilds. */
export const agentHistories: fc.Arbitrary<AgentHistory> = fc
  .record({
    anchors: ANCHORS,
    plans: fc.array(processPlan, { minLength: 1, maxLength: 6 }),
    fates,
    requestSizes: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }),
    flushSizes: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
  })
  .chain(({ anchors, plans, requestSizes, flushSizes, ...network }) => {
    const someZones = fc.uniqueArray(fc.constantFrom(...ZONES), { minLength: 1, maxLength: 2 });
    const interlude: fc.Arbitrary<AgentStep> = fc.oneof(
      fc.record({ kind: fc.constant('inspect' as const), inspection: inspectionOf(anchors, someZones) }),
      fc.record({
        kind: fc.constant('prune' as const),
        nowMs: around(anchors, 3, 60).map((ms) => ms + EXTRACTION_DAYS * DAY),
      }),
      fc.record({ kind: plain }),
    );
    const made = plans.flatMap((plan, n) => {
      const commands = processCommandsOf(plan, n, anchors[n % anchors.length]!).toSorted(([a], [b]) => a - b);
      return inParts(commands, requestSizes).map((part) => ({
        atMs: part[0]![0],
        commands: part.map(([, command]) => command),
      }));
    });
    const requests = made.toSorted((a, b) => a.atMs - b.atMs).map(({ commands }) => commands);
    const flushes = inParts(arrivalsOf(requests, network), flushSizes).map((part): AgentStep => ({
      kind: 'flush',
      requests: part,
    }));
    return fc.record({
      steps: fc
        .array(fc.tuple(fc.nat(100), interlude), { maxLength: 8 })
        .map((interludes) => woven(flushes, interludes)),
      inspection: inspectionOf(anchors, someZones),
    });
  });

/** Plays a history to the model and to the subject; throws when any answer differs. Answers the model as it is then. */
export async function playAgents(
  { steps, inspection }: AgentHistory,
  subject: AgentSubject,
): Promise<AgentModel> {
  const model = new AgentModel();
  for (const step of steps) {
    switch (step.kind) {
      case 'flush':
        expectSame('flush', model.state.apply(step.requests), await subject.flush(step.requests));
        break;
      case 'prune':
        model.state.prune(step.nowMs - EXTRACTION_DAYS * DAY);
        await subject.prune(step.nowMs);
        break;
      case 'requeue':
        expectSame('requeue', model.state.requeue(), await subject.requeue());
        break;
      case 'restart':
        await subject.restart();
        break;
      case 'rebuildSearch':
        await subject.rebuildSearch();
        break;
      case 'inspect':
        await compareAgents(step.inspection, model, subject.answers);
        break;
      default:
        step satisfies never;
    }
  }
  await compareAgents(inspection, model, subject.answers);
  return model;
}

const never = new AbortController().signal;
const WINDOWS = { ...RETENTION_PRESETS['keep-all'], extractions: EXTRACTION_DAYS };

/** The steps on the ports of a store. */
export class AgentStoreSubject implements AgentSubject {
  readonly answers: AgentAnswers;

  constructor(private readonly database: ModelDatabase) {
    this.answers = new StoreAgentAnswers(() => database.store);
  }

  async flush(requests: readonly (readonly AgentCommand[])[]): Promise<AgentOutcome> {
    const { groups, extractionsByRisk } = await this.database.store.apply(requests, NOW);
    groups.forEach(({ stored, duplicates, refused }, index) => {
      const sum = stored + duplicates + refused.length;
      expectSame('stored, duplicates and refused of a request', requests[index]?.length, sum);
    });
    return {
      refused: groups.map(({ refused }) => refused.length),
      byRisk: Object.fromEntries(extractionsByRisk),
    };
  }

  async prune(nowMs: number): Promise<void> {
    await this.database.store.maintenance.prune(WINDOWS, nowMs, { isDryRun: false }, never);
  }

  async requeue() {
    const { extractionsByRisk, ...done } = await this.database.store.system.requeueDeadLetters(null, NOW);
    return { ...done, byRisk: Object.fromEntries(extractionsByRisk) };
  }

  async restart(): Promise<void> {
    await this.database.restart('UTC');
  }

  async rebuildSearch(): Promise<void> {
    await this.database.store.maintenance.rebuildSearch(never, () => undefined);
  }
}
