import { randomUUID } from 'node:crypto';
import type { Config } from '../config/config.js';
import { StartupError } from '../domain/errors.js';
import { processReplaySource } from '../domain/agents/replay-source.js';
import { immersionReplaySource } from '../domain/immersion/replay-source.js';
import { AudienceDesk } from '../domain/playback/audience-desk.js';
import { playbackReplaySource } from '../domain/playback/replay-source.js';
import { prunedBeforeKey } from '../domain/retention.js';
import type { StatsStore } from '../domain/stats-store.js';
import type { Clock } from '../domain/time.js';
import { ANY_AGENT, CommitFeed } from '../graphql/commit-feed.js';
import { LiveStreams } from '../graphql/shared/live.js';
import { createSchema } from '../graphql/schema.js';
import { createYogaServer } from '../graphql/yoga.js';
import { Auth } from '../http/auth.js';
import { isLoopback } from '../http/origin.js';
import { openHttpServer } from '../http/server.js';
import { BatchWriter } from '../ingest/batch-writer.js';
import { LookupTally } from '../ingest/lookup-tally.js';
import { JobLeases } from '../jobs/job-leases.js';
import { Scheduler } from '../jobs/scheduler.js';
import { isQuiet } from '../jobs/vacuum.js';
import { MediaProbe } from '../media/probe.js';
import { Events } from '../observability/events.js';
import type { Logger } from '../observability/logger.js';
import { collectProcessMetrics, createMetrics, type Metrics } from '../observability/metrics.js';
import { Replays } from '../replay/replays.js';
import type { Backend } from '../db/backend.js';
import { openAnalytics } from './open-analytics.js';
import { buildJobs } from './build-jobs.js';
import { openStore } from './open-store.js';
import { packageVersion } from './package-info.js';

export interface AppOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether jobs run on their timers; tests run them by name. */
  readonly runsJobs: boolean;
  readonly random: () => number;
}

/** A running server and the seams that tests use. */
export interface App extends AsyncDisposable {
  readonly url: string;
  readonly store: StatsStore;
  readonly backend: Backend;
  readonly writer: BatchWriter;
  readonly lookups: LookupTally;
  readonly scheduler: Scheduler;
  readonly probe: MediaProbe;
  readonly metrics: Metrics;
  close(): Promise<void>;
}

/** How long requests under way may take to end when the server stops, ms; subscriptions are cut then. */
const HTTP_CLOSE_MS = 1_000;
/** Replays at once: each holds a connection, a timer and one page of events. */
const MAX_REPLAYS = 200;

