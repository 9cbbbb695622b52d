import { createHash, timingSafeEqual } from 'node:crypto';
import { ALL_SCOPES, type ApiToken, type Caller } from '../domain/access.js';
import type { SystemStore } from '../domain/stats-store.js';
import type { Clock } from '../domain/time.js';
import type { CommandSink } from '../domain/write-command.js';

/** A token that was made or revoked by the command line counts after at most this long, ms. */
const REFRESH_MS = 1_000;
/** The last use of a token is written at most this often, ms. */
const TOUCH_MS = 60_000;

export interface AuthOptions {
  readonly store: Pick<SystemStore, 'listTokens'>;
  readonly sink: CommandSink;
  readonly clock: Clock;
  /** Whether requests without a token may do everything while no token exists. */
  readonly isOpenWithoutTokens: boolean;
  /** Requests per minute and token; 0 is no limit. */
  readonly rateLimitPerMin: number;
}

export type AuthResult =
  | { readonly isAllowed: true; readonly caller: Caller }
  | {
      readonly isAllowed: false;
      readonly code: 'UNAUTHENTICATED' | 'RATE_LIMITED';
      readonly retryAfterMs: number;
    };

interface Bucket {
  tokens: number;
  atMs: number;
}

/** Tells who asks. Tokens are compared as hashes, in constant time; the database is asked once a second at most. */
export class Auth {
  readonly #o: AuthOptions;
  #tokens: readonly ApiToken[] = [];
  #loadedAtMs = Number.NEGATIVE_INFINITY;
  #loading: Promise<void> | null = null;
  readonly #touchedAtMs = new Map<number, number>();
  readonly #buckets = new Map<number, Bucket>();

  constructor(options: AuthOptions) {
    this.#o = options;
  }

  async identify(authorization: string | undefined): Promise<AuthResult> {
    await this.#refresh();
    const active = this.#tokens.filter((token) => token.revokedAtMs === null);
    if (authorization === undefined) {
      const isOpen = this.#o.isOpenWithoutTokens && active.length === 0;
      return isOpen ? { isAllowed: true, caller: { tokenId: null, scopes: ALL_SCOPES } } : UNAUTHENTICATED;
    }
    const match = /^Bearer (kst_[A-Za-z0-9_-]{20,128})$/.exec(authorization.trim());
    if (match === null) return UNAUTHENTICATED;
    const hash = createHash('sha256')
      .update(match[1] ?? '')
      .digest();
    // All are compared, whichever matches: the time tells nothing.
    let found: ApiToken | null = null;
    for (const token of active) if (timingSafeEqual(Buffer.from(token.tokenHash, 'hex'), hash)) found = token;
    if (found === null) return UNAUTHENTICATED;
    const waitMs = this.#charge(found.tokenId);
    if (waitMs > 0) return { isAllowed: false, code: 'RATE_LIMITED', retryAfterMs: waitMs };
    this.#touch(found.tokenId);
    return { isAllowed: true, caller: { tokenId: found.tokenId, scopes: found.scopes } };
  }

  /** A token bucket that holds one minute's worth; answers how long to wait, ms. */
  #charge(tokenId: number): number {
    const perMin = this.#o.rateLimitPerMin;
    if (perMin === 0) return 0;
    const nowMs = this.#o.clock.now();
    const bucket = this.#buckets.get(tokenId) ?? { tokens: perMin, atMs: nowMs };
    this.#buckets.set(tokenId, bucket);
    const gained = (Math.max(0, nowMs - bucket.atMs) * perMin) / 60_000;
    bucket.tokens = Math.min(perMin, bucket.tokens + gained);
    bucket.atMs = nowMs;
    if (bucket.tokens < 1) return Math.ceil(((1 - bucket.tokens) * 60_000) / perMin);
    bucket.tokens -= 1;
    return 0;
  }

  #touch(tokenId: number): void {
    const nowMs = this.#o.clock.now();
    if (nowMs - (this.#touchedAtMs.get(tokenId) ?? Number.NEGATIVE_INFINITY) < TOUCH_MS) return;
    this.#touchedAtMs.set(tokenId, nowMs);
    this.#o.sink.enqueue([{ kind: 'touchToken', tokenId, usedAtMs: nowMs }], 'QUEUED');
  }

  async #refresh(): Promise<void> {
    const nowMs = this.#o.clock.now();
    if (Math.abs(nowMs - this.#loadedAtMs) < REFRESH_MS) return;
    this.#loading ??= this.#load(nowMs).finally(() => (this.#loading = null));
    await this.#loading;
  }

  async #load(nowMs: number): Promise<void> {
    this.#tokens = await this.#o.store.listTokens();
    this.#loadedAtMs = nowMs;
  }
}

const UNAUTHENTICATED: AuthResult = { isAllowed: false, code: 'UNAUTHENTICATED', retryAfterMs: 0 };
