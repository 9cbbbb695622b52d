import { rm } from 'node:fs/promises';
import type { WriteCommand } from '../../src/domain/write-command.js';
import { bootApp, type TestApp } from '../support/app.js';
import { FakeClock } from '../support/fake-clock.js';
import { temporaryFolder } from '../support/store.js';
import type { Answers } from './answers.js';
import { named } from './figures.js';
import { HttpAnswers } from './http-answers.js';
import { EVENT_TYPES, SOURCE_TYPES } from './http-words.js';
import { RETENTION } from './history-types.js';
import { NOW } from './instants.js';
import type { Subject } from './play.js';

const IDLE_MS = 1_800_000;
const SETTINGS = {
  KINOSTAT_RETENTION: 'keep-all',
  KINOSTAT_RETENTION_EVENTS_DAYS: String(RETENTION.events),
  KINOSTAT_RETENTION_TELEMETRY_DAYS: String(RETENTION.telemetry),
  KINOSTAT_SESSION_IDLE_MS: String(IDLE_MS),
};

interface Receipt {
  readonly accepted: number;
  readonly dropped: number;
  readonly duplicates: number;
  readonly rejected: readonly { readonly code: string }[];
}

/** A real server that clients talk to over HTTP; its clock is ours, and its jobs run by name. */
export class HttpSubject implements Subject, AsyncDisposable {
  readonly answers: Answers;
  readonly #clock: FakeClock;
  #app: TestApp;

  private constructor(
    app: TestApp,
    clock: FakeClock,
    private readonly folder: string,
  ) {
    this.#app = app;
    this.#clock = clock;
    this.answers = new HttpAnswers(
      (query, variables) => this.#app.data(query, variables),
      (nowMs, during) => this.#at(nowMs, during),
    );
  }

  static async boot(timezone: string): Promise<HttpSubject> {
    const folder = await temporaryFolder();
    const clock = new FakeClock(NOW);
    return new HttpSubject(await boot(timezone, clock, folder), clock, folder);
  }

  async flush(requests: readonly (readonly WriteCommand[])[]): Promise<readonly number[]> {
    const refused: number[] = [];
    for (const request of requests) {
      const { ingest } = await this.#app.data<{ ingest: Receipt }>(
        `mutation ($input: IngestInput!) { ingest(input: $input) {
          accepted dropped duplicates rejected { code } } }`,
        { input: { ...inputOf(request), durability: 'COMMITTED' } },
      );
      const isWhole = ingest.accepted + ingest.rejected.length === request.length && ingest.dropped === 0;
      const isKnown = ingest.rejected.every(({ code }) => code === 'SESSION_UNKNOWN');
      if (!isWhole || !isKnown) throw new Error(`Receipt of ${request.length}: ${JSON.stringify(ingest)}`);
      refused.push(ingest.rejected.length);
    }
    return refused;
  }

  rollUp(): Promise<void> {
    return this.#runJob('roll-up');
  }

  sweep(idleSinceMs: number): Promise<void> {
    return this.#at(idleSinceMs + IDLE_MS, () => this.#runJob('sweep'));
  }

  prune(nowMs: number): Promise<void> {
    return this.#at(nowMs, () => this.#runJob('prune'));
  }

  async purge(videoKey: string): Promise<void> {
    const mutation = 'mutation ($key: String!) { purgeVideo(videoKey: $key) { sessions rows } }';
    await this.#app.data(mutation, { key: videoKey });
  }

  async restart(timezone: string): Promise<void> {
    await this.#app[Symbol.asyncDispose]();
    this.#app = await boot(timezone, this.#clock, this.folder);
  }

  /** The command line does this; the API does not offer it. */
  async rebuild(): Promise<void> {
    await this.#app.app.store.maintenance.rebuildRollUps(new AbortController().signal, () => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#app[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #runJob(name: string): Promise<void> {
    const { runJob } = await this.#app.data<{ runJob: { status: string; summary: string } }>(
      'mutation ($name: String!) { runJob(name: $name) { status summary } }',
      { name },
    );
    if (runJob.status !== 'SUCCEEDED') throw new Error(`${name}: ${runJob.summary}`);
  }

  async #at<T>(nowMs: number, during: () => Promise<T>): Promise<T> {
    this.#clock.set(nowMs);
    try {
      return await during();
    } finally {
      this.#clock.set(NOW);
    }
  }
}

const boot = (timezone: string, clock: FakeClock, folder: string): Promise<TestApp> =>
  bootApp({ ...SETTINGS, KINOSTAT_TIMEZONE: timezone }, clock, folder);

/** One request as clients send it. */
function inputOf(request: readonly WriteCommand[]): Record<string, unknown[]> {
  const input: Record<'videos' | 'starts' | 'telemetry' | 'events' | 'ends', unknown[]> = {
    ...{ videos: [], starts: [], telemetry: [], events: [], ends: [] },
  };
  for (const command of request) {
    if (command.kind === 'upsertVideo') input.videos.push(videoInput(command.video));
    if (command.kind === 'startSession') {
      const { sessionUuid, startedAtMs, video, locale, targetLanguage, difficultyTier } = command;
      const start = { sessionUuid, startedAtMs, locale, targetLanguage, difficultyTier };
      input.starts.push({ ...start, video: videoInput(video) });
    }
    if (command.kind === 'recordSample') {
      const { sessionUuid, sampleMs, counters } = command;
      input.telemetry.push({ sessionUuid, samples: [{ sampleMs, ...named(counters) }] });
    }
    if (command.kind === 'recordEvent') {
      const { type, payloadJson, ...event } = command.event;
      const payload: unknown = payloadJson === null ? null : JSON.parse(payloadJson);
      const sent = { ...event, type: EVENT_TYPES[type], payload };
      input.events.push({ sessionUuid: command.sessionUuid, events: [sent] });
    }
    if (command.kind === 'endSession') {
      input.ends.push({ sessionUuid: command.sessionUuid, endedAtMs: command.endedAtMs });
    }
  }
  return input;
}

const videoInput = (video: Extract<WriteCommand, { kind: 'upsertVideo' }>['video']) => {
  const { videoKey, title, sourceType, durationMs, codec, widthPx } = video;
  return { videoKey, title, sourceType: SOURCE_TYPES[sourceType], durationMs, codec, widthPx };
};
