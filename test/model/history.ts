import fc from 'fast-check';
import type { WriteCommand } from '../../src/domain/write-command.js';
import { RETENTION, type History, type Inspection, type Step } from './history-types.js';
import { INSTANTS, NOW, ZONES } from './instants.js';
import {
  commandsOf,
  sessionPlan,
  sessionUuid,
  videoFields,
  videoKeyOf,
  type SessionPlan,
} from './sessions.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** What the network does to one request. */
interface Fate {
  readonly isDropped: boolean;
  /** Places by which it arrives too late. */
  readonly delay: number;
  /** Places by which a copy of it arrives later still; null is no copy. */
  readonly copyDelay: number | null;
}

export interface Scene {
  readonly anchors: readonly number[];
  readonly plans: readonly SessionPlan[];
  readonly fates: readonly Fate[];
  /** Commands of one request and requests of one flush, in turn. */
  readonly requestSizes: readonly number[];
  readonly flushSizes: readonly number[];
}

const fate: fc.Arbitrary<Fate> = fc.record({
  isDropped: fc.nat(9).map((n) => n === 9),
  delay: fc.constantFrom(0, 0, 0, 0, 0, 2, 10, 1_000),
  copyDelay: fc.constantFrom(null, null, null, 0, 1, 5, 1_000),
});

/** One interesting instant, or up to three that follow each other: sessions meet, and ranges stay short. */
export const ANCHORS = fc
  .tuple(fc.nat(INSTANTS.length - 1), fc.integer({ min: 1, max: 3 }))
  .map(([first, count]) => INSTANTS.slice(first, first + count));

/** What happens to requests, in turn. */
export const fates = fc.array(fate, { minLength: 1, maxLength: 40 });

/** Sessions start once or twice; 0 is a session that nobody ever starts. */
export const scene = (startCounts: readonly number[], maxSessions = 6): fc.Arbitrary<Scene> =>
  fc.record({
    anchors: ANCHORS,
    plans: fc.array(sessionPlan(startCounts), { minLength: 1, maxLength: maxSessions }),
    fates,
    requestSizes: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
    flushSizes: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
  });

/** The requests of all clients in the order in which they were made; a request is of one session. */
export function requestsOf({ plans, anchors, requestSizes }: Scene): WriteCommand[][] {
  const made = plans.flatMap((plan, n) => {
    const commands = commandsOf(plan, n, anchors[n % anchors.length]!).toSorted(([a], [b]) => a - b);
    return inParts(commands, requestSizes).map((part) => ({
      atMs: part[0]![0],
      commands: part.map(([, c]) => c),
    }));
  });
  return made.toSorted((a, b) => a.atMs - b.atMs).map(({ commands }) => commands);
}

/** In the order in which they arrive: late, twice, or never. */
export function arrivalsOf<Command extends WriteCommand>(
  requests: readonly Command[][],
  { fates: own }: Pick<Scene, 'fates'>,
): Command[][] {
  const arrivals = requests.flatMap((request, place) => {
    const { isDropped, delay, copyDelay } = own[place % own.length]!;
    const isStart = request.some(({ kind }) => kind === 'startSession' || kind === 'startProcess');
    const first = isDropped && !isStart ? [] : [{ request, due: place + delay }];
    const copy = copyDelay === null ? [] : [{ request, due: place + delay + copyDelay }];
    return [...first, ...copy];
  });
  return arrivals.toSorted((a, b) => a.due - b.due).map(({ request }) => request);
}

/** Cut into parts whose sizes come around in turn. */
export function inParts<Item>(items: readonly Item[], sizes: readonly number[]): Item[][] {
  const parts: Item[][] = [];
  for (let done = 0, turn = 0; done < items.length; turn += 1) {
    const size = sizes[turn % sizes.length]!;
    parts.push(items.slice(done, done + size));
    done += size;
  }
  return parts;
}

export const around = (
  anchors: readonly number[],
  hoursBefore: number,
  hoursAfter: number,
): fc.Arbitrary<number> =>
  fc
    .tuple(fc.constantFrom(...anchors), fc.integer({ min: -hoursBefore * 60, max: hoursAfter * 60 }))
    .map(([anchorMs, minutes]) => anchorMs + minutes * 60_000);

