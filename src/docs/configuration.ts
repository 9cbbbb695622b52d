import { RETENTION_SETTINGS } from '../config/retention-settings.js';
import type { Setting } from '../config/setting.js';
import { SETTINGS } from '../config/settings.js';
import { RETENTION_PRESETS, RETENTION_TABLES } from '../domain/retention.js';
import { code, generatedNote, markdownTable, toText } from './markdown.js';

const HEAD = ['Variable', 'Flag of `serve`', 'Default', 'Range or choices', 'What it does'];

/** docs/configuration.md: every setting, from the list that is parsed. */
export function renderConfiguration(): string {
  return toText([
    generatedNote('src/config/settings.ts and src/domain/retention.ts'),
    '',
    '# Configuration',
    '',
    'Settings are environment variables. A flag of `kinostat serve` wins over its variable. Empty text counts as not',
    'set. The whole configuration is checked at the start, and every problem is told at once. A `KINOSTAT_` name that',
    'is not in these tables is a problem too; names that begin with `KINOSTAT_TEST_`, `KINOSTAT_E2E_`, `KINOSTAT_LOAD_`',
    'or `KINOSTAT_BENCH_` belong to the test tools and are ignored. `kinostat doctor` prints what is in force.',
    '',
    '## Settings',
    '',
    ...markdownTable(HEAD, Object.values(SETTINGS).map(toRow)),
    '',
    '## Retention windows',
    '',
    'Each variable overrides the preset of `KINOSTAT_RETENTION` for one kind of data. [retention.md](retention.md)',
    'says what a window removes and what stays.',
    '',
    ...markdownTable(HEAD, Object.values(RETENTION_SETTINGS).map(toRow)),
    '',
    '## Presets of `KINOSTAT_RETENTION`, in days',
    '',
    ...presetTable(),
  ]);
}

function toRow(setting: Setting): readonly string[] {
  return [
    code(setting.env),
    setting.flag === undefined ? '' : code(`--${setting.flag}`),
    defaultOf(setting),
    boundsOf(setting),
    setting.isSecret === true ? `${setting.description} Never printed.` : setting.description,
  ];
}

function defaultOf(setting: Setting): string {
  const value = setting.type === 'list' ? setting.default.join(',') : String(setting.default);
  return value === '' ? 'empty' : code(value);
}

function boundsOf(setting: Setting): string {
  switch (setting.type) {
    case 'integer':
      return `${setting.min} to ${setting.max}`;
    case 'choice':
      return setting.choices.map(code).join(', ');
    case 'boolean':
      return [`true`, `false`, `1`, `0`].map(code).join(', ');
    case 'list':
      return 'list, separated by commas';
    case 'text':
      return 'text';
    default:
      return setting satisfies never;
  }
}

function presetTable(): readonly string[] {
  const presets = Object.entries(RETENTION_PRESETS);
  const rows = RETENTION_TABLES.map((table) => [
    code(RETENTION_SETTINGS[table].env),
    ...presets.map(([, days]) => (days[table] === 0 ? 'for ever' : String(days[table]))),
  ]);
  return markdownTable(['Variable', ...presets.map(([name]) => code(name))], rows);
}
