import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** The rest of a longer line is not looked at: it would be memory, and time of every pattern. */
export const MAX_LINE_CHARS = 4_096;

/** Calls `onLine` for every line of UTF-8 output, the last one too, cut to MAX_LINE_CHARS. Does not stop the stream. */
export function splitLines(output: Readable, onLine: (line: string) => void): void {
  const decoder = new StringDecoder('utf8');
  let line = '';
  const take = (text: string): void => {
    const parts = text.split('\n');
    for (const [index, part] of parts.entries()) {
      line += part.slice(0, MAX_LINE_CHARS - line.length);
      if (index === parts.length - 1) return;
      onLine(line.replace(/\r$/, ''));
      line = '';
    }
  };
  output.on('data', (chunk: Buffer) => take(decoder.write(chunk)));
  output.once('end', () => {
    take(decoder.end());
    if (line !== '') onLine(line);
  });
}
