import { describe, expect, it } from 'vitest';
import { ActivityTail, OVERLAP_IDS, PAGE_EVENTS } from '../../src/domain/agents/activity-tail.js';
import type { Extraction } from '../../src/domain/agents/types.js';
import { ANY_EXTRACTION, extraction } from '../support/agent-commands.js';

const event = (extractionId: number): Extraction => ({
  ...extraction(1, extractionId).extraction,
  extractionId,
  processSessionId: 1,
  agent: 'codex',
  codeBlockId: null,
  codeLanguage: null,
});

/** Ids that are committed, and what a tail over them finds. */
class Committed {
  readonly ids: number[] = [];
  /** Where each look began. */
  readonly looks: number[] = [];
  isMatching = true;
  readonly getLastExtractionId = () => Promise.resolve(Math.max(0, ...this.ids));
  readonly listExtractionsAfter = (_filter: unknown, afterId: number, size: number) => {
    this.looks.push(afterId);
    return Promise.resolve(
      this.ids
        .toSorted((a, b) => a - b)
        .filter((id) => id > afterId && this.isMatching)
        .slice(0, size)
        .map(event),
    );
  };

  open(isShared: boolean): Promise<ActivityTail> {
    return ActivityTail.open(this, ANY_EXTRACTION, isShared);
  }
}

async function drained(tail: ActivityTail): Promise<number[]> {
  const ids: number[] = [];
  for (let page = await tail.read(); page !== null; page = await tail.read())
    ids.push(...page.map(({ extractionId }) => extractionId));
  return ids;
}

describe.each([true, false])('a tail of extraction events (several instances: %s)', (isShared) => {
  it('gives what is stored from now on, each event once', async () => {
    const committed = new Committed();
    committed.ids.push(1, 2, 3);
    const tail = await committed.open(isShared);
    expect(await drained(tail)).toEqual([]);
    committed.ids.push(4, 5);
    expect(await drained(tail)).toEqual([4, 5]);
    expect(await drained(tail)).toEqual([]);
    const many = Array.from({ length: 3 * PAGE_EVENTS }, (_, n) => 6 + n);
    committed.ids.push(...many);
    expect(await drained(tail)).toEqual(many);
    expect(await drained(tail)).toEqual([]);
  });
});

describe.each([true, false])('a tail that nothing passes (several instances: %s)', (isShared) => {
  it('does not look through the same events again, however many they are', async () => {
    const committed = new Committed();
    committed.isMatching = false;
    const tail = await committed.open(isShared);
    for (let lastId = 10_000; lastId <= 50_000; lastId += 10_000) {
      committed.ids.push(lastId);
      expect(await drained(tail)).toEqual([]);
    }
    expect(await drained(tail)).toEqual([]);
    expect(50_000 - committed.looks.at(-1)!).toBeLessThanOrEqual(isShared ? 10_000 + OVERLAP_IDS : 10_000);
    committed.isMatching = true;
    committed.ids.push(50_001);
    expect((await drained(tail)).at(-1)).toBe(50_001);
  });
});

describe('a tail beside other instances', () => {
  it('gives events that were committed after later ones, also those that began before it', async () => {
    const committed = new Committed();
    committed.ids.push(1, 4);
    const tail = await committed.open(true);
    committed.ids.push(10, 2);
    expect(await drained(tail)).toEqual([2, 10]);
    committed.ids.push(7, 3, 11);
    expect(await drained(tail)).toEqual([3, 7, 11]);
    expect(await drained(tail)).toEqual([]);
  });

  it('goes on when it is far behind, and looks back no further than its overlap', async () => {
    const committed = new Committed();
    const tail = await committed.open(true);
    committed.ids.push(OVERLAP_IDS * 3);
    expect(await drained(tail)).toEqual([OVERLAP_IDS * 3]);
    committed.ids.push(OVERLAP_IDS, OVERLAP_IDS * 2 + 1);
    expect(await drained(tail)).toEqual([OVERLAP_IDS * 2 + 1]);
  });
});
