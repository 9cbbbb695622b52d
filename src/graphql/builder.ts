import SchemaBuilder from '@pothos/core';
import RelayPlugin from '@pothos/plugin-relay';
import { badInput } from '../domain/errors.js';
import { MAX_PAGE_SIZE } from '../domain/page.js';
import type { Context } from './context.js';

/** Lets resolvers and the type system agree; Relay's own names for connections and nodes. */
export const builder = new SchemaBuilder<{
  Context: Context;
  /** A list that can be counted says how; it is only done when a client asks. */
  Connection: { readonly countAll?: () => Promise<number> };
  DefaultFieldNullability: false;
  DefaultEdgesNullability: false;
  DefaultNodeNullability: false;
  Scalars: {
    DateTime: { Input: number; Output: number };
    EpochMs: { Input: number; Output: number };
    SafeInt: { Input: number; Output: number };
    Date: { Input: number; Output: number };
    TimeZone: { Input: string; Output: string };
    UUID: { Input: string; Output: string };
    JSON: { Input: unknown; Output: unknown };
  };
}>({
  plugins: [RelayPlugin],
  defaultFieldNullability: false,
  relay: {
    edgesFieldOptions: { nullable: false },
    nodeFieldOptions: { nullable: false },
    nodesQueryOptions: {
      resolve(_root, { ids }, _context, _info, resolveNodes) {
        if (ids.length > MAX_PAGE_SIZE) throw badInput(`At most ${MAX_PAGE_SIZE} ids at once`);
        return resolveNodes(ids);
      },
    },
  },
});

builder.queryType({ description: 'Everything that can be asked. Needs the scope `read`.' });
builder.mutationType({
  description: 'Ingest never waits for the disk unless asked to. Needs `ingest`, or `admin` where said.',
});
builder.subscriptionType({ description: 'Over server-sent events. Needs the scope `read`.' });
