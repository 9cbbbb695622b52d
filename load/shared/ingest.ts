import { Counter } from 'k6/metrics';
import { ask } from './graphql.ts';
import type { Viewing } from './viewing.ts';
import { VIDEO_COUNT, videoKeyOf, videoOf } from './viewing.ts';

/**
 * What was sent, and what the receipts said of it. reconcile.mjs reads these by name from k6's summary and compares
 * them with the server. Every item is counted as sent before its request goes out.
 */
const counts = {
  samples_sent: new Counter('samples_sent'),
  events_sent: new Counter('events_sent'),
  sessions_started: new Counter('sessions_started'),
  sessions_ended: new Counter('sessions_ended'),
  /** Sent on purpose although stored already, not valid, or of a session that never started. */
  samples_repeated: new Counter('samples_repeated'),
  samples_invalid: new Counter('samples_invalid'),
  samples_orphaned: new Counter('samples_orphaned'),
  videos_sent: new Counter('videos_sent'),
  playbacks_started: new Counter('playbacks_started'),
  heartbeats_sent: new Counter('heartbeats_sent'),
  playbacks_ended: new Counter('playbacks_ended'),
  processes_started: new Counter('processes_started'),
  extractions_sent: new Counter('extractions_sent'),
  processes_ended: new Counter('processes_ended'),
  items_accepted: new Counter('items_accepted'),
  items_dropped: new Counter('items_dropped'),
  items_rejected: new Counter('items_rejected'),
  /** Items of requests without a receipt: nobody can say what became of them, so the run fails. */
  items_unanswered: new Counter('items_unanswered'),
};

export interface Receipt {
  accepted: number;
  duplicates: number | null;
  dropped: number;
  rejected: { index: number; code: string }[];
  queueDepth: number;
}

export interface Items {
  samples?: number;
  events?: number;
  starts?: number;
  ends?: number;
  videos?: number;
  playbacks?: number;
  heartbeats?: number;
  playbackEnds?: number;
  processes?: number;
  extractions?: number;
  processEnds?: number;
  /** Of the samples above. */
  repeated?: number;
  invalid?: number;
  orphaned?: number;
}

const RECEIPT = 'accepted duplicates dropped rejected { index code } queueDepth';
const mutation = (name: string, type: string): string =>
  `mutation ($input: ${type}!) { receipt: ${name}(input: $input) { ${RECEIPT} } }`;

const RECORD_TELEMETRY = mutation('recordTelemetry', 'RecordTelemetryInput');
const RECORD_EVENTS = mutation('recordEvents', 'RecordEventsInput');
const END_SESSION = mutation('endSession', 'EndSessionInput');
const INGEST = mutation('ingest', 'IngestInput');
const UPSERT_VIDEO = mutation('upsertVideo', 'VideoInput');
const PLAYBACK_HEARTBEAT = mutation('playbackHeartbeat', 'PlaybackHeartbeatInput');
const END_PLAYBACK = mutation('endPlayback', 'EndPlaybackInput');
const RECORD_EXTRACTIONS = mutation('recordExtractions', 'RecordExtractionsInput');
const END_PROCESS = mutation('endProcess', 'EndProcessInput');
const starting = (name: string, type: string): string =>
  `mutation ($input: ${type}!) { started: ${name}(input: $input) { receipt { ${RECEIPT} } } }`;
const START_PLAYBACK = starting('startPlayback', 'StartPlaybackInput');
const START_PROCESS = starting('startProcess', 'StartProcessInput');
const START_SESSION = `mutation ($input: StartSessionInput!) {
  started: startSession(input: $input) { sessionUuid receipt { ${RECEIPT} } }
}`;

type Durability = 'QUEUED' | 'COMMITTED';

function account(items: Items, send: () => Receipt | null): Receipt | null {
  const { samples = 0, events = 0, starts = 0, ends = 0 } = items;
  counts.samples_sent.add(samples);
  counts.events_sent.add(events);
  counts.sessions_started.add(starts);
  counts.sessions_ended.add(ends);
  const { videos = 0, playbacks = 0, heartbeats = 0, playbackEnds = 0 } = items;
  const { processes = 0, extractions = 0, processEnds = 0 } = items;
  counts.videos_sent.add(videos);
  counts.playbacks_started.add(playbacks);
  counts.heartbeats_sent.add(heartbeats);
  counts.playbacks_ended.add(playbackEnds);
  counts.processes_started.add(processes);
  counts.extractions_sent.add(extractions);
  counts.processes_ended.add(processEnds);
  counts.samples_repeated.add(items.repeated ?? 0);
  counts.samples_invalid.add(items.invalid ?? 0);
  counts.samples_orphaned.add(items.orphaned ?? 0);
  const all =
    samples +
    events +
    starts +
    ends +
    videos +
    playbacks +
    heartbeats +
    playbackEnds +
    processes +
    extractions +
    processEnds;
  const receipt = send();
  counts.items_accepted.add(receipt?.accepted ?? 0);
  counts.items_dropped.add(receipt?.dropped ?? 0);
  counts.items_rejected.add(receipt?.rejected.length ?? 0);
  counts.items_unanswered.add(receipt === null ? all : 0);
  return receipt;
}

