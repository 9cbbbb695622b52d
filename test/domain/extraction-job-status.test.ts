import { describe, expect, it } from 'vitest';
import { ExtractionJobStatus, isLegalTransition } from '../../src/domain/transcripts/enums.js';

describe('the status of an extraction job', () => {
  it('goes on from pending and processing only, and never back: all pairs', () => {
    const legal = Object.entries(ExtractionJobStatus).flatMap(([from, code]) =>
      Object.entries(ExtractionJobStatus)
        .filter(([, next]) => isLegalTransition(code, next))
        .map(([to]) => `${from} > ${to}`),
    );
    expect(legal).toEqual([
      'PENDING > PROCESSING',
      'PENDING > COMPLETED',
      'PENDING > FAILED',
      'PENDING > ABORTED',
      'PROCESSING > COMPLETED',
      'PROCESSING > FAILED',
      'PROCESSING > ABORTED',
    ]);
  });
});
