export function startPostgres(options: {
  readonly isDurable: boolean;
}): Promise<{ readonly url: string; readonly stop: () => Promise<void> }>;
export function createDatabase(
  url: string,
  name: string,
): Promise<{ readonly url: string; readonly drop: () => Promise<void> }>;
export function execute(url: string, sql: string): Promise<void>;
