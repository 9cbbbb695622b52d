import type { Metric } from '../../src/domain/immersion/counters.js';
import type { TimeRange } from '../../src/domain/time.js';
import { ALL_SESSIONS, type Answers } from './answers.js';
import { expectSame } from './compare.js';
import { KEYS } from './figures.js';
import type { Inspection } from './history-types.js';
import type { Model } from './model.js';

const METRICS: readonly Metric[] = ['sessions', ...KEYS];
const DAY = 24 * 60 * 60 * 1000;
const ALL_POINTS = 5_000;
const FIRST_DAY = Date.parse('2025-06-01') / DAY;
const LAST_DAY = Date.parse('2028-12-31') / DAY;

/** A question and how to ask it of anybody. */
export type Question = readonly [name: string, ask: (answers: Answers) => unknown];

/** Every statistic there is, of what the model knows of. */
export function questionsAt(inspection: Inspection, model: Model): Question[] {
  const { range } = inspection;
  const videos = [...model.state.videos.keys()];
  const sessions = [...model.state.sessions.keys()];
  return [
    ['videos', (a) => a.videos()],
    ['lifetime', (a) => a.lifetime()],
    ['overview', (a) => a.overview(range)],
    ...sessionQuestions(range, videos),
    ...sessions.flatMap((uuid): Question[] => [
      [`timeline of ${uuid}`, (a) => a.timeline(uuid, ALL_POINTS)],
      [`events of ${uuid}`, (a) => a.events(uuid)],
    ]),
    ...METRICS.map((m): Question => [`top videos by ${m}`, (a) => a.topVideos(range, m, 10)]),
    ['the one top video', (a) => a.topVideos(range, 'wordsSeen', 1)],
    ['daily roll-ups', (a) => a.daily(FIRST_DAY, LAST_DAY, null)],
    ['monthly roll-ups', (a) => a.monthly(FIRST_DAY, LAST_DAY, null)],
    ['daily roll-ups of a range', (a) => a.daily(dayAt(range.fromMs), dayAt(range.toMs), null)],
    ['monthly roll-ups of a range', (a) => a.monthly(dayAt(range.fromMs), dayAt(range.toMs), null)],
    ...videos.flatMap((key): Question[] => [
      [`lifetime of ${key}`, (a) => a.videoStats(key, null)],
      [`range of ${key}`, (a) => a.videoStats(key, range)],
      [`daily roll-ups of ${key}`, (a) => a.daily(FIRST_DAY, LAST_DAY, key)],
      [`monthly roll-ups of ${key}`, (a) => a.monthly(FIRST_DAY, LAST_DAY, key)],
    ]),
    ...inspection.zones.flatMap((zone) => civilQuestions(inspection, zone, videos)),
  ];
}

function sessionQuestions(range: TimeRange, videos: readonly string[]): Question[] {
  const [videoKey = null] = videos;
  const filters = {
    all: {},
    active: { status: 1 },
    ended: { status: 2 },
    abandoned: { status: 3 },
    'of a video': { videoKey },
    'in Japanese': { targetLanguage: 'ja' },
    'started in a range': { startedFromMs: range.fromMs, startedToMs: range.toMs },
  };
  return Object.entries(filters).map(([name, filter]) => [
    `sessions, ${name}`,
    (a) => a.sessions({ ...ALL_SESSIONS, ...filter }),
  ]);
}

function civilQuestions(
  { nowMs, range, hours }: Inspection,
  zone: string,
  videos: readonly string[],
): Question[] {
  return [
    [`hours, ${zone}`, (a) => a.trend(hours, 'HOUR', zone, null)],
    [`days, ${zone}`, (a) => a.trend(range, 'DAY', zone, null)],
    [`weeks, ${zone}`, (a) => a.trend(range, 'WEEK', zone, null)],
    [`months, ${zone}`, (a) => a.trend(range, 'MONTH', zone, null)],
    [`hours of one video, ${zone}`, (a) => a.trend(hours, 'HOUR', zone, videos.slice(0, 1))],
    [`days of some videos, ${zone}`, (a) => a.trend(hours, 'DAY', zone, videos.slice(0, 2))],
    [`weeks of all videos by name, ${zone}`, (a) => a.trend(range, 'WEEK', zone, videos)],
    [`streak, ${zone}`, (a) => a.streak(nowMs, zone)],
    [`calendar, ${zone}`, (a) => a.calendar(dayAt(hours.fromMs) - 2, dayAt(hours.toMs) + 2, zone)],
    [`pattern, ${zone}`, (a) => a.pattern(hours, zone)],
  ];
}

const dayAt = (epochMs: number): number => Math.floor(epochMs / DAY);

/** Asks the model and the answers everything; throws at the first question that they answer differently. */
export async function compareAll(inspection: Inspection, model: Model, answers: Answers): Promise<void> {
  for (const [name, ask] of questionsAt(inspection, model)) {
    expectSame(name, await ask(model), await ask(answers));
  }
  for (const uuid of model.state.sessions.keys()) await compareThinned(uuid, model, answers);
}

/** Few points: stored ones, in order, the first and the last among them. */
async function compareThinned(uuid: string, model: Model, answers: Answers): Promise<void> {
  const stored = model.timeline(uuid);
  for (const maxPoints of [1, 2, 5]) {
    const thin = await answers.timeline(uuid, maxPoints);
    const kept = stored.filter(({ sampleMs }) => thin.some((point) => point.sampleMs === sampleMs));
    expectSame(`timeline of ${uuid} in ${maxPoints} points`, kept, thin);
    if (thin.length > maxPoints) throw new Error(`${thin.length} points where ${maxPoints} were asked for`);
    const ends = maxPoints === 1 ? stored.slice(-1) : [...stored.slice(0, 1), ...stored.slice(-1)];
    const keptEnds = maxPoints === 1 ? thin : [...thin.slice(0, 1), ...thin.slice(-1)];
    expectSame(`ends of the timeline of ${uuid} in ${maxPoints} points`, ends, keptEnds);
  }
}