const post = (operation: string, document: string, input: object): Receipt | null =>
  ask<{ receipt: Receipt }>(operation, document, { input })?.receipt ?? null;

const startInput = (viewing: Viewing): object => ({
  sessionUuid: viewing.sessionUuid,
  startedAtMs: viewing.startedAtMs,
  video: videoOf(viewing.videoNumber),
  locale: 'en',
  targetLanguage: 'ja',
  subtitleMode: 'TARGET',
});

export function startSession(viewing: Viewing): Receipt | null {
  return account({ starts: 1 }, () => {
    const data = ask<{ started: { receipt: Receipt } }>('startSession', START_SESSION, {
      input: startInput(viewing),
    });
    return data?.started.receipt ?? null;
  });
}

/** `operation` is the tag: single points and batches have times of their own. */
export function recordTelemetry(
  operation: string,
  sessionUuid: string,
  samples: object[],
  durability: Durability,
  special: Items = {},
): Receipt | null {
  return account({ ...special, samples: samples.length }, () =>
    post(operation, RECORD_TELEMETRY, { sessionUuid, samples, durability }),
  );
}

export function recordEvents(sessionUuid: string, events: object[]): Receipt | null {
  return account({ events: events.length }, () =>
    post('recordEvents', RECORD_EVENTS, { sessionUuid, events, durability: 'QUEUED' }),
  );
}

export function endSession({ sessionUuid, endedAtMs }: Viewing): Receipt | null {
  return account({ ends: 1 }, () => post('endSession', END_SESSION, { sessionUuid, endedAtMs }));
}

/** A whole session in one request, as a client sends it that was offline. */
export function ingestWhole(viewing: Viewing, samples: object[], events: object[]): Receipt | null {
  const { sessionUuid, endedAtMs } = viewing;
  return account({ starts: 1, samples: samples.length, events: events.length, ends: 1 }, () =>
    post('ingest', INGEST, {
      starts: [startInput(viewing)],
      telemetry: [{ sessionUuid, samples }],
      events: [{ sessionUuid, events }],
      ends: [{ sessionUuid, endedAtMs }],
      durability: 'COMMITTED',
    }),
  );
}

const startOf = (operation: string, document: string, input: object): Receipt | null =>
  ask<{ started: { receipt: Receipt } }>(operation, document, { input })?.started.receipt ?? null;

/** The videos of the run, for those who need one that is there. */
export function createVideos(): void {
  for (let n = 0; n < VIDEO_COUNT; n += 1)
    account({ videos: 1 }, () => post('upsertVideo', UPSERT_VIDEO, videoOf(n)));
}

export function startPlayback(playbackToken: string, videoNumber: number): Receipt | null {
  const input = { playbackToken, videoKey: videoKeyOf(videoNumber), quality: '720p', newViewer: true };
  return account({ playbacks: 1 }, () => startOf('startPlayback', START_PLAYBACK, input));
}

export function playbackHeartbeat(playbackToken: string, positionMs: number): Receipt | null {
  return account({ heartbeats: 1 }, () =>
    post('playbackHeartbeat', PLAYBACK_HEARTBEAT, { playbackToken, positionMs }),
  );
}

export function endPlayback(playbackToken: string, positionMs: number): Receipt | null {
  return account({ playbackEnds: 1 }, () => post('endPlayback', END_PLAYBACK, { playbackToken, positionMs }));
}

export function startProcess(sessionUuid: string): Receipt | null {
  return account({ processes: 1 }, () =>
    startOf('startProcess', START_PROCESS, { sessionUuid, agent: 'load' }),
  );
}

export function recordExtractions(sessionUuid: string, extractions: object[]): Receipt | null {
  return account({ extractions: extractions.length }, () =>
    post(`recordExtractions-${extractions.length}`, RECORD_EXTRACTIONS, { sessionUuid, extractions }),
  );
}

export function endProcess(sessionUuid: string, linesCount: number): Receipt | null {
  return account({ processEnds: 1 }, () =>
    post('endProcess', END_PROCESS, { sessionUuid, exitCode: 0, linesCount }),
  );
}
