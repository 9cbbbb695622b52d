import { readFileSync, statSync } from 'node:fs';

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

/**
 * What a kill left in the write-ahead log: frames behind the last commit mark are of a transaction that was being
 * written at that very moment. https://sqlite.org/fileformat2.html#walformat
 * @param {string} databaseFile
 * @returns {{ frames: number, torn: number }}
 */
export function readWal(databaseFile) {
  const file = `${databaseFile}-wal`;
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) < HEADER_BYTES) return { frames: 0, torn: 0 };
  const bytes = readFileSync(file);
  const frameBytes = FRAME_HEADER_BYTES + bytes.readUInt32BE(8);
  const salt = bytes.subarray(16, 24);
  let frames = 0;
  let committed = 0;
  for (let at = HEADER_BYTES; at + FRAME_HEADER_BYTES <= bytes.length; at += frameBytes) {
    // Frames of an earlier turn of the log carry another salt.
    if (!bytes.subarray(at + 8, at + 16).equals(salt)) break;
    frames += 1;
    if (bytes.readUInt32BE(at + 4) !== 0) committed = frames;
  }
  return { frames, torn: frames - committed };
}
