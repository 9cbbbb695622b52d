import { AgentIngestRequest } from '../../domain/agents/ingest.js';
import type { ExtractionItem, ProcessStateItem } from '../../domain/agents/ingest-items.js';
import { builder } from '../builder.js';
import type { Context } from '../context.js';
import { send, StartSessionPayload, IngestReceipt } from '../immersion/ingest.js';
import { needs } from '../shared/scope.js';
import {
  EndProcessInput,
  RecordExtractionsInput,
  RecordProcessStateInput,
  StartProcessInput,
} from './ingest-inputs.js';

const newRequest = ({ services }: Context): AgentIngestRequest =>
  new AgentIngestRequest({ ...services.limits, nowMs: services.clock.now() });

/** GraphQL's enums are plain integers here; what they may be is checked item by item. */
type StateArgs = Omit<ProcessStateItem, 'state'> & { readonly state: number };
const toState = (item: StateArgs): ProcessStateItem => item as ProcessStateItem;
type ExtractionArgs = Omit<ExtractionItem, 'riskLevel'> & { readonly riskLevel?: number | null | undefined };
const toExtractions = (items: readonly ExtractionArgs[]): readonly ExtractionItem[] =>
  items as readonly ExtractionItem[];

builder.mutationFields((t) => ({
  startProcess: t.field({
    ...needs('ingest'),
    type: StartSessionPayload,
    args: { input: t.arg({ type: StartProcessInput, required: true }) },
    async resolve(_root, { input }, context) {
      const sessionUuid = input.sessionUuid ?? context.services.newUuid();
      const request = newRequest(context);
      request.start({ ...input, sessionUuid }, 'input');
      return { sessionUuid, receipt: await send(request, input.durability ?? 'QUEUED', context) };
    },
  }),
  recordProcessState: t.field({
    ...needs('ingest'),
    type: IngestReceipt,
    description:
      'A change that does not fit is rejected with ILLEGAL_TRANSITION when COMMITTED, and is a dead letter.',
    args: { input: t.arg({ type: RecordProcessStateInput, required: true }) },
    resolve(_root, { input }, context) {
      const request = newRequest(context);
      request.state(toState(input), 'input');
      return send(request, input.durability ?? 'QUEUED', context);
    },
  }),
  recordExtractions: t.field({
    ...needs('ingest'),
    type: IngestReceipt,
    args: { input: t.arg({ type: RecordExtractionsInput, required: true }) },
    resolve(_root, { input }, context) {
      const request = newRequest(context);
      request.extractions(input.sessionUuid, toExtractions(input.extractions), 'extractions');
      return send(request, input.durability ?? 'QUEUED', context);
    },
  }),
  endProcess: t.field({
    ...needs('ingest'),
    type: IngestReceipt,
    args: { input: t.arg({ type: EndProcessInput, required: true }) },
    resolve(_root, { input }, context) {
      const request = newRequest(context);
      request.end(input, 'input');
      return send(request, input.durability ?? 'QUEUED', context);
    },
  }),
}));
