import { badInput, KinostatError } from '../../domain/errors.js';
import { IngestRequest } from '../../domain/immersion/ingest.js';
import type { EventItem, Rejection, VideoItem } from '../../domain/immersion/ingest-items.js';
import type { Durability, WriteCommand } from '../../domain/write-command.js';
import { builder } from '../builder.js';
import type { Context } from '../context.js';
import { needs } from '../shared/scope.js';
import { RejectionCodeEnum } from './enums.js';
import {
  EndSessionInput,
  IngestInput,
  RecordEventsInput,
  RecordTelemetryInput,
  StartSessionInput,
  VideoInput,
} from './ingest-inputs.js';

export interface Receipt {
  readonly accepted: number;
  readonly duplicates: number | null;
  readonly dropped: number;
  readonly truncated: number;
  readonly rejected: readonly Rejection[];
  readonly queueDepth: number;
  readonly queueCap: number;
  readonly retryAfterMs: number | null;
}

const IngestRejection = builder.objectRef<Rejection>('IngestRejection').implement({
  description: 'One item that was not taken; the rest of the request was.',
  fields: (t) => ({
    index: t.exposeInt('index', {
      description: 'Place of the item, counted over the lists of the request in order.',
    }),
    path: t.exposeString('path', { description: 'telemetry[0].samples[3]' }),
    code: t.expose('code', { type: RejectionCodeEnum }),
    message: t.exposeString('message'),
  }),
});

export const IngestReceipt = builder.objectRef<Receipt>('IngestReceipt').implement({
  fields: (t) => ({
    accepted: t.exposeInt('accepted', { description: 'Items taken into the queue.' }),
    duplicates: t.exposeInt('duplicates', {
      nullable: true,
      description: 'Items that were stored already. Null unless durability is COMMITTED.',
    }),
    dropped: t.exposeInt('dropped', { description: 'Items of this request lost to the overflow policy.' }),
    truncated: t.exposeInt('truncated', { description: 'Payloads replaced because they were over the cap.' }),
    rejected: t.field({ type: [IngestRejection], resolve: ({ rejected }) => [...rejected] }),
    queueDepth: t.exposeInt('queueDepth'),
    queueCap: t.exposeInt('queueCap'),
    retryAfterMs: t.exposeInt('retryAfterMs', {
      nullable: true,
      description:
        'Set when items, of this request or of others, gave way: wait this long before sending more, ms.',
    }),
  }),
});

interface StartPayload {
  readonly sessionUuid: string;
  readonly receipt: Receipt;
}

export const StartSessionPayload = builder.objectRef<StartPayload>('StartSessionPayload').implement({
  fields: (t) => ({
    sessionUuid: t.expose('sessionUuid', { type: 'UUID' }),
    receipt: t.expose('receipt', { type: IngestReceipt }),
  }),
});

/** How long a client whose items were dropped is asked to wait, ms: about a flush. */
const RETRY_AFTER_MS = 500;

function newRequest({ services }: Context): IngestRequest {
  return new IngestRequest({ ...services.limits, nowMs: services.clock.now() });
}

/** What the items of a request became, whatever their domain. */
export interface SentRequest {
  readonly commands: readonly WriteCommand[];
  readonly rejected: readonly Rejection[];
  readonly truncatedCount: number;
  /** Storage refused a command: it is rejected after all. */
  refuse(commandIndex: number, storageCode: string): void;
}

/** Queues the commands and answers; only COMMITTED waits, for the commit. Throws QUEUE_FULL or UNAVAILABLE. */
export async function send(
  request: SentRequest,
  durability: Durability,
  { services }: Context,
): Promise<Receipt> {
  for (const { code } of request.rejected) services.events.itemRejected(code);
  for (let i = 0; i < request.truncatedCount; i += 1) services.events.payloadTruncated();
  const result = services.sink.enqueue(request.commands, durability);
  if (!result.isAccepted) {
    if (result.code === 'TOO_LARGE') {
      throw badInput(`The queue takes at most ${services.sink.status().cap} items: send smaller requests`);
    }
    const message =
      result.code === 'QUEUE_FULL' ? 'The queue is full: send again later' : 'The server is stopping';
    throw new KinostatError(result.code, message, { retryAfterMs: result.retryAfterMs });
  }
  for (const command of request.commands) if ('video' in command) services.probe(command.video);
  const outcome = result.committed === null ? null : await result.committed;
  for (const { index, code } of outcome?.refused ?? []) request.refuse(index, code);
  const dropped = outcome?.dropped ?? result.dropped;
  const { depth, cap } = services.sink.status();
  return {
    accepted: request.commands.length - dropped - (outcome?.refused.length ?? 0),
    duplicates: outcome?.duplicates ?? null,
    dropped,
    truncated: request.truncatedCount,
    rejected: request.rejected,
    queueDepth: depth,
    queueCap: cap,
    retryAfterMs: dropped > 0 || result.displaced > 0 ? RETRY_AFTER_MS : null,
  };
}

