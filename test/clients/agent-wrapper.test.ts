import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import { MAX_LINE_CHARS, splitLines } from '../../clients/agent-wrapper/src/lines.js';
import { matchLine, parsePatterns } from '../../clients/agent-wrapper/src/patterns.js';

async function linesOf(...chunks: (string | Buffer)[]): Promise<string[]> {
  const output = new PassThrough();
  const lines: string[] = [];
  splitLines(output, (line) => lines.push(line));
  for (const chunk of chunks) output.write(chunk);
  output.end();
  await finished(output);
  return lines;
}

describe('lines of output', () => {
  it('are whole whatever the chunks, the last one without its end too', async () => {
    const [start, end] = [Buffer.from('映画\n').subarray(0, 4), Buffer.from('映画\n').subarray(4)];
    expect(await linesOf('a', 'b\r\n\nc', start, end, 'last')).toEqual(['ab', '', 'c映画', 'last']);
  });

  it('are cut when they are very long, so that memory stays bounded', async () => {
    const lines = await linesOf('x'.repeat(3_000), 'y'.repeat(3_000), 'z\nnext\n');
    expect(lines.map(({ length }) => length)).toEqual([MAX_LINE_CHARS, 4]);
  });
});

describe('patterns', () => {
  const patternFile = (...patterns: object[]) => parsePatterns({ version: '1', patterns }, 'p.json');
  const error = { name: 'e', type: 'error', regex: 'Error: (\\w+)', risk: 'HIGH' };

  it('find their first group, or the whole match, in the stream they name', () => {
    const file = patternFile(error, { name: 'w', type: 'any', regex: 'Err', stream: 'stderr' });
    expect(matchLine(file, '\u001b[1mError: disk\u001b[0m', 7, 'stdout')).toEqual([
      {
        type: 'error',
        pattern: 'e',
        matchedValue: 'disk',
        originalLine: 'Error: disk',
        lineNumber: 7,
        riskLevel: 'HIGH',
        isAutoConfirmable: false,
      },
    ]);
    expect(matchLine(file, 'Error: disk', 8, 'stderr').map(({ matchedValue }) => matchedValue)).toEqual([
      'disk',
      'Err',
    ]);
  });

  it('are refused with the place of what is wrong', () => {
    const wrong: [unknown, string][] = [
      [[], 'p.json has to be an object'],
      [{ patterns: {} }, 'p.json: patterns has to be a list'],
      [{ patterns: [{ ...error, name: '' }] }, 'p.json: patterns[0].name has to be a text'],
      [
        { patterns: [error, { ...error, risk: 'high' }] },
        'p.json: patterns[1].risk has to be one of NONE, LOW',
      ],
      [
        { patterns: [{ ...error, flags: 'g' }] },
        'p.json: patterns[0].flags has to be a text without g and y',
      ],
      [
        { patterns: [{ ...error, autoConfirmable: 1 }] },
        'p.json: patterns[0].autoConfirmable has to be true',
      ],
      [{ patterns: [{ ...error, stream: 'stdin' }] }, 'p.json: patterns[0].stream has to be one of stdout'],
    ];
    for (const [content, message] of wrong) expect(() => parsePatterns(content, 'p.json')).toThrow(message);
  });
});
