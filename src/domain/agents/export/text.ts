import { riskName, stateName, type ProcessEvent } from '../process-event.js';
import type { ProcessExportFormat } from './format.js';

/** For reading: a heading, then a line for each event with the time since the start. */
export const TEXT: ProcessExportFormat = {
  contentType: 'text/plain; charset=utf-8',
  head(session, totals) {
    const end = session.endedAtMs === null ? 'still open' : iso(session.endedAtMs);
    const exit = session.exitCode === null ? '' : `, exit code ${session.exitCode}`;
    return [
      `${oneLine(session.agent)}  ${session.sessionUuid}`,
      `${iso(session.startedAtMs)} to ${end}, ${stateName(session.state)}${exit}`,
      `${totals.linesCount} lines, ${totals.extractionsCount} extractions`,
      '',
      '',
    ].join('\n');
  },
  event: ({ startedAtMs }, event) => `${elapsed(event.atMs - startedAtMs)}  ${textOf(event)}\n`,
  tail: () => '',
};

function textOf(event: ProcessEvent): string {
  if (event.kind === 'STATE') {
    const { state, exitCode } = event.change;
    return `[${stateName(state)}${exitCode === null ? '' : ` ${exitCode}`}]`;
  }
  const { type, pattern, riskLevel, lineNumber, originalLine, matchedValue } = event.extraction;
  const line = lineNumber === null ? '' : ` line ${lineNumber}`;
  return oneLine(
    `${riskName(riskLevel)} ${type} (${pattern})${line}: ${originalLine ?? matchedValue ?? ''}`,
  ).trimEnd();
}

const iso = (ms: number): string => new Date(ms).toISOString();

/** Line breaks and control characters would forge lines of their own, or steer the terminal. */
const oneLine = (text: string): string => text.replace(/\p{Cc}+/gu, ' ');

/** h:mm:ss.mmm; an event may lie before the start that was reported. */
function elapsed(ms: number): string {
  const [all, sign] = [Math.abs(ms), ms < 0 ? '-' : '+'];
  const two = (n: number): string => String(Math.floor(n)).padStart(2, '0');
  const [hours, minutes, seconds] = [all / 3_600_000, (all / 60_000) % 60, (all / 1_000) % 60];
  return `${sign}${Math.floor(hours)}:${two(minutes)}:${two(seconds)}.${String(all % 1_000).padStart(3, '0')}`;
}
