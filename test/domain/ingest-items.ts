import { expect } from 'vitest';
import type { RecordEventCommand } from '../../src/domain/immersion/commands.js';
import { EventType, SourceType } from '../../src/domain/immersion/enums.js';
import { IngestRequest } from '../../src/domain/immersion/ingest.js';
import type { EventItem, Rejection, SampleItem, VideoItem } from '../../src/domain/immersion/ingest-items.js';

export const NOW = Date.parse('2026-11-21T12:00:00Z');
export const SKEW = 300_000;
export const UUID = '00000000-0000-4000-8000-000000000001';

export const newRequest = (payloadCapBytes = 256) =>
  new IngestRequest({ nowMs: NOW, maxFutureSkewMs: SKEW, payloadCapBytes });
export const video = (fields: Partial<VideoItem> = {}): VideoItem => ({
  videoKey: 'local:/a.mkv',
  title: 'A',
  sourceType: SourceType.LOCAL,
  ...fields,
});

export function rejectionOfSample(item: Partial<SampleItem>): Rejection | undefined {
  const request = newRequest();
  request.samples(UUID, [{ sampleMs: NOW, ...item }], 'samples');
  expect(request.commands.length + request.rejected.length).toBe(1);
  return request.rejected[0];
}

export function rejectionOfVideo(fields: Partial<VideoItem>): Rejection | undefined {
  const request = newRequest();
  request.video(video(fields), 'input');
  expect(request.commands.length + request.rejected.length).toBe(1);
  return request.rejected[0];
}

export function eventsOf(
  items: readonly Partial<EventItem>[],
  capBytes = 256,
): { request: IngestRequest; commands: RecordEventCommand[] } {
  const request = newRequest(capBytes);
  request.events(
    UUID,
    items.map((item) => ({ tsMs: NOW, type: EventType.LOOKUP, ...item })),
    'events',
  );
  return {
    request,
    commands: request.commands.filter((c): c is RecordEventCommand => c.kind === 'recordEvent'),
  };
}