/** The composition root: the one place that knows every concrete class. Throws StartupError. */
export async function startApp({ config, clock, logger, runsJobs, random }: AppOptions): Promise<App> {
  const metrics = createMetrics();
  collectProcessMetrics(metrics);
  const events = new Events(logger, metrics, clock);
  const opened = await openStore(config, clock, events);
  const { analytics, engine } = await openAnalytics(config, opened, clock, events);
  const store: StatsStore = { ...opened.store, analytics };
  try {
    return await assemble();
  } catch (error) {
    await engine?.close();
    await store.close();
    throw error;
  }

  async function assemble(): Promise<App> {
    await checkAccess(config, store);
    const feed = new CommitFeed();
    const writer = new BatchWriter({
      ...config.writer,
      store,
      clock,
      events,
      onCommitted(uuids, kinds) {
        feed.publish('session', uuids);
        // A start may have brought to life what waited for it.
        if (kinds.has('recordExtraction') || kinds.has('startProcess'))
          feed.publish('agentActivity', ANY_AGENT);
      },
    });
    const lookups = new LookupTally({ sink: writer, clock, random });
    const probe = new MediaProbe({ ...config.media, sink: writer, clock, logger, metrics });
    const jobs = buildJobs(
      config,
      store,
      clock,
      metrics,
      () => isQuiet(writer.status(), clock.now()),
      engine,
      (jobUuids) => feed.publish('transcodingJob', jobUuids),
    );
    const leases = store.isShared ? new JobLeases({ store: store.system, owner: randomUUID(), clock }) : null;
    const scheduler = new Scheduler({ jobs, store: store.system, clock, events, random, leases });
    if (runsJobs) await scheduler.start();
    const replays = new Replays({
      sources: [
        immersionReplaySource(store.immersion, async () => {
          const noted = await store.system.getSetting(prunedBeforeKey('events'));
          return noted === null ? null : Number(noted);
        }),
        processReplaySource(store.agents),
        playbackReplaySource(store.playback),
      ],
      clock,
      metrics,
      newUuid: randomUUID,
      maxOpen: MAX_REPLAYS,
    });
    let isStopping = false;
    const http = await openHttpServer({
      agents: store.agents,
      version: packageVersion(),
      host: config.host,
      port: config.port,
      maxBodyBytes: config.access.maxBodyBytes,
      yoga: createYogaServer({
        schema: createSchema(),
        services: {
          store,
          sink: writer,
          jobs: scheduler,
          feed,
          streams: new LiveStreams(metrics),
          replays,
          clock,
          events,
          info: { version: packageVersion(), startedAtMs: clock.now(), writer: () => writer.status() },
          lookups,
          limits: config.ingest,
          transcodingLeaseMs: config.transcodingLeaseMs,
          playback: config.playback,
          transcripts: config.transcripts,
          desk: new AudienceDesk(clock, config.playback.audienceCacheMs),
          timezone: config.timezone,
          probe: (video) => probe.offer(video),
          newUuid: randomUUID,
        },
        ...config.access,
        isDevelopment: config.isDevelopment,
      }),
      auth: new Auth({
        store: store.system,
        sink: writer,
        clock,
        isOpenWithoutTokens: isLoopback(config.host) || config.access.isOpen,
        rateLimitPerMin: config.access.rateLimitPerMin,
      }),
      origins: {
        allowedHosts: [config.host, ...config.access.allowedHosts],
        corsOrigins: config.access.corsOrigins,
        checksHost: isLoopback(config.host) || config.access.allowedHosts.length > 0,
      },
      readiness: { store, isRetrying: () => writer.status().isRetrying, isStopping: () => isStopping },
      events,
      replays,
      clock,
      refreshGauges: () => {
        metrics.queueDepth.set(writer.status().depth);
        const syncedAtMs = engine?.syncedAtMs ?? null;
        metrics.analyticsLag.set(syncedAtMs === null ? -1 : (clock.now() - syncedAtMs) / 1_000);
      },
    });
    logger.info({ url: http.url, storage: store.description, timezone: config.timezone }, 'listening');

    let closing: Promise<void> | null = null;
    /** Nothing new comes in, then what waits is written, then the store ends: in that order nothing is lost. */
    async function stop(): Promise<void> {
      isStopping = true;
      replays.stop();
      await http.close(HTTP_CLOSE_MS);
      writer.retries.hold();
      await Promise.all([scheduler.stop(), probe.close()]);
      await engine?.close();
      lookups.flush();
      const isWritten = await writer.close(config.shutdownTimeoutMs);
      // Storage that is away would only be waited for.
      if (isWritten) {
        await store.maintenance.optimize().catch(() => undefined);
        await store.maintenance.checkpoint().catch(() => undefined);
      }
      await store.close();
      logger.info({ ...writer.status() }, 'stopped');
    }
    const close = (): Promise<void> => (closing ??= stop());
    return {
      url: http.url,
      store,
      backend: opened.backend,
      writer,
      lookups,
      scheduler,
      probe,
      metrics,
      close,
      [Symbol.asyncDispose]: close,
    };
  }
}

/** An address that others reach must not be open by accident. */
async function checkAccess(config: Config, store: StatsStore): Promise<void> {
  if (isLoopback(config.host) || config.access.isOpen) return;
  const tokens = await store.system.listTokens();
  if (tokens.some((token) => token.revokedAtMs === null)) return;
  throw new StartupError(
    `${config.host} can be reached from other machines, and no token exists: create one with \`kinostat token create NAME --scope ingest,read\`, or allow it expressly with KINOSTAT_ALLOW_OPEN=true`,
  );
}
