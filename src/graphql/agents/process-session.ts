import { ProcessState } from '../../domain/agents/enums.js';
import type {
  ProcessSession as SessionModel,
  ProcessTotals as TotalsModel,
  StateChange as ChangeModel,
} from '../../domain/agents/types.js';
import { parsePage } from '../../domain/page.js';
import { parseStoredJson } from '../../domain/stored-json.js';
import { builder } from '../builder.js';
import { toConnection } from '../shared/connection.js';
import { known } from '../shared/integer-enum.js';
import { showable, showableOrNull } from '../shared/scalars.js';
import { ProcessStateEnum } from './enums.js';
import { Extraction, ExtractionConnection, NO_FILTER } from './extraction.js';

export const StateChange = builder.objectRef<ChangeModel>('ProcessStateChange').implement({
  fields: (t) => ({
    at: t.field({ type: 'DateTime', resolve: ({ atMs }) => showable(atMs) }),
    atMs: t.expose('atMs', { type: 'EpochMs' }),
    state: t.field({ type: ProcessStateEnum, resolve: ({ state }) => known(ProcessState, state) }),
    exitCode: t.expose('exitCode', { type: 'SafeInt', nullable: true }),
    metadata: t.field({
      type: 'JSON',
      nullable: true,
      resolve: ({ metadataJson }) => parseStoredJson(metadataJson),
    }),
  }),
});

const ProcessTotals = builder.objectRef<TotalsModel>('ProcessTotals').implement({
  description: 'Counters of a process session; they survive its extraction events.',
  fields: (t) => ({
    lines: t.expose('linesCount', { type: 'SafeInt' }),
    feedback: t.expose('feedbackCount', { type: 'SafeInt' }),
    extractions: t.expose('extractionsCount', { type: 'SafeInt' }),
    lastExtractionAt: t.field({
      type: 'DateTime',
      nullable: true,
      resolve: ({ lastExtractionMs: ms }) => showableOrNull(ms),
    }),
  }),
});

const StateChangeConnection = builder.connectionObject(
  { type: StateChange, name: 'ProcessStateChangeConnection' },
  { name: 'ProcessStateChangeEdge' },
);

const ProcessSession = builder.objectRef<SessionModel>('ProcessSession').implement({
  description: 'One run of a process that a wrapper watches.',
  fields: (t) => ({
    sessionUuid: t.expose('sessionUuid', { type: 'UUID' }),
    agent: t.exposeString('agent'),
    environment: t.exposeString('environment', { nullable: true }),
    startedAt: t.field({ type: 'DateTime', resolve: ({ startedAtMs }) => showable(startedAtMs) }),
    endedAt: t.field({
      type: 'DateTime',
      nullable: true,
      resolve: ({ endedAtMs }) => showableOrNull(endedAtMs),
    }),
    state: t.field({ type: ProcessStateEnum, resolve: ({ state }) => known(ProcessState, state) }),
    exitCode: t.expose('exitCode', { type: 'SafeInt', nullable: true }),
    stdoutLogPath: t.exposeString('stdoutLogPath', { nullable: true }),
    stderrLogPath: t.exposeString('stderrLogPath', { nullable: true }),
    extractionConfigVersion: t.exposeString('extractionConfigVersion', { nullable: true }),
    environmentConfigVersion: t.exposeString('environmentConfigVersion', { nullable: true }),
    totals: t.field({
      type: ProcessTotals,
      resolve: ({ processSessionId }, _args, { loaders }) => loaders.processTotals.load(processSessionId),
    }),
    stateChanges: t.connection(
      {
        type: StateChange,
        description: 'In time order.',
        async resolve({ processSessionId, sessionUuid }, args, { services }) {
          const scope = `state changes ${sessionUuid}`;
          const request = parsePage(args, scope, 2);
          const page = await services.store.agents.listStateChanges(processSessionId, request);
          return toConnection(page, request, scope, (change) => [change.atMs, change.state]);
        },
      },
      StateChangeConnection,
    ),
    extractions: t.connection(
      {
        type: Extraction,
        description: 'In time order.',
        async resolve({ processSessionId, sessionUuid }, args, { services }) {
          const scope = `extractions ${sessionUuid}`;
          const request = parsePage(args, scope, 3);
          const page = await services.store.agents.listSessionExtractions(processSessionId, request);
          const connection = toConnection(page, request, scope, (e) => [e.tsMs, e.clientSeq, e.extractionId]);
          const own = { ...NO_FILTER, sessionUuid };
          return { ...connection, countAll: () => services.store.agents.countExtractions(own) };
        },
      },
      ExtractionConnection,
    ),
  }),
});

builder.objectField(Extraction, 'session', (t) =>
  t.field({
    type: ProcessSession,
    description: 'In whose output it was found.',
    async resolve({ processSessionId }, _args, { loaders }) {
      const session = await loaders.processSession.load(processSessionId);
      if (session === null) throw new Error('The session of an extraction event is missing');
      return session;
    },
  }),
);

const ProcessSessionConnection = builder.connectionObject(
  {
    type: ProcessSession,
    name: 'ProcessSessionConnection',
    fields: (t) => ({
      totalCount: t.int({
        nullable: true,
        description: 'Counted only when asked for.',
        resolve: ({ countAll }) => countAll?.() ?? null,
      }),
    }),
  },
  { name: 'ProcessSessionEdge' },
);

const ProcessSessionFilter = builder.inputType('ProcessSessionFilter', {
  fields: (t) => ({
    agent: t.string(),
    isActive: t.boolean({ description: 'True: not ended; false: ended.' }),
    startedFrom: t.field({ type: 'DateTime' }),
    startedTo: t.field({ type: 'DateTime', description: 'Not part of the range.' }),
  }),
});

builder.queryFields((t) => ({
  processSession: t.field({
    type: ProcessSession,
    nullable: true,
    args: { sessionUuid: t.arg({ type: 'UUID', required: true }) },
    resolve: (_root, { sessionUuid }, { services }) => services.store.agents.getProcessSession(sessionUuid),
  }),
  processSessions: t.connection(
    {
      type: ProcessSession,
      description: 'Newest first.',
      args: { filter: t.arg({ type: ProcessSessionFilter }) },
      async resolve(_root, args, { services }) {
        const filter = {
          agent: args.filter?.agent ?? null,
          isActive: args.filter?.isActive ?? null,
          startedFromMs: args.filter?.startedFrom ?? null,
          startedToMs: args.filter?.startedTo ?? null,
        };
        const scope = `process sessions ${JSON.stringify(filter)}`;
        const request = parsePage(args, scope, 2);
        const page = await services.store.agents.listProcessSessions(filter, request);
        const connection = toConnection(page, request, scope, (s) => [s.startedAtMs, s.processSessionId]);
        return { ...connection, countAll: () => services.store.agents.countProcessSessions(filter) };
      },
    },
    ProcessSessionConnection,
  ),
}));
