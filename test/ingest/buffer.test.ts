import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDroppable, type OverflowPolicy, type WriteCommand } from '../../src/domain/write-command.js';
import { Buffer, type Entry } from '../../src/ingest/buffer.js';
import { end, event, sample, start, T0 } from '../support/commands.js';

const entry = (command: WriteCommand): Entry => ({ command, ticket: null, index: 0 });
const fill = (policy: OverflowPolicy, cap: number, commands: WriteCommand[]) => {
  const buffer = new Buffer(cap, policy);
  const lost = commands.map((command) => buffer.add(entry(command))?.command ?? null);
  return { lost, kept: buffer.takeAll().map(({ command }) => command) };
};

describe('the buffer', () => {
  it('gives everything back once, keepers first, each lane in its order', () => {
    const commands = [sample(1, 1), start(1), sample(1, 2), end(1, 3), event(1, 4)];
    const { kept, lost } = fill('DROP_OLDEST', 10, commands);
    expect(kept).toEqual([commands[1], commands[3], commands[0], commands[2], commands[4]]);
    expect(lost).toEqual([null, null, null, null, null]);
  });

  it('drops the oldest telemetry first and keeps every session start and end', () => {
    const commands = [sample(1, 1), sample(1, 2), start(1), end(1, 3), sample(1, 4)];
    const { lost, kept } = fill('DROP_OLDEST', 3, commands);
    expect(lost).toEqual([null, null, null, commands[0], commands[1]]);
    expect(kept).toEqual([commands[2], commands[3], commands[4]]);
  });

  it('drops an incoming sample when only starts and ends wait', () => {
    const commands = [start(1), start(2), sample(1, 1)];
    expect(fill('DROP_OLDEST', 2, commands).lost).toEqual([null, null, commands[2]]);
  });

  it('drops the oldest keeper for a keeper when nothing else is left', () => {
    const commands = [start(1), start(2), start(3)];
    expect(fill('DROP_OLDEST', 2, commands)).toEqual({
      lost: [null, null, commands[0]],
      kept: commands.slice(1),
    });
  });

  it('drops the newest under DROP_NEWEST, but lets a start push a sample out', () => {
    const commands = [sample(1, 1), sample(1, 2), sample(1, 3), start(1), start(2), start(3)];
    const { lost, kept } = fill('DROP_NEWEST', 2, commands);
    expect(lost).toEqual([null, null, commands[2], commands[0], commands[1], commands[5]]);
    expect(kept).toEqual([commands[3], commands[4]]);
  });

  it('never holds more than its cap, loses nothing unseen, and no keeper before a droppable', () => {
    const command = fc.oneof(
      fc.nat(9).map((n) => sample(n, T0 + n)),
      fc.nat(9).map((n) => start(n)),
      fc.nat(9).map((n) => end(n, T0)),
    );
    const policy = fc.constantFrom<OverflowPolicy>('DROP_OLDEST', 'DROP_NEWEST', 'BACKPRESSURE');
    fc.assert(
      fc.property(
        policy,
        fc.integer({ min: 1, max: 12 }),
        fc.array(command, { maxLength: 60 }),
        (p, cap, commands) => {
          const buffer = new Buffer(cap, p);
          const lost: WriteCommand[] = [];
          for (const c of commands) {
            const gone = buffer.add(entry(c));
            if (gone !== null) lost.push(gone.command);
            expect(buffer.depth).toBeLessThanOrEqual(cap);
          }
          const kept = buffer.takeAll().map((e) => e.command);
          expect(kept.length + lost.length).toBe(commands.length);
          if (lost.some((c) => !isDroppable(c))) expect(kept.every((c) => !isDroppable(c))).toBe(true);
        },
      ),
    );
  });

  it('stays in order over many rounds of filling and emptying', () => {
    const buffer = new Buffer(3_000, 'DROP_OLDEST');
    for (let i = 0; i < 10_000; i += 1) buffer.add(entry(sample(1, i)));
    const kept = buffer
      .takeAll()
      .map(({ command }) => (command.kind === 'recordSample' ? command.sampleMs : -1));
    expect(kept).toEqual(Array.from({ length: 3_000 }, (_, i) => 7_000 + i));
    expect(buffer.depth).toBe(0);
  });
});
