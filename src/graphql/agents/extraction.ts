import { RiskLevel } from '../../domain/agents/enums.js';
import type {
  CodeBlock as CodeBlockModel,
  Extraction as ExtractionModel,
  ExtractionFilter,
} from '../../domain/agents/types.js';
import { parsePage, type PageArgs } from '../../domain/page.js';
import { parseStoredJson } from '../../domain/stored-json.js';
import { builder } from '../builder.js';
import type { Context } from '../context.js';
import { toConnection } from '../shared/connection.js';
import { askable, known } from '../shared/integer-enum.js';
import { showable } from '../shared/scalars.js';
import { RiskLevelEnum } from './enums.js';

export const CodeBlock = builder.objectRef<CodeBlockModel>('CodeBlock');

export const Extraction = builder.objectRef<ExtractionModel>('Extraction').implement({
  description: 'What a pattern found in the output of a process.',
  fields: (t) => ({
    tsMs: t.expose('tsMs', { type: 'EpochMs' }),
    at: t.field({ type: 'DateTime', resolve: ({ tsMs }) => showable(tsMs) }),
    clientSeq: t.expose('clientSeq', { type: 'SafeInt' }),
    agent: t.exposeString('agent'),
    type: t.exposeString('type'),
    pattern: t.exposeString('pattern'),
    riskLevel: t.field({ type: RiskLevelEnum, resolve: (e) => known(RiskLevel, e.riskLevel) }),
    isAutoConfirmable: t.exposeBoolean('isAutoConfirmable'),
    lineNumber: t.expose('lineNumber', { type: 'SafeInt', nullable: true }),
    lineEnd: t.expose('lineEnd', {
      type: 'SafeInt',
      nullable: true,
      description: 'The last line of what spans several.',
    }),
    matchedValue: t.exposeString('matchedValue', { nullable: true }),
    originalLine: t.exposeString('originalLine', { nullable: true }),
    metadata: t.field({
      type: 'JSON',
      nullable: true,
      resolve: ({ metadataJson }) => parseStoredJson(metadataJson),
    }),
    language: t.exposeString('codeLanguage', { nullable: true, description: 'Of the code that was found.' }),
    codeBlock: t.field({
      type: CodeBlock,
      nullable: true,
      resolve: ({ codeBlockId }, _args, { loaders }) =>
        codeBlockId === null ? null : loaders.codeBlock.load(codeBlockId),
    }),
  }),
});

export const ExtractionConnection = builder.connectionObject(
  {
    type: Extraction,
    name: 'ExtractionConnection',
    fields: (t) => ({
      totalCount: t.int({
        nullable: true,
        description: 'Counted only when asked for.',
        resolve: ({ countAll }) => countAll?.() ?? null,
      }),
    }),
  },
  { name: 'ExtractionEdge' },
);

export const ExtractionFilterInput = builder.inputType('ExtractionFilter', {
  fields: (t) => ({
    agent: t.string(),
    sessionUuid: t.field({ type: 'UUID' }),
    type: t.string(),
    pattern: t.string(),
    riskLevel: t.field({ type: RiskLevelEnum }),
    minRiskLevel: t.field({ type: RiskLevelEnum, description: 'This risk or a higher one.' }),
    language: t.string({ description: 'Of the code that was found.' }),
    from: t.field({ type: 'DateTime' }),
    to: t.field({ type: 'DateTime', description: 'Not part of the range.' }),
  }),
});

export const NO_FILTER: ExtractionFilter = {
  agent: null,
  sessionUuid: null,
  type: null,
  pattern: null,
  riskLevel: null,
  minRiskLevel: null,
  language: null,
  codeBlockId: null,
  fromMs: null,
  toMs: null,
};

export const toExtractionFilter = (
  given: typeof ExtractionFilterInput.$inferInput | null | undefined,
): ExtractionFilter => ({
  agent: given?.agent ?? null,
  sessionUuid: given?.sessionUuid ?? null,
  type: given?.type ?? null,
  pattern: given?.pattern ?? null,
  riskLevel: given?.riskLevel == null ? null : askable(RiskLevel, given.riskLevel),
  minRiskLevel: given?.minRiskLevel == null ? null : askable(RiskLevel, given.minRiskLevel),
  language: given?.language ?? null,
  codeBlockId: null,
  fromMs: given?.from ?? null,
  toMs: given?.to ?? null,
});

async function listExtractions(filter: ExtractionFilter, args: PageArgs, { services }: Context) {
  const scope = `all extractions ${JSON.stringify(filter)}`;
  const request = parsePage(args, scope, 2);
  const page = await services.store.agents.listExtractions(filter, request);
  const connection = toConnection(page, request, scope, (e) => [e.tsMs, e.extractionId]);
  return { ...connection, countAll: () => services.store.agents.countExtractions(filter) };
}

CodeBlock.implement({
  description: 'Code that was found in the output of processes, once however often it was found.',
  fields: (t) => ({
    digest: t.exposeString('digest', { description: 'SHA-256 of the content as UTF-8, in hex.' }),
    language: t.exposeString('language', { nullable: true }),
    isParseable: t.exposeBoolean('isParseable', { nullable: true, description: 'Null when nobody tried.' }),
    lines: t.expose('linesCount', { type: 'SafeInt' }),
    content: t.exposeString('content'),
    firstSeenAt: t.field({ type: 'DateTime', resolve: ({ firstSeenMs }) => showable(firstSeenMs) }),
    extractions: t.connection(
      {
        type: Extraction,
        description: 'Where it was found, newest first.',
        resolve: ({ codeBlockId }, args, context) =>
          listExtractions({ ...NO_FILTER, codeBlockId }, args, context),
      },
      ExtractionConnection,
    ),
  }),
});

builder.queryField('extractions', (t) =>
  t.connection(
    {
      type: Extraction,
      description: 'Newest first.',
      args: { filter: t.arg({ type: ExtractionFilterInput }) },
      resolve: (_root, args, context) => listExtractions(toExtractionFilter(args.filter), args, context),
    },
    ExtractionConnection,
  ),
);
