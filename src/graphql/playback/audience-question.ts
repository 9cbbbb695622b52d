import type { AudienceSubject } from '../../domain/playback/audience.js';
import type { SliceRange } from '../../domain/time.js';
import type { builder } from '../builder.js';
import type { Context } from '../context.js';
import { TimeRangeInput, toSlices } from '../immersion/ranges.js';
import { videoIdOf } from '../immersion/video.js';

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
