import { rm } from 'node:fs/promises';
import type { AgentCommand } from '../../src/domain/agents/commands.js';
import { bootApp, type TestApp } from '../support/app.js';
import { FakeClock } from '../support/fake-clock.js';
import { temporaryFolder } from '../support/store.js';
import type { AgentAnswers } from './agent-answers.js';
import { EXTRACTION_DAYS, type AgentHistory, type AgentStep, type AgentSubject } from './agent-history.js';
import { HttpAgentAnswers, PROCESS_STATES, RISKS } from './agent-http-answers.js';
import type { AgentOutcome } from './agent-state.js';
import { NOW } from './instants.js';

const SETTINGS = {
  KINOSTAT_RETENTION: 'keep-all',
  KINOSTAT_RETENTION_EXTRACTIONS_DAYS: String(EXTRACTION_DAYS),
};

/** Over HTTP a mutation is a commit of its own: extraction events that follow each other go in one, all else alone. */
export const byMutation = (history: AgentHistory): AgentHistory => ({
  ...history,
  steps: history.steps.flatMap((step): AgentStep[] =>
    step.kind !== 'flush'
      ? [step]
      : step.requests.flatMap(runsOf).map((run) => ({ kind: 'flush', requests: [run] })),
  ),
});

function runsOf(request: readonly AgentCommand[]): AgentCommand[][] {
  const runs: AgentCommand[][] = [];
  for (const command of request) {
    const last = runs.at(-1);
    if (command.kind === 'recordExtraction' && last?.[0]?.kind === command.kind) last.push(command);
    else runs.push([command]);
  }
  return runs;
}

interface Receipt {
  readonly accepted: number;
  readonly rejected: readonly { readonly code: string }[];
}

/** A real server that wrappers talk to over HTTP; its clock is ours, and its jobs run by name. */
export class AgentHttpSubject implements AgentSubject, AsyncDisposable {
  readonly answers: AgentAnswers;
  readonly #clock: FakeClock;
  #app: TestApp;

  private constructor(
    app: TestApp,
    clock: FakeClock,
    private readonly folder: string,
  ) {
    this.#app = app;
    this.#clock = clock;
    this.answers = new HttpAgentAnswers((query, variables) => this.#app.data(query, variables));
  }

  static async boot(): Promise<AgentHttpSubject> {
    const folder = await temporaryFolder();
    const clock = new FakeClock(NOW);
    return new AgentHttpSubject(await bootApp(SETTINGS, clock, folder), clock, folder);
  }

  async flush(requests: readonly (readonly AgentCommand[])[]): Promise<AgentOutcome> {
    const refused: number[] = [];
    const byRisk = await this.#counted(async () => {
      for (const request of requests) {
        const { accepted, rejected } = await this.#send(request);
        if (accepted + rejected.length !== request.length) throw new Error('The receipt is not whole');
        refused.push(rejected.length);
      }
    });
    return { refused, byRisk };
  }

  async prune(nowMs: number): Promise<void> {
    this.#clock.set(nowMs);
    const { runJob } = await this.#app.data<{ runJob: { status: string; summary: string } }>(
      'mutation { runJob(name: "prune") { status summary } }',
    );
    this.#clock.set(NOW);
    if (runJob.status !== 'SUCCEEDED') throw new Error(`prune: ${runJob.summary}`);
  }

  async requeue() {
    let done = { applied: 0, refused: 0 };
    const byRisk = await this.#counted(async () => {
      const mutation = 'mutation { requeueDeadLetters { applied refused } }';
      done = (await this.#app.data<{ requeueDeadLetters: typeof done }>(mutation)).requeueDeadLetters;
    });
    return { ...done, byRisk };
  }

  async restart(): Promise<void> {
    await this.#app[Symbol.asyncDispose]();
    this.#app = await bootApp(SETTINGS, this.#clock, this.folder);
  }

  /** The command line does this; the API does not offer it. */
  async rebuildSearch(): Promise<void> {
    await this.#app.app.store.maintenance.rebuildSearch(new AbortController().signal, () => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#app[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #send(request: readonly AgentCommand[]): Promise<Receipt> {
    const { field, type, input } = mutationOf(request);
    const receipt = 'accepted rejected { code }';
    const selection = field === 'startProcess' ? `receipt { ${receipt} }` : receipt;
    const data = await this.#app.data<Record<string, Receipt & { readonly receipt?: Receipt }>>(
      `mutation ($input: ${type}!) { ${field}(input: $input) { ${selection} } }`,
      { input: { ...input, durability: 'COMMITTED' } },
    );
    return data[field]!.receipt ?? data[field]!;
  }

  /** By how much the counters of risks grow meanwhile. */
  async #counted(during: () => Promise<void>): Promise<AgentOutcome['byRisk']> {
    const before = await this.#risks();
    await during();
    const grown = (await this.#risks()).map((count, risk) => [risk, count - before[risk]!] as const);
    return Object.fromEntries(grown.filter(([, count]) => count > 0));
  }

  async #risks(): Promise<number[]> {
    const text = await (await fetch(`${this.#app.app.url}/metrics`)).text();
    return RISKS.map((risk) =>
      Number(new RegExp(`^kinostat_extractions_total\\{risk="${risk}"\\} (\\d+)$`, 'm').exec(text)?.[1]),
    );
  }
}

const parsed = (json: string | null): unknown => (json === null ? null : JSON.parse(json));

function mutationOf(request: readonly AgentCommand[]): { field: string; type: string; input: object } {
  const first = request[0]!;
  const sessionUuid = first.processUuid;
  switch (first.kind) {
    case 'startProcess': {
      const { agent, startedAtMs, environment, extractionConfigVersion } = first;
      const input = { sessionUuid, agent, startedAtMs, environment, extractionConfigVersion };
      return { field: first.kind, type: 'StartProcessInput', input };
    }
    case 'recordProcessState': {
      const { change, linesCount, feedbackCount } = first;
      const { atMs, state, metadataJson } = change;
      const words = { state: PROCESS_STATES[state], metadata: parsed(metadataJson) };
      const input = { sessionUuid, atMs, ...words, linesCount, feedbackCount };
      return { field: first.kind, type: 'RecordProcessStateInput', input };
    }
    case 'endProcess': {
      const { change, linesCount, feedbackCount } = first;
      const { atMs: endedAtMs, exitCode } = change;
      const input = { sessionUuid, endedAtMs, exitCode, linesCount, feedbackCount };
      return { field: first.kind, type: 'EndProcessInput', input };
    }
    case 'recordExtraction': {
      const extractions = request.flatMap((command) => {
        if (command.kind !== 'recordExtraction') return [];
        const { riskLevel, metadataJson, ...fields } = command.extraction;
        return [{ ...fields, riskLevel: RISKS[riskLevel], metadata: parsed(metadataJson) }];
      });
      return {
        field: 'recordExtractions',
        type: 'RecordExtractionsInput',
        input: { sessionUuid, extractions },
      };
    }
    default:
      return first satisfies never;
  }
}
