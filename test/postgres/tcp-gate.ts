import { connect, createServer, type Server, type Socket } from 'node:net';

/** Stands before a server; shut, it cuts every connection and refuses new ones. */
export class TcpGate implements AsyncDisposable {
  readonly #sockets = new Set<Socket>();
  #isOpen = true;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async before(url: string): Promise<TcpGate> {
    const target = new URL(url);
    let gate: TcpGate | null = null;
    const server = createServer((socket) => gate?.pass(socket, target));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const own = new URL(url);
    own.hostname = '127.0.0.1';
    own.port = String(address.port);
    gate = new TcpGate(server, own.href);
    return gate;
  }

  open(): void {
    this.#isOpen = true;
  }

  shut(): void {
    this.#isOpen = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.shut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private pass(socket: Socket, { hostname, port }: URL): void {
    if (!this.#isOpen) {
      socket.destroy();
      return;
    }
    const behind = connect(Number(port), hostname);
    for (const one of [socket, behind]) {
      this.#sockets.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        this.#sockets.delete(one);
        socket.destroy();
        behind.destroy();
      });
    }
    socket.pipe(behind).pipe(socket);
  }
}
