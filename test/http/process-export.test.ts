import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bootApp, type TestApp } from '../support/app.js';

const require = createRequire(import.meta.url);
const UUID = '0c000000-0000-4000-8000-00000000000c';
const START = Date.UTC(2026, 0, 1);
const at = (ms: number): string => new Date(START + ms).toISOString();

let t: TestApp;
beforeEach(async () => {
  t = await bootApp();
});
afterEach(() => t[Symbol.asyncDispose]());

const get = (name: string) => fetch(`${t.app.url}/export/process/${name}`);
const mutate = (field: string, type: string, input: object) =>
  t.data(`mutation ($input: ${type}!) { ${field}(input: $input) { __typename } }`, {
    input: { sessionUuid: UUID, durability: 'COMMITTED', ...input },
  });
const extraction = (offsetMs: number, fields: object = {}) => ({
  tsMs: START + offsetMs,
  clientSeq: offsetMs,
  type: 'error',
  pattern: 'type_error',
  ...fields,
});
async function record(...extractions: object[]): Promise<void> {
  for (let n = 0; n < extractions.length; n += 1_000)
    await mutate('recordExtractions', 'RecordExtractionsInput', {
      extractions: extractions.slice(n, n + 1_000),
    });
}
async function recordRun(): Promise<void> {
  await mutate('startProcess', 'StartProcessInput', { agent: 'codex/β', startedAtMs: START });
  await mutate('recordProcessState', 'RecordProcessStateInput', { state: 'RUNNING', atMs: START + 5 });
  await record(
    extraction(1_000, { riskLevel: 'HIGH', lineNumber: 7, originalLine: 'TypeError: x', matchedValue: 'x' }),
    extraction(61_234, { metadata: { tries: 2 }, originalLine: 'evil\r\n[COMPLETED 0]\u001b[2J' }),
  );
  const end = { endedAtMs: START + 90_000, exitCode: 3, linesCount: 40 };
  await mutate('endProcess', 'EndProcessInput', end);
}

/** The schema of HAR 1.2, as published by the package har-schema. */
function harProblems(har: unknown): unknown {
  const ajv = new Ajv({
    strict: false,
    formats: {
      'date-time': (text: string) => !Number.isNaN(Date.parse(text)),
      uri: (text: string) => URL.canParse(text),
      // Nothing of ours has addresses of machines.
      ipv4: true,
      ipv6: true,
    },
  });
  ajv.addMetaSchema(require('ajv/dist/refs/json-schema-draft-06.json') as object);
  const schemas = require('har-schema') as Record<string, { readonly $id: string }>;
  for (const schema of Object.values(schemas)) ajv.addSchema(schema);
  const validate = ajv.getSchema('har.json#');
  if (validate === undefined) throw new Error('no schema');
  return validate(har) === true ? null : validate.errors;
}

