/**
 * One row: how many values, their sum, and the value of each nearest rank. The nearest rank p of n values is the least
 * value that at least p n / 100 values do not exceed. `counted` selects each different value `v` once with its count
 * `c`: then what is sorted is as small as the number of different values, and all of it is integers, so every database
 * gives the same value.
 */
export const nearestRanks = (counted: string, percents: readonly number[]): string =>
  `WITH counted AS (${counted}),
  ranked AS (SELECT v, c, SUM(c) OVER (ORDER BY v) AS upto, SUM(c) OVER () AS n FROM counted)
  SELECT MAX(n), SUM(v * c), ${percents
    .map((percent) => `MIN(CASE WHEN upto * 100 >= n * ${percent} THEN v END)`)
    .join(', ')} FROM ranked`;
