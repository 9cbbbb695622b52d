export const NOW = Date.parse('2026-11-21T12:00:00.000Z');
export const KNOWN = '00000000-0000-4000-8000-000000000001';
export const UNKNOWN = '00000000-0000-4000-8000-00000000dead';

export const body = (query: string, variables: Record<string, unknown> = {}): string =>
  JSON.stringify({ query, variables });
export const telemetry = (sample: Record<string, unknown>, sessionUuid = KNOWN): string =>
  body(
    'mutation ($input: RecordTelemetryInput!) { recordTelemetry(input: $input) { rejected { code path } } }',
    {
      input: { sessionUuid, samples: [{ sampleMs: NOW, ...sample }], durability: 'COMMITTED' },
    },
  );
export const event = (fields: Record<string, unknown>): string =>
  body('mutation ($input: RecordEventsInput!) { recordEvents(input: $input) { rejected { code path } } }', {
    input: { sessionUuid: KNOWN, events: [{ tsMs: NOW, type: 'LOOKUP', ...fields }] },
  });
export const startWith = (fields: Record<string, unknown>, video: Record<string, unknown> = {}): string =>
  body(
    'mutation ($input: StartSessionInput!) { startSession(input: $input) { receipt { rejected { code path } } } }',
    {
      input: { video: { videoKey: 'bad', title: 'Bad', sourceType: 'LOCAL', ...video }, ...fields },
    },
  );
export const sessions = (args: string, inside = 'edges { node { id } }'): string =>
  body(`{ sessions(${args}) { ${inside} } }`);
export const trends = (from: string, to: string, rest = 'bucket: DAY'): string =>
  body(`{ trends(range: { from: "${from}", to: "${to}" }, ${rest}) { sessions } }`);
export const onKnown = (field: string): string => body(`{ session(sessionUuid: "${KNOWN}") { ${field} } }`);
export const subscription = (field: string): string => body(`subscription { ${field} }`);
export const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
