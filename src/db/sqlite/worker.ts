import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { Connection, toErrorMessage } from './connection.js';
import type { HelloMessage, RequestEnvelope, ResponseEnvelope, WorkerOptions } from './protocol.js';

const port = parentPort;
if (port === null) throw new Error('This file runs as a worker thread');

/**
 * Nice value of readers. Where more runs than there are cores, the event loop takes requests and the writer commits
 * before a query goes on (docs/adr/0018).
 */
const READER_NICE = 10;

const options = workerData as WorkerOptions;
// On Linux a nice value belongs to a thread, and 0 is the calling one (setpriority(2), "C library/kernel differences").
// Elsewhere it would be the whole process.
if (options.role === 'reader' && process.platform === 'linux') setPriority(0, READER_NICE);

const post = (message: HelloMessage | ResponseEnvelope): void => port.postMessage(message);

function open(): Connection | null {
  try {
    const connection = new Connection(options);
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
  port.on('message', ({ id, define, request }: RequestEnvelope) => {
    try {
      post({ id, ...connection.handle(request, define) });
    } catch (error) {
      post({ id, error: toErrorMessage(error) });
    }
    // Closing the port lets the thread end by itself; terminate() aborts inside native code.
    if (request.op === 'close') port.close();
  });
}
