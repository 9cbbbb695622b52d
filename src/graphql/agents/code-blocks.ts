import { badInput } from '../../domain/errors.js';
import { parsePage } from '../../domain/page.js';
import { builder } from '../builder.js';
import { toConnection } from '../shared/connection.js';
import { CodeBlock } from './extraction.js';

const DIGEST = /^[0-9a-f]{64}$/;

const CodeBlockFilterInput = builder.inputType('CodeBlockFilter', {
  fields: (t) => ({
    agent: t.string({ description: 'Found in the output of this agent.' }),
    sessionUuid: t.field({ type: 'UUID', description: 'Found in this session.' }),
    language: t.string(),
    isParseable: t.boolean(),
  }),
});

const CodeBlockConnection = builder.connectionObject(
  {
    type: CodeBlock,
    name: 'CodeBlockConnection',
    fields: (t) => ({
      totalCount: t.int({
        nullable: true,
        description: 'Counted only when asked for.',
        resolve: ({ countAll }) => countAll?.() ?? null,
      }),
    }),
  },
  { name: 'CodeBlockEdge' },
);

builder.queryFields((t) => ({
  codeBlock: t.field({
    type: CodeBlock,
    nullable: true,
    args: { digest: t.arg.string({ required: true, description: 'SHA-256 in hex.' }) },
    resolve(_root, { digest }, { services }) {
      const hex = digest.toLowerCase();
      if (!DIGEST.test(hex)) throw badInput('digest must be 64 hex digits');
      return services.store.agents.getCodeBlock(hex);
    },
  }),
  codeBlocks: t.connection(
    {
      type: CodeBlock,
      description: 'Those first seen last come first.',
      args: { filter: t.arg({ type: CodeBlockFilterInput }) },
      async resolve(_root, args, { services }) {
        const filter = {
          agent: args.filter?.agent ?? null,
          sessionUuid: args.filter?.sessionUuid ?? null,
          language: args.filter?.language ?? null,
          isParseable: args.filter?.isParseable ?? null,
        };
        const scope = `code blocks ${JSON.stringify(filter)}`;
        const request = parsePage(args, scope, 2);
        const page = await services.store.agents.listCodeBlocks(filter, request);
        const connection = toConnection(page, request, scope, (b) => [b.firstSeenMs, b.codeBlockId]);
        return { ...connection, countAll: () => services.store.agents.countCodeBlocks(filter) };
      },
    },
    CodeBlockConnection,
  ),
}));
