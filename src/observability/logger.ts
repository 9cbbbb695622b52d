import { pino, type Logger } from 'pino';

export type { Logger } from 'pino';

/** `level` is one of pino's names. One JSON object a line on stderr: stdout belongs to what commands print. Tokens never reach a line. */
export function createLogger(level: string): Logger {
  return pino(
    {
      level,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: ['authorization', 'token', '*.authorization', '*.token'],
    },
    pino.destination({ fd: 2, sync: true }),
  );
}

export const createSilentLogger = (): Logger => pino({ level: 'silent' });
