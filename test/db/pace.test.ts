import { describe, expect, it } from 'vitest';
import { paced, restMsAfter } from '../../src/db/pace.js';

describe('a paced step', () => {
  it('is followed by a rest four times as long as it took, and never a long one', () => {
    expect([0, 5, 50, 5_000].map(restMsAfter)).toEqual([0, 20, 200, 200]);
  });

  it('answers what the step answers, also when the rest is cut short', async () => {
    const abort = new AbortController();
    const step = () => {
      abort.abort();
      return Promise.resolve('done');
    };
    expect(await paced(step, abort.signal)).toBe('done');
    expect(await paced(() => Promise.resolve(2), new AbortController().signal)).toBe(2);
  });
});
