import { parentPort, workerData } from 'node:worker_threads';
import { makeThreadIdle } from '../../config/priority.js';
import { Connection, toErrorMessage } from './connection.js';
import type {
  BackupRequest,
  HelloMessage,
  Request,
  RequestEnvelope,
  ResponseEnvelope,
  WorkerOptions,
} from './protocol.js';

/** A request that is answered in one turn of the thread. */
interface Exchange extends RequestEnvelope {
  readonly request: Exclude<Request, BackupRequest>;
}

const port = parentPort;
if (port === null) throw new Error('This file runs as a worker thread');

const options = workerData as WorkerOptions;

const post = (message: HelloMessage | ResponseEnvelope): void => port.postMessage(message);

function open(): Connection | null {
  try {
    const connection = new Connection(options);
    // From here on the event loop takes requests and the writer commits before a query goes on (docs/adr/0018 and 0026).
    // Not before: however busy the machine is, the server waits for its readers when it starts.
    if (options.role === 'reader') makeThreadIdle();
    post({ hello: true, sqliteVersion: connection.sqliteVersion });
    return connection;
  } catch (error) {
    post({ hello: false, error: toErrorMessage(error) });
    return null;
  }
}

const connection = open();
if (connection === null) port.close();
else {
  const answer = ({ id, define, request }: Exchange): void => {
    try {
      post({ id, ...connection.handle(request, define) });
    } catch (error) {
      post({ id, error: toErrorMessage(error) });
    }
    // Closing the port lets the thread end by itself; terminate() aborts inside native code.
    if (request.op === 'close') port.close();
  };
  const backUp = async (id: number, request: BackupRequest): Promise<void> => {
    try {
      await connection.backUp(request);
      post({ id, rows: [] });
    } catch (error) {
      post({ id, error: toErrorMessage(error) });
    }
  };
  // A copy takes many turns of the thread. What comes meanwhile, a close, waits for its end.
  let copying: Promise<void> | null = null;
  port.on('message', ({ id, define, request }: RequestEnvelope) => {
    if (request.op === 'backup') copying = backUp(id, request).finally(() => (copying = null));
    else if (copying === null) answer({ id, define, request });
    else void copying.then(() => answer({ id, define, request }));
  });
}
