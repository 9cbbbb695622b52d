import fc from 'fast-check';
import { expect, it } from 'vitest';
import { playSite, type Site } from './site.js';
import { ModelSite } from './site-model.js';
import { siteHistories } from './site-steps.js';

/** A second model that plays the product, and notes what it meets. */
function noting(seen: Set<string>): Site {
  const twin = new ModelSite();
  return {
    act(deed, now) {
      const answer = twin.act(deed, now);
      seen.add(`${deed.kind} ${String(answer)}`);
      return answer;
    },
    flush(commands) {
      const codes = twin.flush(commands);
      for (const code of codes) seen.add(code);
      return codes;
    },
    state() {
      for (const playback of twin.playback.playbacks.values()) {
        seen.add(playback.status);
        if (twin.playback.isCompleted(playback)) seen.add('watched to the end');
        if (playback.watched > 0 && playback.bins.size > 1) seen.add('watched in part');
        if ((twin.library.entryOf(playback.video)?.deletedAt ?? null) !== null)
          seen.add('watched and hidden');
      }
      return twin.state();
    },
    ask(question, now) {
      const answer = twin.ask(question, now);
      for (const [key, value] of Object.entries(answer))
        if (Array.isArray(value) && value.length > 1) seen.add(`ask ${key}`);
      if (JSON.stringify(answer).includes('"peak":2')) seen.add('ask two at once');
      return answer;
    },
  };
}

// Else histories of nothing but refusals would do, and prove little.
it('histories of a video site meet everything that can happen to one', async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(siteHistories, async (steps) => {
      await playSite(steps, noting(seen));
    }),
    { numRuns: 300, seed: 20_261_121 },
  );
  const answers = ['createCategory', 'editCategory', 'deleteCategory', 'editEntry', 'deleteEntry'];
  answers.push(
    'restoreEntry',
    'purgeEntry',
    'setQualities',
    'enqueueJob',
    'request',
    'start',
    'fail',
    'retry',
    'forget',
  );
  const expected = [
    ...answers.flatMap((deed) => [`${deed} true`, `${deed} false`]),
    ...['addEntry ADDED', 'addEntry TAKEN', 'addEntry EXISTS', 'purgeArchive 1', 'purgeArchive 2', 'sweep 2'],
    ...['complete COMPLETED', 'complete SAME', 'complete REFUSED'],
    ...['VIDEO_UNKNOWN', 'SESSION_UNKNOWN', 'PLAYBACK_ENDED', 'POSITION_BEYOND_DURATION'],
    ...['ACTIVE', 'ENDED', 'ABANDONED', 'watched to the end', 'watched in part', 'watched and hidden'],
    ...['ask entries', 'ask transcriptions', 'ask found', 'ask playbacks', 'ask two at once'],
  ];
  expect(expected.filter((one) => !seen.has(one))).toEqual([]);
});
