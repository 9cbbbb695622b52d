import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EntryStatus, QualityStatus, TranscodingJobStatus } from '../../src/domain/library/enums.js';
import type { TranscodingStep } from '../../src/domain/library/enums.js';
import {
  LEASE_MS,
  MAX_ATTEMPTS,
  TranscodingModel,
  type EntryState,
  type QualityPart,
  type QualityState,
} from '../model/transcoding-model.js';
import { T0, uuid, videoFields } from '../support/commands.js';
import { openTestStore, type TestStore } from '../support/store.js';

const RUNS = 60;
const ENTRIES = 2;
const never = new AbortController().signal;

let s: TestStore;
beforeAll(async () => {
  s = await openTestStore();
});
afterAll(() => s[Symbol.asyncDispose]());

const number = fc.integer({ min: 1, max: ENTRIES });
/** Whose claim: that of the job, of the job before, or of nobody. */
const whose = fc.constantFrom('LAST', 'LAST', 'LAST', 'LAST', 'LAST', 'LAST', 'OLD', 'NOBODY');
const part = fc.record<QualityPart>({
  name: fc.constantFrom('a', 'b'),
  status: fc.constantFrom<QualityState>(
    'PENDING',
    'IN_PROGRESS',
    'COMPLETED',
    'COMPLETED',
    'FAILED',
    'SKIPPED',
  ),
  segments: fc.option(fc.integer({ min: 0, max: 4 })),
});
const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('enqueue' as const), n: number }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('claim' as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('report' as const),
      n: number,
      whose,
      step: fc.option(fc.integer({ min: 1, max: 5 })),
      percent: fc.option(fc.integer({ min: 0, max: 4 }).map((x) => x * 25)),
      parts: fc.uniqueArray(part, { selector: ({ name }) => name, maxLength: 2 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('complete' as const), n: number, whose }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('fail' as const),
      n: number,
      whose,
      isFinal: fc.constantFrom(false, false, false, true),
    }),
  },
  fc.record({ kind: fc.constant('retry' as const), n: number }),
  fc.record({ kind: fc.constant('abort' as const), n: number }),
  fc.record({ kind: fc.constant('sweep' as const) }),
  fc.record({ kind: fc.constant('hide' as const), n: number }),
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 60_000, 120_000, LEASE_MS),
    }),
  },
);
type Action = typeof action extends fc.Arbitrary<infer Value> ? Value : never;

const slugOf = (n: number): string => `e${n}`;

/** The store in the words of the model. */
class Subject {
  #nowMs = T0;
  #claims = 100;
  readonly #held = new Map<number, string>();
  readonly #old = new Map<number, string>();

  constructor(readonly model: TranscodingModel) {}

