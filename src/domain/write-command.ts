import type { AgentCommand } from './agents/commands.js';
import type { ImmersionCommand } from './immersion/commands.js';
import type { PlaybackCommand } from './playback/commands.js';
import type { RecordLookupsCommand } from './transcripts/lookups.js';

/** Lazily written: the last use of a token (at most one a minute and token). */
export interface TouchTokenCommand {
  readonly kind: 'touchToken';
  readonly tokenId: number;
  readonly usedAtMs: number;
}

/** Everything that can be written through the writer. A closed union: the compiler lists the cases. */
export type WriteCommand =
  ImmersionCommand | AgentCommand | PlaybackCommand | TouchTokenCommand | RecordLookupsCommand;
export type CommandKind = WriteCommand['kind'];

/** The commands that may be dropped first when the buffer is full; all others go before them. */
export const isDroppable = (command: WriteCommand): boolean => {
  switch (command.kind) {
    case 'recordSample':
    case 'recordEvent':
    case 'touchToken':
    case 'recordExtraction':
    case 'playbackHeartbeat':
    case 'recordLookups':
      return true;
    case 'upsertVideo':
    case 'describeVideo':
    case 'startSession':
    case 'endSession':
    case 'recordLoss':
    case 'startProcess':
    case 'recordProcessState':
    case 'endProcess':
    case 'startPlayback':
    case 'endPlayback':
      return false;
    default:
      return command satisfies never;
  }
};

/** The session a command belongs to, if any. */
export const sessionOf = (command: WriteCommand): string | null =>
  'sessionUuid' in command ? command.sessionUuid : null;

export const isAgentCommand = (command: WriteCommand): command is AgentCommand => 'processUuid' in command;

export const isPlaybackCommand = (command: WriteCommand): command is PlaybackCommand =>
  'playbackToken' in command;

/** The session of whatever domain a command belongs to, if any. */
export const subjectOf = (command: WriteCommand): string | null => {
  if (isAgentCommand(command)) return command.processUuid;
  return isPlaybackCommand(command) ? command.playbackToken : sessionOf(command);
};

export const DURABILITIES = ['QUEUED', 'COMMITTED'] as const;
export type Durability = (typeof DURABILITIES)[number];

export const OVERFLOW_POLICIES = ['DROP_OLDEST', 'DROP_NEWEST', 'BACKPRESSURE'] as const;
export type OverflowPolicy = (typeof OVERFLOW_POLICIES)[number];

/** One command that storage refused for good. `index` is its place in the request. */
export interface RefusedCommand {
  readonly index: number;
  readonly code: string;
  readonly message: string;
}

/** How the commands of one request ended. accepted = stored + duplicates + dropped + refused. */
export interface CommitOutcome {
  readonly stored: number;
  readonly duplicates: number;
  readonly dropped: number;
  readonly refused: readonly RefusedCommand[];
}

/** What `enqueue` answers at once. Loss is a value: `dropped` counts, of this request, what the policy refused. */
export type EnqueueResult =
  | {
      readonly isAccepted: true;
      readonly accepted: number;
      readonly dropped: number;
      /** Commands of others that gave way to this request: a reason to slow down. */
      readonly displaced: number;
      /** Settles with the commit that holds the request; null unless durability is COMMITTED. Rejects UNAVAILABLE. */
      readonly committed: Promise<CommitOutcome> | null;
    }
  | {
      readonly isAccepted: false;
      /** TOO_LARGE: more than the queue ever takes, so that trying again is of no use. */
      readonly code: 'QUEUE_FULL' | 'TOO_LARGE' | 'UNAVAILABLE';
      readonly retryAfterMs: number;
    };

export interface QueueStatus {
  readonly depth: number;
  readonly cap: number;
}

/** Where everything that is written goes. By its type it cannot make anybody wait for the disk. */
export interface CommandSink {
  enqueue(commands: readonly WriteCommand[], durability: Durability): EnqueueResult;
  status(): QueueStatus;
}

/** Counts since the process began. accepted = flushed + duplicates + dropped + deadLetters + depth + what is in flight. */
export interface WriterStatus extends QueueStatus {
  readonly accepted: number;
  readonly flushed: number;
  readonly duplicates: number;
  readonly dropped: number;
  readonly deadLetters: number;
  readonly lastFlushMs: number | null;
  /** Storage is away and a flush is being tried again. */
  readonly isRetrying: boolean;
}
