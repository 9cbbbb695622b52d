import { parentPort, workerData } from 'node:worker_threads';
import { Connection, toErrorMessage } from './connection.js';
import type { HelloMessage, RequestEnvelope, ResponseEnvelope, WorkerOptions } from './protocol.js';

const port = parentPort;
if (port === null) throw new Error('This file runs as a worker thread');

const post = (message: HelloMessage | ResponseEnvelope): void => port.postMessage(message);

function open(): Connection | null {
  try {
    const connection = new Connection(workerData as WorkerOptions);
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
