export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

export class ServerProcess {
  constructor(main: string, settings: Readonly<Record<string, string>>);
  readonly log: string;
  readonly isGone: boolean;
  readonly exited: Promise<Exit>;
  /** Null when it ended before it listened. */
  readonly listening: Promise<string | null>;
  signal(signal: 'SIGKILL' | 'SIGTERM'): void;
}
