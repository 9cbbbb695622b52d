// Opens a DuckDB file in a process of its own, has it busy for a long time, says its id, and waits to be killed.
import { DuckdbProcess } from '../../dist/analytics/duckdb-process.js';

const opened = await DuckdbProcess.open({ file: process.argv[2], memoryBytes: 128 * 1_048_576, threads: 1 });
void opened.read({ sql: 'SELECT COUNT(*) FROM range(1000000) a, range(1000000) b', params: [] });
process.stdout.write(String(opened.pid));