  async play(action: Action): Promise<void> {
    this.#nowMs += 1;
    const [nowMs, { transcoding, library }, { model }] = [this.#nowMs, s.store, this];
    switch (action.kind) {
      case 'enqueue': {
        const job = {
          jobUuid: uuid(action.n),
          slug: slugOf(action.n),
          maxAttempts: MAX_ATTEMPTS,
          qualities: ['a'],
        };
        expect(await transcoding.enqueue(job, nowMs)).toBe(model.enqueue(action.n, nowMs));
        return;
      }
      case 'claim': {
        this.#claims += 1;
        const claim = uuid(this.#claims);
        const n = model.claim(claim, nowMs);
        const job = await transcoding.claim('w', claim, nowMs, nowMs + LEASE_MS);
        expect(job?.jobUuid ?? null).toBe(n === null ? null : uuid(n));
        if (n !== null) {
          this.#old.set(n, this.#held.get(n) ?? uuid(1));
          this.#held.set(n, claim);
        }
        return;
      }
      case 'report': {
        const { n, step, percent, parts } = action;
        const claimUuid = this.#claimOf(n, action.whose);
        const expected = model.report(n, claimUuid, step, percent, parts, nowMs);
        const outcome = await transcoding.report(
          { jobUuid: uuid(n), claimUuid },
          {
            step: step as TranscodingStep | null,
            progressPercent: percent,
            qualities: parts.map(({ name, status, segments }) => ({
              name,
              status: QualityStatus[status],
              segmentsTotal: null,
              segmentsCompleted: segments,
              progressPercent: null,
              widthPx: null,
              heightPx: null,
              bitrateKbps: null,
              errorMessage: null,
            })),
          },
          nowMs,
          nowMs + LEASE_MS,
        );
        const ignored =
          outcome === null ? null : [...(outcome.isStepIgnored ? [''] : []), ...outcome.ignoredQualities];
        expect(ignored).toEqual(expected);
        return;
      }
      case 'complete': {
        const claimUuid = this.#claimOf(action.n, action.whose);
        const isDone = await transcoding.complete({ jobUuid: uuid(action.n), claimUuid }, nowMs);
        expect(isDone).toBe(model.complete(action.n, claimUuid, nowMs));
        return;
      }
      case 'fail': {
        const claimUuid = this.#claimOf(action.n, action.whose);
        const isDone = await transcoding.fail(
          { jobUuid: uuid(action.n), claimUuid },
          'x',
          action.isFinal,
          nowMs,
        );
        expect(isDone).toBe(model.fail(action.n, claimUuid, action.isFinal, nowMs));
        return;
      }
      case 'retry':
        expect(await transcoding.retry(uuid(action.n), nowMs)).toBe(model.retry(action.n, nowMs));
        return;
      case 'abort':
        expect(await transcoding.abort(uuid(action.n), null, nowMs)).toBe(model.abort(action.n));
        return;
      case 'sweep':
        expect((await transcoding.takeBackLost(nowMs, never)).toSorted()).toEqual(
          model.sweep(nowMs).map(uuid).toSorted(),
        );
        return;
      case 'hide': {
        const entry = model.entries.get(action.n)!;
        entry.isDeleted = !entry.isDeleted;
        const slug = slugOf(action.n);
        const change = entry.isDeleted ? library.deleteEntry(slug, nowMs) : library.restoreEntry(slug, nowMs);
        expect(await change).toBe(true);
        return;
      }
      case 'wait':
        this.#nowMs += action.ms;
        return;
      default:
        action satisfies never;
    }
  }

  #claimOf(n: number, owner: 'LAST' | 'OLD' | 'NOBODY'): string {
    const none = uuid(99);
    return { LAST: this.#held.get(n) ?? none, OLD: this.#old.get(n) ?? none, NOBODY: none }[owner];
  }
}

const nameOf = (codes: Readonly<Record<string, number>>, code: number): string =>
  Object.entries(codes).find(([, value]) => value === code)?.[0] ?? '?';

async function stored(): Promise<object> {
  const { transcoding, library } = s.store;
  const state: Record<string, object> = {};
  for (let n = 1; n <= ENTRIES; n += 1) {
    const entry = (await library.getEntry(slugOf(n)))!;
    const [qualities = []] = await library.listQualities([entry.videoId]);
    const [job] = await transcoding.listJobsByUuids([uuid(n)]);
    const [progress = []] = job === undefined ? [] : await transcoding.listQualityProgress([job.jobId]);
    state[n] = {
      entry: [
        nameOf(EntryStatus, entry.status),
        entry.deletedAtMs !== null,
        qualities.map(({ name }) => name),
      ],
      job:
        job === undefined
          ? null
          : [
              nameOf(TranscodingJobStatus, job.status),
              job.attemptNumber,
              job.availableAtMs,
              job.leaseExpiresAtMs,
              job.claimUuid,
              job.step,
              job.progressPercent,
              job.regressionsCount,
              job.completedAtMs !== null,
            ],
      progress: progress.map((q) => [q.name, nameOf(QualityStatus, q.status), q.segmentsCompleted]),
    };
  }
  return state;
}

function expected({ jobs, entries }: TranscodingModel): object {
  const state: Record<string, object> = {};
  for (const [n, entry] of entries) {
    const job = jobs.get(n);
    state[n] = {
      entry: [entry.status, entry.isDeleted, [...entry.qualities].toSorted()],
      job:
        job === undefined
          ? null
          : [
              job.status,
              job.attempt,
              job.availableAtMs,
              job.leaseUntilMs,
              job.claim,
              job.step,
              job.percent,
              job.regressions,
              job.status === 'COMPLETED',
            ],
      progress: [...(job?.qualities ?? [])]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, q]) => [name, q.status, q.segments]),
    };
  }
  return state;
}

it(
  'the queue of transcoding jobs does what its model does, whatever comes in whatever order',
  { timeout: 300_000 },
  async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom<EntryState>('PENDING', 'READY', 'FAILED'), {
          minLength: ENTRIES,
          maxLength: ENTRIES,
        }),
        fc.array(action, { minLength: 20, maxLength: 80 }),
        async (states, actions) => {
          await s.backend.transact([{ sql: 'DELETE FROM imm_videos', params: [] }]);
          const entries = states.map((status, index) => [index + 1, status] as const);
          for (const [n, status] of entries) {
            const fields = { title: 't', description: '', categoryId: null, publishedAtMs: null };
            const entry = {
              video: videoFields(`v${n}`),
              slug: slugOf(n),
              status: EntryStatus[status],
              ...fields,
            };
            expect(await s.store.library.addEntry(entry, T0)).toBe('ADDED');
          }
          const subject = new Subject(new TranscodingModel(entries));
          for (const one of actions) {
            await subject.play(one);
            for (const [n, { status, regressions, attempt }] of subject.model.jobs) {
              seen.add(status);
              if (regressions > 0) seen.add('went backwards');
              if (attempt > MAX_ATTEMPTS) seen.add('no attempt is left');
              if (subject.model.entries.get(n)?.isDeleted === true && status === 'PENDING')
                seen.add('hidden');
            }
            expect(await stored()).toEqual(expected(subject.model));
          }
        },
      ),
      { numRuns: RUNS, seed: 20_261_121 },
    );
    // Else a history of nothing but refusals would pass.
    expect([...seen].toSorted()).toEqual([
      'ABORTED',
      'COMPLETED',
      'FAILED',
      'PENDING',
      'PROCESSING',
      'hidden',
      'no attempt is left',
      'went backwards',
    ]);
  },
);
