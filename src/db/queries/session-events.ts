import { and, eq, inArray } from 'drizzle-orm';
import type { SessionEvent } from '../../domain/immersion/types.js';
import type { Page, PageRequest } from '../../domain/page.js';
import type { Db } from '../database.js';
import { listPage } from './keyset.js';

export class SessionEventQueries {
  constructor(private readonly db: Db) {}

  /** In time order; the order within one instant is that of arrival. */
  async listEvents(
    sessionId: number,
    types: readonly number[] | null,
    page: PageRequest,
  ): Promise<Page<SessionEvent>> {
    const { events } = this.db.tables;
    return listPage(
      this.db.builder
        .select({
          eventId: events.eventId,
          tsMs: events.tsMs,
          type: events.eventType,
          clientSeq: events.clientSeq,
          lineIndex: events.lineIndex,
          segmentStartMs: events.segmentStartMs,
          segmentEndMs: events.segmentEndMs,
          wordsDelta: events.wordsDelta,
          cardsDelta: events.cardsDelta,
          payloadJson: events.payloadJson,
        })
        .from(events),
      {
        columns: [events.tsMs, events.clientSeq, events.eventId],
        order: 'ascending',
        where: and(
          eq(events.sessionId, sessionId),
          types === null ? undefined : inArray(events.eventType, [...types]),
        ),
      },
      page,
    );
  }
}
