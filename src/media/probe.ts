import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import PQueue from 'p-queue';
import type { VideoFields } from '../domain/immersion/types.js';
import type { Clock } from '../domain/time.js';
import type { CommandSink } from '../domain/write-command.js';
import type { Logger } from '../observability/logger.js';
import type { Metrics } from '../observability/metrics.js';
import { parseProbe, type ProbeFacts } from './probe-output.js';

/** Files read at once; the rest waits. */
const CONCURRENCY = 2;
/** Files that may wait; past it a probe is skipped (the next session start asks again). */
const MAX_WAITING = 1_000;
/** Files known to be described; past it the memory starts anew. */
const MAX_REMEMBERED = 10_000;
const FFPROBE_TIMEOUT_MS = 30_000;
const FFPROBE_OUTPUT_BYTES = 4 * 1024 * 1024;

export interface MediaProbeOptions {
  /** Folders that may be read; empty turns probing off. */
  readonly roots: readonly string[];
  readonly ffprobe: string;
  readonly sink: CommandSink;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * Reads what a file says of itself, in the background and once per path: dimensions, duration, codecs, size and
 * SHA-256. Nothing outside the roots is opened, wherever a link points. What cannot be read stays unknown.
 */
export class MediaProbe {
  readonly #o: MediaProbeOptions;
  readonly #lane = new PQueue({ concurrency: CONCURRENCY });
  readonly #seen = new Set<string>();
  readonly #abort = new AbortController();
  #hasWarned = false;

  constructor(options: MediaProbeOptions) {
    this.#o = options;
  }

  /** Never waits and never throws. */
  offer(video: VideoFields): void {
    const path = video.sourcePath;
    if (this.#o.roots.length === 0 || path === null || this.#abort.signal.aborted) return;
    if (this.#seen.has(path) || this.#lane.size >= MAX_WAITING) return;
    if (this.#seen.size >= MAX_REMEMBERED) this.#seen.clear();
    this.#seen.add(path);
    void this.#lane.add(() => this.#describe(video, path));
  }

  async drain(): Promise<void> {
    await this.#lane.onIdle();
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.drain();
  }

  async #describe(video: VideoFields, path: string): Promise<void> {
    try {
      const file = await this.#allowedFile(path);
      if (file === null) {
        this.#count('refused');
        return;
      }
      const found = await stat(file);
      if (!found.isFile()) {
        this.#count('refused');
        return;
      }
      const facts = await this.#ffprobe(file);
      const hashSha256 = await this.#hash(file);
      this.#o.sink.enqueue(
        [
          {
            kind: 'describeVideo',
            video: { ...video, ...facts, fileSizeBytes: found.size, hashSha256 },
            receivedAtMs: this.#o.clock.now(),
          },
        ],
        'QUEUED',
      );
      this.#count('described');
    } catch (error) {
      const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      this.#count(isMissing ? 'missing' : 'failed');
      // Another start may find the file (a disk that was not mounted yet).
      this.#seen.delete(path);
    }
  }

  /** The real file behind every link, or null when it does not lie under a root. */
  async #allowedFile(path: string): Promise<string | null> {
    const file = await realpath(path);
    for (const root of this.#o.roots) {
      const real = await realpath(root).catch(() => null);
      if (real !== null && file.startsWith(real.endsWith(sep) ? real : real + sep)) return file;
    }
    return null;
  }

  async #ffprobe(file: string): Promise<ProbeFacts> {
    const args = ['-v', 'error', '-print_format', 'json', '-show_format', '-show_streams', '-i', file];
    try {
      const { stdout } = await promisify(execFile)(this.#o.ffprobe, args, {
        timeout: FFPROBE_TIMEOUT_MS,
        maxBuffer: FFPROBE_OUTPUT_BYTES,
        signal: this.#abort.signal,
      });
      return parseProbe(stdout);
    } catch (error) {
      if (!this.#hasWarned) {
        this.#hasWarned = true;
        const reason = error instanceof Error && 'code' in error ? String(error.code) : 'failed';
        this.#o.logger.warn(
          { reason },
          'ffprobe could not read a file: its dimensions and codecs stay unknown',
        );
      }
      return {};
    }
  }

  async #hash(file: string): Promise<string> {
    const hash = createHash('sha256');
    await pipeline(createReadStream(file), hash, { signal: this.#abort.signal });
    return hash.digest('hex');
  }

  #count(result: 'described' | 'missing' | 'refused' | 'failed'): void {
    this.#o.metrics.probes.inc({ result });
  }
}
