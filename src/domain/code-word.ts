/** The word of an integer code, as the API has it. UNKNOWN stands for what a newer version or an imported database wrote. */
export const wordOf = (codes: Readonly<Record<string, number>>, code: number): string =>
  Object.entries(codes).find(([, known]) => known === code)?.[0] ?? 'UNKNOWN';
