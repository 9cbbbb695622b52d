/** Compiled code of the process of DuckDB: from the sources (tests) it is the build beside them. */
export function duckdbProcessFile(): URL {
  const isSource = import.meta.url.endsWith('.ts');
  return new URL(
    isSource ? '../../dist/analytics/duckdb-process-main.js' : './duckdb-process-main.js',
    import.meta.url,
  );
}
