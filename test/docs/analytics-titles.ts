/** Templates about analytics that stand with their answer on the demo data. */
export const ANALYTICS_TITLES: readonly string[] = [
  'Extraction by day',
  'How long extraction takes',
  'Why extraction fails',
  'Trend of the transcript cache',
  'How long sessions are',
  'Histogram of session lengths',
  'Cohorts of videos by week',
  'Videos with the most lookups',
];
