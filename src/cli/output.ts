/** What a command says: JSON on one line for programs, or sentences for people. */
export function print(isJson: boolean, value: unknown, lines: readonly string[]): void {
  if (isJson) process.stdout.write(`${JSON.stringify(value)}\n`);
  else for (const line of lines) process.stdout.write(`${line}\n`);
}

/** A line of progress that replaces itself, on a terminal only. */
export function progress(label: string): { update(done: number, total: number): void; end(): void } {
  const isShown = process.stderr.isTTY;
  return {
    update(done, total) {
      if (!isShown) return;
      const percent = total === 0 ? 100 : Math.floor((done / total) * 100);
      process.stderr.write(`\r${label} ${percent} % (${done} of ${total})\u001B[K`);
    },
    end() {
      if (isShown) process.stderr.write('\r\u001B[K');
    },
  };
}

/** `12.3 MiB` */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit] ?? ''}`;
}

/** A connection URL that may be shown and kept. */
export const withoutPassword = (url: string): string => url.replace(/\/\/[^@]*@/, '//***@');
