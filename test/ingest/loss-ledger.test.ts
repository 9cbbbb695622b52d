import { describe, expect, it } from 'vitest';
import { LossLedger } from '../../src/ingest/loss-ledger.js';
import { end, event, sample, start, T0, uuid } from '../support/commands.js';

describe('the ledger of losses', () => {
  it('counts lost samples and events of each session, and nothing else', () => {
    const ledger = new LossLedger();
    for (const command of [sample(1, T0), event(1, T0), sample(2, T0), start(1), end(1, T0)])
      ledger.add(command);
    expect(ledger.take()).toEqual([
      { kind: 'recordLoss', sessionUuid: uuid(1), count: 2 },
      { kind: 'recordLoss', sessionUuid: uuid(2), count: 1 },
    ]);
    expect(ledger.take()).toEqual([]);
  });

  it('is bounded: past ten thousand sessions only known ones are counted', () => {
    const ledger = new LossLedger();
    for (let n = 0; n < 10_001; n += 1) ledger.add(sample(n, T0));
    ledger.add(sample(7, T0 + 1));
    const losses = ledger.take();
    expect(losses).toHaveLength(10_000);
    expect(losses.find(({ sessionUuid }) => sessionUuid === uuid(7))?.count).toBe(2);
    expect(losses.some(({ sessionUuid }) => sessionUuid === uuid(10_000))).toBe(false);
  });
});
