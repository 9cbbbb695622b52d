// Keeps the DuckDB file open that it is given, says so, and waits to be killed.
import { DuckDBInstance } from '@duckdb/node-api';

const instance = await DuckDBInstance.create(process.argv[2]);
await (await instance.connect()).run('CREATE TABLE held (n INTEGER)');
process.stdout.write('held\n');
// An instance that nothing refers to is collected after a while, and its file is closed.
globalThis.setInterval(() => instance, 60_000);