/** GraphQL's enums are plain integers here; what they may be is checked item by item. */
type VideoArgs = Omit<VideoItem, 'sourceType'> & { readonly sourceType: number };
export const toVideo = (video: VideoArgs): VideoItem => video as VideoItem;
type EventArgs = Omit<EventItem, 'type'> & { readonly type: number };
const toEvents = (events: readonly EventArgs[]): readonly EventItem[] => events as readonly EventItem[];

builder.mutationFields((t) => ({
  startSession: t.field({
    ...needs('ingest'),
    type: StartSessionPayload,
    args: { input: t.arg({ type: StartSessionInput, required: true }) },
    async resolve(_root, { input }, context) {
      const sessionUuid = input.sessionUuid ?? context.services.newUuid();
      const request = newRequest(context);
      request.start({ ...input, sessionUuid, video: toVideo(input.video) }, 'input');
      return { sessionUuid, receipt: await send(request, 'QUEUED', context) };
    },
  }),
  recordTelemetry: t.field({
    ...needs('ingest'),
    type: IngestReceipt,
    args: { input: t.arg({ type: RecordTelemetryInput, required: true }) },
    resolve(_root, { input }, context) {
      const request = newRequest(context);
      request.samples(input.sessionUuid, input.samples, 'samples');
      return send(request, input.durability ?? 'QUEUED', context);
    },
  }),
  recordEvents: t.field({
    ...needs('ingest'),
    type: IngestReceipt,
    args: { input: t.arg({ type: RecordEventsInput, required: true }) },
    resolve(_root, { input }, context) {
      const request = newRequest(context);
      request.events(input.sessionUuid, toEvents(input.events), 'events');
      return send(request, input.durability ?? 'QUEUED', context);
    },
  }),
  endSession: t.field({
    ...needs('ingest'),
    type: IngestReceipt,
    args: { input: t.arg({ type: EndSessionInput, required: true }) },
    resolve(_root, { input }, context) {
      const request = newRequest(context);
      request.end(input, 'input');
      return send(request, 'QUEUED', context);
    },
  }),
  upsertVideo: t.field({
    ...needs('ingest'),
    type: IngestReceipt,
    description: 'Replaces what is known by what is stated; what is not stated stays.',
    args: { input: t.arg({ type: VideoInput, required: true }) },
    resolve(_root, { input }, context) {
      const request = newRequest(context);
      request.video(toVideo(input), 'input');
      return send(request, 'QUEUED', context);
    },
  }),
  ingest: t.field({
    ...needs('ingest'),
    type: IngestReceipt,
    args: { input: t.arg({ type: IngestInput, required: true }) },
    resolve(_root, { input }, context) {
      const request = newRequest(context);
      input.videos?.forEach((video, i) => request.video(toVideo(video), `videos[${i}]`));
      input.starts?.forEach((start, i) => {
        const sessionUuid = start.sessionUuid ?? context.services.newUuid();
        request.start({ ...start, sessionUuid, video: toVideo(start.video) }, `starts[${i}]`);
      });
      input.telemetry?.forEach(({ sessionUuid, samples }, i) =>
        request.samples(sessionUuid, samples, `telemetry[${i}].samples`),
      );
      input.events?.forEach(({ sessionUuid, events }, i) =>
        request.events(sessionUuid, toEvents(events), `events[${i}].events`),
      );
      input.ends?.forEach((end, i) => request.end(end, `ends[${i}]`));
      return send(request, input.durability ?? 'QUEUED', context);
    },
  }),
}));
