import { parseRange } from '../../domain/immersion/statistics.js';
import type { SliceRange } from '../../domain/time.js';
import { zoneOf, type Zone } from '../../domain/zone.js';
import { builder } from '../builder.js';
import type { Context } from '../context.js';

export const TimeRangeInput = builder.inputType('TimeRangeInput', {
  description: 'Half-open: `to` is not part of it. Aligned outward to 15 minutes.',
  fields: (t) => ({
    from: t.field({ type: 'DateTime', required: true }),
    to: t.field({ type: 'DateTime', required: true }),
  }),
});

export const DateRangeInput = builder.inputType('DateRangeInput', {
  description: 'Civil days, both of them part of it.',
  fields: (t) => ({
    from: t.field({ type: 'Date', required: true }),
    to: t.field({ type: 'Date', required: true }),
  }),
});

export const toSlices = (range: { readonly from: number; readonly to: number }): SliceRange =>
  parseRange({ fromMs: range.from, toMs: range.to });

export const zoneFor = (name: string | null | undefined, { services }: Context): Zone =>
  zoneOf(name ?? services.timezone);
