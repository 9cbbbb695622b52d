import { connect } from 'node:net';

/**
 * One HTTP/1.1 connection to /graphql: one request at a time, answers with a length or in chunks. Far cheaper than fetch,
 * because what the clients take is missing to the server on the same machine.
 */
export class Connection {
  #socket;
  #head;
  #buffered = '';
  #resolve = null;
  #reject = null;

  constructor(socket, host) {
    this.#socket = socket;
    this.#head = `POST /graphql HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\naccept: application/json\r\n`;
    socket.setEncoding('latin1').on('data', (text) => this.#take(text));
    socket.on('close', () => this.#reject?.(new Error('The server closed the connection')));
    socket.on('error', (error) => this.#reject?.(error));
  }

  static async open(url) {
    const socket = connect(Number(url.port), url.hostname);
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    socket.setNoDelay(true);
    return new Connection(socket, url.host);
  }

  post(body) {
    this.#socket.write(`${this.#head}content-length: ${body.length}\r\n\r\n${body}`);
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  close() {
    this.#reject = null;
    this.#socket.destroy();
  }

  #take(text) {
    this.#buffered += text;
    const headEnd = this.#buffered.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const head = this.#buffered.slice(0, headEnd);
    const rest = this.#buffered.slice(headEnd + 4);
    const length = /content-length: (\d+)/i.exec(head)?.[1];
    if (length === undefined ? !rest.endsWith('0\r\n\r\n') : rest.length < Number(length)) return;
    this.#buffered = '';
    this.#resolve?.(length === undefined ? rest.slice(rest.indexOf('\r\n') + 2) : rest);
  }
}
