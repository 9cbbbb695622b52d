import { describe, expect, it } from 'vitest';
import { canFollow, isFinal, ProcessState } from '../../src/domain/agents/enums.js';

const STATES = Object.values(ProcessState);
const { STARTED, RUNNING, PAUSED, COMPLETED, FAILED } = ProcessState;

describe('the states of a process', () => {
  it('never lead back to the start', () => {
    expect(STATES.filter((state) => canFollow(state, STARTED))).toEqual([]);
  });

  it('end with COMPLETED or FAILED, and nothing follows an end', () => {
    expect(STATES.filter(isFinal)).toEqual([COMPLETED, FAILED]);
    expect(STATES.filter((next) => canFollow(COMPLETED, next) || canFollow(FAILED, next))).toEqual([]);
  });

  it('may be reported running and paused in any order until then', () => {
    for (const state of [STARTED, RUNNING, PAUSED]) {
      expect(STATES.filter((next) => canFollow(state, next))).toEqual([RUNNING, PAUSED, COMPLETED, FAILED]);
    }
  });
});