export const inspectionOf = (
  anchors: readonly number[],
  zones: fc.Arbitrary<readonly string[]>,
): fc.Arbitrary<Inspection> =>
  fc
    .record({
      nowMs: around(anchors, 40, 90),
      edges: fc.tuple(around(anchors, 100, 3), around(anchors, 10, 400)),
      hoursFromMs: around(anchors, 20, 6),
      hours: fc.integer({ min: 1, max: 72 }),
      zones,
    })
    .map(({ nowMs, edges, hoursFromMs, hours, ...rest }) => ({
      nowMs,
      range: { fromMs: Math.min(...edges), toMs: Math.max(...edges) + 1 },
      hours: { fromMs: hoursFromMs, toMs: hoursFromMs + hours * HOUR },
      ...rest,
    }));

/** What histories of a kind are made of. */
interface Kind {
  /** Also what only the server itself does; without, only what clients and jobs can do. */
  readonly hasInternals: boolean;
  /** Slices and stored roll-ups leave retention too. Then the zone stays. */
  readonly hasSliceWindow: boolean;
}

/** What happens between flushes. */
function interludeOf(
  anchors: readonly number[],
  timezone: string,
  { hasSliceWindow }: Kind,
): fc.Arbitrary<Step> {
  const someZones = fc.uniqueArray(fc.constantFrom(...ZONES), { minLength: 1, maxLength: 2 });
  const kind = <K extends Step['kind']>(name: K) => fc.constant(name);
  const beforeMs = hasSliceWindow ? around(anchors, 3, 2_000) : around(anchors, 3, 60);
  const windows = fc.constantFrom(RETENTION.events, RETENTION.telemetry);
  const zones = hasSliceWindow ? fc.constant(timezone) : fc.constantFrom(...ZONES);
  const steps = [
    fc.record({ kind: kind('inspect'), inspection: inspectionOf(anchors, someZones) }),
    fc.record({ kind: kind('rollUp') }),
    fc.record({ kind: kind('sweep'), idleSinceMs: around(anchors, 3, 200) }),
    fc.record({
      kind: kind('prune'),
      nowMs: fc.tuple(beforeMs, windows).map(([ms, days]) => ms + days * DAY),
      hasSliceWindow: fc.constant(hasSliceWindow),
    }),
    fc.record({ kind: kind('restart'), timezone: zones }),
    fc.record({ kind: kind('rebuild') }),
  ];
  const purge = fc.record({ kind: kind('purge'), videoKey: fc.nat(2).map(videoKeyOf) });
  return fc.oneof(...steps.map((arbitrary) => ({ weight: 4, arbitrary })), {
    weight: 1,
    arbitrary: purge,
  });
}

/** Commands that no client can send over HTTP, and a statement about a video. */
const extras: fc.Arbitrary<WriteCommand> = fc.oneof(
  fc.record({
    kind: fc.constant('recordLoss' as const),
    sessionUuid: fc.nat(4).map(sessionUuid),
    count: fc.nat(3),
  }),
  fc
    .tuple(
      fc.constantFrom('upsertVideo' as const, 'describeVideo' as const),
      fc.nat(3),
      fc.constantFrom(null, 1_920),
    )
    .map(([kind, n, widthPx]) => ({
      ...{ kind, receivedAtMs: NOW },
      video: videoFields(n, {
        title: kind === 'upsertVideo' ? `New ${n}` : `Film ${n}`,
        widthPx,
        codec: 'av1',
      }),
    })),
);

export const histories = (kind: Kind): fc.Arbitrary<History> =>
  fc.tuple(scene([0, 1, 1, 1, 2, 2]), fc.constantFrom(...ZONES)).chain(([s, timezone]) => {
    const interlude = interludeOf(s.anchors, timezone, kind);
    return fc
      .record({
        interludes: fc.array(fc.tuple(fc.nat(100), interlude), { maxLength: 10 }),
        added: fc.array(fc.tuple(fc.nat(100), extras), { maxLength: 4 }),
        inspection: inspectionOf(s.anchors, fc.constant(ZONES)),
      })
      .map(({ interludes, added, inspection }) => {
        const own = added.filter(([, command]) => kind.hasInternals || command.kind === 'upsertVideo');
        const requests = woven(
          arrivalsOf(requestsOf(s), s),
          own.map(([at, command]) => [at, [command]]),
        );
        const flushes = inParts(requests, s.flushSizes).map((part): Step => ({
          kind: 'flush',
          requests: part,
        }));
        const steps = woven(flushes, interludes);
        return { timezone, steps, inspection };
      });
  });

/** Items put in between at percentages of the way. */
export function woven<Item>(items: readonly Item[], added: readonly (readonly [number, Item])[]): Item[] {
  const placed = [
    ...items.map((item, i) => ({ item, at: (i / items.length) * 100 })),
    ...added.map(([at, item]) => ({ item, at })),
  ];
  return placed.toSorted((a, b) => a.at - b.at).map(({ item }) => item);
}
