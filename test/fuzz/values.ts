import type { Random } from './random.js';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const nested = (depth: number): Json => {
  let value: Json = 1;
  for (let i = 0; i < depth; i += 1) value = i % 2 === 0 ? [value] : { a: value };
  return value;
};

/** What a broken or hostile client sends in the place of anything. Nothing here looks like SQL or a path of ours. */
const HOSTILE: readonly Json[] = [
  null,
  true,
  false,
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\udfff\ud800',
  '\u202e\u0301',
  "'; DROP TABLE students; --",
  '" OR 1=1',
  '%_\\',
  '__proto__',
  'constructor',
  'toString',
  '../../../../etc/hosts',
  'NaN',
  'x'.repeat(20_000),
  '字'.repeat(2_000),
  0,
  -0,
  1,
  -1,
  0.5,
  1e-320,
  1e308,
  -1e308,
  2_147_483_647,
  2_147_483_648,
  -2_147_483_649,
  9_007_199_254_740_991,
  9_007_199_254_740_992,
  -9_007_199_254_740_991,
  8_640_000_000_000_001,
  [],
  {},
  [null],
  [[]],
  { toString: 1, valueOf: null },
  { length: 1_000_000_000 },
  { constructor: { prototype: null } },
  nested(40),
];

const WORDS = [
  'a',
  'ja',
  'pt-BR',
  'Ünïcödé',
  '映画',
  'v1',
  'v2',
  'local:/videos/a.mkv',
  'x y z',
  'h264',
  'roll-up',
];
const ZONES = [
  'UTC',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Kiritimati',
  'America/St_Johns',
  'Etc/GMT+12',
];
const NO_ZONES = ['Mars/Phobos', '+05:30', 'utc ', 'Asia', 'EST5EDT', 'Africa/Monrovia', 'GMT0'];
const INSTANTS = [
  '2026-11-21T10:00:00.000Z',
  '2026-01-01T00:00:00Z',
  '2026-11-21T10:00:00+14:00',
  '1969-12-31T23:59:59.999Z',
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00+14:00',
  '9999-12-31T23:59:59.999Z',
  '2026-02-30T00:00:00Z',
  '2026-11-21',
  '2026-11-21T25:00:00Z',
];
const DAYS = [
  '2026-11-21',
  '2026-01-01',
  '1970-01-01',
  '0000-01-01',
  '9999-12-31',
  '2026-02-30',
  '2025-12-31',
];
const JOBS = ['roll-up', 'prune', 'checkpoint', 'sweep', 'optimize', 'vacuum', 'nothing'];

/** Values of scalars, and what earlier answers told of keys, ids and cursors. */
export class Values {
  readonly #known = new Map<string, string[]>();
  /** Whether scalars of the right type may still be out of every range. */
  isFriendly = true;

  constructor(readonly random: Random) {}

  hostile(): Json {
    return this.random.pick(HOSTILE);
  }

  /** Remembers what an answer told, so that later requests reach deep. */
  learn(answer: unknown): void {
    if (Array.isArray(answer)) answer.forEach((item) => this.learn(item));
    else if (typeof answer === 'object' && answer !== null) {
      for (const [name, value] of Object.entries(answer)) {
        if (typeof value === 'string') this.#remember(name, value);
        else this.learn(value);
      }
    }
  }

  scalar(type: string, name: string): Json {
    const { random } = this;
    const nowMs = Date.now();
    if (this.isFriendly) {
      const friendly = this.#friendly(type, nowMs);
      if (friendly !== null) return friendly;
    }
    switch (type) {
      case 'Int':
        return random.pick([
          random.int(1, 20),
          random.int(-5, 500),
          0,
          200,
          201,
          5_000,
          2_147_483_647,
          -2_147_483_648,
        ]);
      case 'Float':
        return random.pick([random.next(), random.int(0, 100), -1.5, 1e308, 1e-308, 0]);
      case 'Boolean':
        return random.chance(0.5);
      case 'SafeInt':
        return random.pick([
          random.int(0, 100),
          random.int(0, 10_000_000),
          0,
          -1,
          1.5,
          9_007_199_254_740_991,
          2 ** 53,
        ]);
      case 'EpochMs':
        return random.pick([
          nowMs - random.int(0, 40 * 86_400_000),
          nowMs,
          0,
          nowMs + 86_400_000,
          -1,
          0.5,
          2 ** 53,
        ]);
      case 'DateTime':
        return random.chance(0.5)
          ? new Date(nowMs - random.int(-3, 60) * 86_400_000).toISOString()
          : random.pick(INSTANTS);
      case 'Date':
        return random.chance(0.5)
          ? new Date(nowMs - random.int(-3, 60) * 86_400_000).toISOString().slice(0, 10)
          : random.pick(DAYS);
      case 'TimeZone':
        return random.pick(random.chance(0.8) ? ZONES : NO_ZONES);
      case 'UUID':
        return this.#from('sessionUuid') ?? this.#uuid();
      case 'ID':
        return random.chance(0.8)
          ? (this.#from('id') ?? 'eA==')
          : random.pick(['Session:1', btoa('Session:x'), btoa('Video:1e3'), btoa('Nothing:1'), '']);
      case 'JSON':
        return random.pick<Json>([{ a: 1 }, 'text', 5, [1, { b: null }], { text: '字'.repeat(200) }]);
      default:
        return this.#text(name);
    }
  }

  #friendly(type: string, nowMs: number): Json {
    const { random } = this;
    switch (type) {
      case 'Int':
        return random.int(1, 50);
      case 'Float':
        return random.int(1, 100);
      case 'SafeInt':
        return random.int(0, 1_000);
      case 'EpochMs':
        return nowMs - random.int(0, 40 * 86_400_000);
      case 'DateTime':
        return new Date(nowMs - random.int(-3, 60) * 86_400_000).toISOString();
      case 'Date':
        return new Date(nowMs - random.int(-3, 60) * 86_400_000).toISOString().slice(0, 10);
      case 'TimeZone':
        return random.pick(ZONES);
      default:
        return null;
    }
  }

  #text(name: string): Json {
    const { random } = this;
    if (name === 'name' || name === 'jobName') return random.pick(JOBS);
    if (name === 'after' || name === 'before') return this.#from('cursor') ?? null;
    if (name === 'code') return random.pick(['SESSION_UNKNOWN', 'DEFECT', 'x']);
    const known = name.startsWith('videoKey') ? this.#from('videoKey') : null;
    return known ?? random.pick(WORDS);
  }

  #uuid(): string {
    const { random } = this;
    // Few, so that requests meet.
    return `0000000${random.int(0, 9)}-0000-4000-8000-${random.chance(0.9) ? '000000000000' : random.hex(12)}`;
  }

  #from(name: string): string | null {
    const list = this.#known.get(name);
    return list === undefined || this.random.chance(0.1) ? null : this.random.pick(list);
  }

  #remember(name: string, value: string): void {
    const key = /cursor$/i.test(name) ? 'cursor' : name;
    if (!['cursor', 'id', 'videoKey', 'sessionUuid'].includes(key)) return;
    const list = this.#known.get(key) ?? [];
    this.#known.set(key, list);
    if (list.length < 200) list.push(value);
    else list[this.random.int(0, 199)] = value;
  }
}
