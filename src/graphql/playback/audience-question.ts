import type { GraphQLResolveInfo } from 'graphql';
import { compare, type AudienceSubject, type Compared } from '../../domain/playback/audience.js';
import type { SliceRange } from '../../domain/time.js';
import type { builder } from '../builder.js';
import type { Context } from '../context.js';
import { TimeRangeInput, toSlices } from '../immersion/ranges.js';
import { videoIdOf } from '../immersion/video.js';
import { isSelected } from '../shared/selection.js';

interface Asked {
  readonly range: { readonly from: number; readonly to: number };
  readonly videoKey?: string | null | undefined;
  readonly includeDeleted?: boolean | null | undefined;
}

async function subjectOf(
  { videoKey, includeDeleted }: Asked,
  { loaders }: Context,
): Promise<AudienceSubject> {
  const videoId = videoKey == null ? null : await videoIdOf(videoKey, loaders);
  return { videoId, includesDeleted: includeDeleted === true };
}

/** A question about a range and a subject, answered by the desk. */
export async function answer<Value>(
  name: string,
  asked: Asked,
  context: Context,
  load: (range: SliceRange, subject: AudienceSubject) => Promise<Value>,
): Promise<{ value: Value; asOfMs: number; range: SliceRange; subject: AudienceSubject }> {
  const range = toSlices(asked.range);
  const subject = await subjectOf(asked, context);
  const key = JSON.stringify([name, range, subject]);
  const dated = await context.services.desk.ask(key, () => load(range, subject));
  return { ...dated, range, subject };
}

/** The same with the range before it, where the query has one of these fields. */
export async function answerCompared<Value>(
  name: string,
  asked: Asked,
  context: Context,
  fields: { readonly info: GraphQLResolveInfo; readonly ofPrevious: readonly (readonly string[])[] },
  load: (runs: readonly SliceRange[], subject: AudienceSubject) => Promise<readonly Value[]>,
): Promise<Compared<Value> & { asOfMs: number; range: SliceRange }> {
  const hasPrevious = fields.ofPrevious.some((path) => isSelected(path, fields.info));
  const { value, asOfMs, range } = await answer(
    `${name} ${String(hasPrevious)}`,
    asked,
    context,
    (own, subject) => compare(own, hasPrevious, (runs) => load(runs, subject)),
  );
  return { ...value, asOfMs, range };
}

/** Of a range before that is resolved: the question had a field of it, so it was read. */
export function loaded<Value>(previous: Value | null): Value {
  if (previous === null) throw new Error('The range before is resolved but was not selected');
  return previous;
}

type QueryFields = Parameters<Parameters<typeof builder.queryFields>[0]>[0];

/** What every question about the audience of a video, or of all, may say. */
export const audienceArgs = (t: QueryFields) => ({
  ...audienceRangeArgs(t),
  videoKey: t.arg.string({ description: 'All videos when absent.' }),
});

export const audienceRangeArgs = (t: QueryFields) => ({
  range: t.arg({ type: TimeRangeInput, required: true }),
  includeDeleted: t.arg.boolean({
    defaultValue: false,
    description: 'Whether videos whose entries are deleted count. A video that is asked for by its key does.',
  }),
});