describe('the export of a process session', () => {
  it('is HAR 1.2 by its schema, with an entry for each event', async () => {
    await recordRun();
    const response = await get(`${UUID}.har`);
    expect(response.headers.get('content-disposition')).toBe(`attachment; filename="${UUID}.har"`);
    const har = (await response.json()) as {
      log: {
        pages: { startedDateTime: string; pageTimings: object }[];
        entries: { startedDateTime: string; request: { url: string }; _kinostat: object }[];
      };
    };
    expect(harProblems(har)).toBeNull();
    expect(har.log.pages).toMatchObject([{ startedDateTime: at(0), pageTimings: { onLoad: 90_000 } }]);
    expect(har.log.entries.map(({ startedDateTime, request }) => [startedDateTime, request.url])).toEqual([
      [at(0), 'kinostat://codex%2F%CE%B2/state/STARTED'],
      [at(5), 'kinostat://codex%2F%CE%B2/state/RUNNING'],
      [at(1_000), 'kinostat://codex%2F%CE%B2/error/type_error'],
      [at(61_234), 'kinostat://codex%2F%CE%B2/error/type_error'],
      [at(90_000), 'kinostat://codex%2F%CE%B2/state/FAILED'],
    ]);
    expect(har.log.entries[2]?._kinostat).toMatchObject({
      riskLevel: 'HIGH',
      lineNumber: 7,
      matchedValue: 'x',
    });
  });

  it('fails the schema when something is missing, so that the check can fail', async () => {
    await recordRun();
    const har = (await (await get(`${UUID}.har`)).json()) as { log: { creator?: unknown } };
    delete har.log.creator;
    expect(harProblems(har)).toMatchObject([{ message: "must have required property 'creator'" }]);
  });

  it('is NDJSON with every field, in time order', async () => {
    await recordRun();
    const response = await get(`${UUID}.ndjson`);
    expect(response.headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8');
    const lines = (await response.text()).trimEnd().split('\n');
    const objects = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(objects.map(({ kind }) => kind)).toEqual([
      ...['SESSION', 'STATE', 'STATE', 'EXTRACTION', 'EXTRACTION', 'STATE'],
    ]);
    expect(objects[0]).toMatchObject({
      sessionUuid: UUID,
      state: 'FAILED',
      exitCode: 3,
      lines: 40,
      extractions: 2,
    });
    expect(objects[4]).toMatchObject({
      tsMs: START + 61_234,
      metadata: { tries: 2 },
      isAutoConfirmable: false,
    });
    expect(objects[5]).toEqual({
      kind: 'STATE',
      atMs: START + 90_000,
      state: 'FAILED',
      exitCode: 3,
      metadata: null,
    });
  });

  it('has the code that was found: in NDJSON beside its digest, in HAR as content', async () => {
    const content = 'const a = 1;\nconst b = 2;\n';
    await mutate('startProcess', 'StartProcessInput', { agent: 'codex', startedAtMs: START });
    const codeBlock = { content, language: 'ts', isParseable: true };
    await record(
      extraction(1_000, { type: 'code_block', pattern: 'fence', lineNumber: 3, lineEnd: 4, codeBlock }),
      extraction(2_000, { originalLine: 'no code' }),
    );
    const codeDigest = createHash('sha256').update(content).digest('hex');
    const lines = (await (await get(`${UUID}.ndjson`)).text()).trimEnd().split('\n');
    const [found, other] = lines.slice(2).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(found).toMatchObject({ lineNumber: 3, lineEnd: 4, codeLanguage: 'ts', codeDigest, code: content });
    expect(other).toMatchObject({ lineEnd: null, codeDigest: null });
    expect(other).not.toHaveProperty('code');
    const har = (await (await get(`${UUID}.har`)).json()) as {
      log: { entries: { response: { content: object }; _kinostat: object }[] };
    };
    expect(harProblems(har)).toBeNull();
    const entry = har.log.entries[1];
    const size = Buffer.byteLength(content);
    expect(entry?.response.content).toEqual({ size, mimeType: 'text/plain', text: content });
    expect(entry?._kinostat).toMatchObject({ codeDigest });
    expect(entry?._kinostat).not.toHaveProperty('code');
  });

  it('is text with a line for each event, whatever the output held', async () => {
    await recordRun();
    expect(await (await get(`${UUID}.txt`)).text()).toBe(
      [
        `codex/β  ${UUID}`,
        `${at(0)} to ${at(90_000)}, FAILED, exit code 3`,
        '40 lines, 2 extractions',
        '',
        '+0:00:00.000  [STARTED]',
        '+0:00:00.005  [RUNNING]',
        '+0:00:01.000  HIGH error (type_error) line 7: TypeError: x',
        '+0:01:01.234  NONE error (type_error): evil [COMPLETED 0] [2J',
        '+0:01:30.000  [FAILED 3]',
        '',
      ].join('\n'),
    );
  });

  it('has every event once when there are many pages, also at one instant', async () => {
    await mutate('startProcess', 'StartProcessInput', { agent: 'codex', startedAtMs: START });
    await record(...Array.from({ length: 1_500 }, (_, n) => extraction(1_000, { clientSeq: n })));
    const lines = (await (await get(`${UUID}.ndjson`)).text()).trimEnd().split('\n').slice(2);
    const seqs = lines.map((line) => (JSON.parse(line) as { clientSeq: number }).clientSeq);
    expect(seqs).toEqual(Array.from({ length: 1_500 }, (_, n) => n));
    const har: unknown = await (await get(`${UUID}.har`)).json();
    expect(harProblems(har)).toBeNull();
  });

  it('is refused with a code when it cannot be', async () => {
    const codeOf = async (response: Response): Promise<unknown> => [
      response.status,
      ((await response.json()) as { errors: { extensions: { code: string } }[] }).errors[0]?.extensions.code,
    ];
    expect(await codeOf(await get(`${UUID}.har`))).toEqual([404, 'NOT_FOUND']);
    expect(await codeOf(await get(`${UUID}.xml`))).toEqual([400, 'BAD_USER_INPUT']);
    expect(await codeOf(await get('..%2fdata.txt'))).toEqual([400, 'BAD_USER_INPUT']);
    const post = await fetch(`${t.app.url}/export/process/${UUID}.har`, { method: 'POST' });
    expect(await codeOf(post)).toEqual([405, 'BAD_USER_INPUT']);
  });
});
