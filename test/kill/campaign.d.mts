export interface Summary {
  readonly runs: number;
  readonly kills: Readonly<Record<'start-up' | 'load' | 'drain', number>>;
  readonly under: Readonly<Record<string, number>>;
  readonly databases: number;
  readonly oldestLossMs: number;
  readonly promises: number;
  readonly items: number;
  readonly queuedLost: number;
  readonly queuedLostMax: number;
  readonly lossBound: number;
  readonly problems: readonly string[];
}

export function runKills(options: {
  readonly runs: number;
  readonly seed: number;
  readonly runsPerDatabase: number;
  readonly main: string;
  readonly progress: (line: string) => void;
}): Promise<Summary>;
