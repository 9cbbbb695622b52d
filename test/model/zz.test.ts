import fc from 'fast-check';
import { it } from 'vitest';
import { histories } from './history.js';
import { Model } from './model.js';
import { compareAll } from './questions.js';
it('stats', async () => {
  const tally: Record<string, number> = {};
  let modelMs = 0, genMs = 0;
  let t = performance.now();
  const hs = fc.sample(histories({ hasInternals: true }), 200);
  genMs = performance.now() - t;
  for (const h of hs) {
    const m = new Model(h.timezone);
    for (const s of h.steps) { tally[s.kind] = (tally[s.kind] ?? 0) + 1;
      if (s.kind === 'flush') { m.state.apply(s.requests); for (const c of s.requests.flat()) tally[c.kind] = (tally[c.kind] ?? 0) + 1; }
      if (s.kind === 'sweep') m.state.sweep(s.idleSinceMs);
      if (s.kind === 'inspect') { t = performance.now(); await compareAll(s.inspection, m, m).catch((e) => { if (!String(e).includes("points where")) throw e; }); modelMs += performance.now() - t; }
    }
    t = performance.now(); await compareAll(h.inspection, m, m).catch((e) => { if (!String(e).includes("points where")) throw e; }); modelMs += performance.now() - t;
    for (const s of m.state.sessions.values()) { tally['status' + s.status] = (tally['status' + s.status] ?? 0) + 1; tally.sessions = (tally.sessions ?? 0) + 1; tally.samples = (tally.samples ?? 0) + s.reported.size; tally.evs = (tally.evs ?? 0) + s.events.size }
    tally.waiting = (tally.waiting ?? 0) + m.state.waiting.length;
    const r = m.overview(h.inspection.range); tally.zeroRange = (tally.zeroRange ?? 0) + (r.totals.figures.counters.wordsSeen === 0 ? 1 : 0);
    tally.curStreak = (tally.curStreak ?? 0) + (m.streak(h.inspection.nowMs, 'UTC').currentDays);
  }
  for (const k in tally) tally[k]! /= 200;
  console.log(tally, 'model x2 per history ms', modelMs / 200, genMs / 200);
}, 200000);
