import { lowerProcess, makeProcessIdle } from '../config/priority.js';
import { StoreTexts } from '../db/store-texts.js';
import { messageOf } from '../domain/errors.js';
import { DuckdbFile, type Cell, type CopyStatement, type DuckdbStatement } from './duckdb-file.js';
import type { ProcessAnswer, ProcessMessage, ProcessRequest } from './duckdb-process-protocol.js';

/** The process of one DuckDB file: DuckdbProcess starts it, asks it and ends it. */
let file: Promise<DuckdbFile> | null = null;
let texts: StoreTexts | null = null;
let isClosed = false;

async function answer(request: ProcessRequest): Promise<Cell[][]> {
  switch (request.op) {
    case 'open':
      texts = request.store === null ? null : new StoreTexts(request.store);
      file = DuckdbFile.open(request.options);
      await file;
      // Not before: however busy the machine is, the server waits for this answer when it starts.
      makeProcessIdle();
      return [];
    case 'read':
      return (await opened()).read(request.statement);
    case 'transact':
      await (await opened()).transact(await Promise.all(request.statements.map(withTexts)));
      return [];
    case 'close':
      isClosed = true;
      // What could not be opened has nothing to close.
      await (await file?.catch(() => null))?.close();
      await texts?.close();
      return [];
  }
}

function opened(): Promise<DuckdbFile> {
  if (file === null) throw new Error('The file was not opened');
  return file;
}

/** With what the store answers now in the places of its texts. */
async function withTexts({ sql, params }: CopyStatement): Promise<DuckdbStatement> {
  const cell = async (param: CopyStatement['params'][number]): Promise<Cell> => {
    if (param === null || typeof param !== 'object' || !('textOf' in param)) return param;
    if (texts === null) throw new Error('There is no store');
    return (await texts.read(param.textOf)) ?? '[]';
  };
  return { sql, params: await Promise.all(params.map(cell)) };
}

// Requests are taken and committed before a question about years goes on, or a copy (docs/adr/0023 and 0026).
lowerProcess();

const send = (message: ProcessAnswer): void => void process.send?.(message);

process.on('message', ({ id, request }: ProcessMessage) => {
  answer(request).then(
    (rows) => send({ id, rows }),
    (error: unknown) => send({ id, error: messageOf(error) }),
  );
});
// The server is gone without a word. A transaction is all or nothing also when it is cut here.
process.on('disconnect', () => {
  if (!isClosed) process.kill(process.pid, 'SIGKILL');
});
// Ctrl-C reaches every process of a terminal. The server ends this one, after what it still has to write.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
