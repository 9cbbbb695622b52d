import { builder } from '../builder.js';
import { DurabilityEnum } from '../immersion/enums.js';
import { ProcessStateEnum, RiskLevelEnum } from './enums.js';

const QUEUED = 'QUEUED when absent.';

export const StartProcessInput = builder.inputType('StartProcessInput', {
  fields: (t) => ({
    sessionUuid: t.field({
      type: 'UUID',
      description: 'Made by the server when absent; send your own to retry safely.',
    }),
    agent: t.string({ required: true, description: 'Name of the program that is watched.' }),
    startedAtMs: t.field({ type: 'EpochMs', description: 'Now when absent.' }),
    environment: t.string(),
    stdoutLogPath: t.string(),
    stderrLogPath: t.string(),
    extractionConfigVersion: t.string(),
    environmentConfigVersion: t.string(),
    durability: t.field({ type: DurabilityEnum, description: QUEUED }),
  }),
});

export const RecordProcessStateInput = builder.inputType('RecordProcessStateInput', {
  fields: (t) => ({
    sessionUuid: t.field({ type: 'UUID', required: true }),
    state: t.field({ type: ProcessStateEnum, required: true }),
    atMs: t.field({ type: 'EpochMs', description: 'Now when absent.' }),
    exitCode: t.field({ type: 'SafeInt' }),
    linesCount: t.field({ type: 'SafeInt', description: 'Lines of output so far.' }),
    feedbackCount: t.field({ type: 'SafeInt', description: 'Outcomes that were fed back so far.' }),
    metadata: t.field({ type: 'JSON' }),
    durability: t.field({ type: DurabilityEnum, description: QUEUED }),
  }),
});

const CodeBlockInput = builder.inputType('CodeBlockInput', {
  fields: (t) => ({
    content: t.string({ required: true, description: 'At most 32,768 characters.' }),
    language: t.string({ description: 'Any word: ts, python.' }),
    isParseable: t.boolean({ description: 'Absent when nobody tried.' }),
  }),
});

export const ExtractionInput = builder.inputType('ExtractionInput', {
  fields: (t) => ({
    tsMs: t.field({ type: 'EpochMs', required: true }),
    type: t.string({ required: true, description: 'Any word: error, prompt, code_block.' }),
    pattern: t.string({ required: true, description: 'Name of the pattern that matched.' }),
    clientSeq: t.field({
      type: 'SafeInt',
      description:
        'Your own number of the event, so that a resend is recognised; derived from the content when absent.',
    }),
    riskLevel: t.field({ type: RiskLevelEnum, description: 'NONE when absent.' }),
    isAutoConfirmable: t.boolean({ description: 'False when absent.' }),
    lineNumber: t.field({ type: 'SafeInt' }),
    lineEnd: t.field({ type: 'SafeInt', description: 'The last line of what spans several.' }),
    codeBlock: t.field({
      type: CodeBlockInput,
      description: 'Code that was found; stored once however often it is found.',
    }),
    matchedValue: t.string(),
    originalLine: t.string(),
    metadata: t.field({ type: 'JSON' }),
  }),
});

export const RecordExtractionsInput = builder.inputType('RecordExtractionsInput', {
  fields: (t) => ({
    sessionUuid: t.field({ type: 'UUID', required: true }),
    extractions: t.field({ type: [ExtractionInput], required: true }),
    durability: t.field({ type: DurabilityEnum, description: QUEUED }),
  }),
});

export const EndProcessInput = builder.inputType('EndProcessInput', {
  fields: (t) => ({
    sessionUuid: t.field({ type: 'UUID', required: true }),
    endedAtMs: t.field({ type: 'EpochMs', description: 'Now when absent.' }),
    exitCode: t.field({ type: 'SafeInt', description: 'COMPLETED when 0 or absent, else FAILED.' }),
    linesCount: t.field({ type: 'SafeInt', description: 'Lines of output that the wrapper read.' }),
    feedbackCount: t.field({ type: 'SafeInt', description: 'Outcomes that were fed back.' }),
    metadata: t.field({ type: 'JSON' }),
    durability: t.field({ type: DurabilityEnum, description: QUEUED }),
  }),
});
