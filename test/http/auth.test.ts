import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { Scope, type ApiToken } from '../../src/domain/access.js';
import type { CommandSink, WriteCommand } from '../../src/domain/write-command.js';
import { Auth, type AuthOptions } from '../../src/http/auth.js';
import { FakeClock } from '../support/fake-clock.js';

const SECRET = 'kst_abcdefghijklmnopqrstuvwxyz012345';
const OTHER = 'kst_ABCDEFGHIJKLMNOPQRSTUVWXYZ-_0123';

const token = (tokenId: number, secret: string, fields: Partial<ApiToken> = {}): ApiToken => ({
  tokenId,
  name: `token ${tokenId}`,
  tokenHash: createHash('sha256').update(secret).digest('hex'),
  scopes: Scope.read,
  createdAtMs: 0,
  lastUsedAtMs: null,
  revokedAtMs: null,
  ...fields,
});

class TokenStore {
  tokens: readonly ApiToken[] = [];
  loadsCount = 0;

  listTokens(): Promise<readonly ApiToken[]> {
    this.loadsCount += 1;
    return Promise.resolve(this.tokens);
  }
}

class CollectingSink implements CommandSink {
  readonly commands: WriteCommand[] = [];

  enqueue(commands: readonly WriteCommand[]) {
    this.commands.push(...commands);
    return {
      isAccepted: true,
      accepted: commands.length,
      dropped: 0,
      displaced: 0,
      committed: null,
    } as const;
  }

  status() {
    return { depth: 0, cap: 1_000 };
  }
}

let clock: FakeClock;
let store: TokenStore;
let sink: CollectingSink;
beforeEach(() => {
  clock = new FakeClock();
  store = new TokenStore();
  sink = new CollectingSink();
});

const newAuth = (options: Partial<AuthOptions> = {}): Auth =>
  new Auth({ store, sink, clock, isOpenWithoutTokens: true, rateLimitPerMin: 0, ...options });
const bearer = (secret: string): string => `Bearer ${secret}`;
const UNAUTHENTICATED = { isAllowed: false, code: 'UNAUTHENTICATED', retryAfterMs: 0 };

describe('without a token in the request', () => {
  it('everything is allowed while no token exists on an open address', async () => {
    expect(await newAuth().identify(undefined)).toEqual({
      isAllowed: true,
      caller: { tokenId: null, scopes: 7 },
    });
  });

  it('nothing is allowed on an address that is not open', async () => {
    expect(await newAuth({ isOpenWithoutTokens: false }).identify(undefined)).toEqual(UNAUTHENTICATED);
  });

  it('nothing is allowed once a token exists, within a second of its creation', async () => {
    const auth = newAuth();
    expect((await auth.identify(undefined)).isAllowed).toBe(true);
    store.tokens = [token(1, SECRET)];
    await clock.advance(999);
    expect((await auth.identify(undefined)).isAllowed).toBe(true);
    await clock.advance(1);
    expect(await auth.identify(undefined)).toEqual(UNAUTHENTICATED);
  });

  it('the loopback is open again when every token is revoked', async () => {
    store.tokens = [token(1, SECRET, { revokedAtMs: 5 })];
    expect((await newAuth().identify(undefined)).isAllowed).toBe(true);
  });
});

describe('with a token', () => {
  it('the caller has the scopes of that token and no others', async () => {
    store.tokens = [
      token(1, SECRET, { scopes: Scope.ingest }),
      token(2, OTHER, { scopes: Scope.read | Scope.admin }),
    ];
    const auth = newAuth();
    expect(await auth.identify(bearer(SECRET))).toEqual({
      isAllowed: true,
      caller: { tokenId: 1, scopes: 2 },
    });
    expect(await auth.identify(bearer(OTHER))).toEqual({
      isAllowed: true,
      caller: { tokenId: 2, scopes: 5 },
    });
  });

  it('a wrong one is refused, also where nothing is needed', async () => {
    expect(await newAuth().identify(bearer(SECRET))).toEqual(UNAUTHENTICATED);
    store.tokens = [token(1, SECRET)];
    expect(await newAuth().identify(bearer(OTHER))).toEqual(UNAUTHENTICATED);
  });

  it('a revoked one is refused within a second', async () => {
    store.tokens = [token(1, SECRET)];
    const auth = newAuth({ isOpenWithoutTokens: false });
    expect((await auth.identify(bearer(SECRET))).isAllowed).toBe(true);
    store.tokens = [token(1, SECRET, { revokedAtMs: clock.now() })];
    await clock.advance(1_000);
    expect(await auth.identify(bearer(SECRET))).toEqual(UNAUTHENTICATED);
  });

  it.each([
    ['no scheme', SECRET],
    ['another scheme', `Basic ${SECRET}`],
    ['a token without its prefix', 'Bearer abcdefghijklmnopqrstuvwxyz012345'],
    ['a short token', 'Bearer kst_short'],
    ['an endless token', `Bearer kst_${'a'.repeat(129)}`],
    ['two tokens', `Bearer ${SECRET} ${SECRET}`],
    ['foreign characters', 'Bearer kst_abcdefghijklmnopqrstuvwxyz\u00e9'],
    ['nothing', ''],
  ])('%s is refused', async (_what, authorization) => {
    store.tokens = [token(1, SECRET)];
    expect(await newAuth().identify(authorization)).toEqual(UNAUTHENTICATED);
  });

  it('the database is asked once a second, and once for many requests at the same time', async () => {
    store.tokens = [token(1, SECRET)];
    const auth = newAuth();
    await Promise.all(Array.from({ length: 50 }, () => auth.identify(bearer(SECRET))));
    expect(store.loadsCount).toBe(1);
    await clock.advance(1_000);
    await auth.identify(bearer(SECRET));
    expect(store.loadsCount).toBe(2);
  });

  it('a clock that is set back does not freeze the list of tokens', async () => {
    const auth = newAuth();
    await auth.identify(undefined);
    store.tokens = [token(1, SECRET)];
    clock.set(clock.now() - 3_600_000);
    expect(await auth.identify(undefined)).toEqual(UNAUTHENTICATED);
  });

  it('a store that fails lets nobody in, and is asked again', async () => {
    const failing = { listTokens: () => Promise.reject(new Error('away')) };
    const auth = newAuth({ store: failing });
    await expect(auth.identify(undefined)).rejects.toThrow('away');
    failing.listTokens = () => Promise.resolve([token(1, SECRET)] as never);
    expect((await auth.identify(bearer(SECRET))).isAllowed).toBe(true);
  });
});

describe('the last use of a token', () => {
  it('is written at most once a minute and token', async () => {
    store.tokens = [token(1, SECRET), token(2, OTHER)];
    const auth = newAuth();
    const started = clock.now();
    for (let second = 0; second < 150; second += 1) {
      await auth.identify(bearer(SECRET));
      await clock.advance(1_000);
    }
    await auth.identify(bearer(OTHER));
    expect(sink.commands).toEqual([
      { kind: 'touchToken', tokenId: 1, usedAtMs: started },
      { kind: 'touchToken', tokenId: 1, usedAtMs: started + 60_000 },
      { kind: 'touchToken', tokenId: 1, usedAtMs: started + 120_000 },
      { kind: 'touchToken', tokenId: 2, usedAtMs: started + 150_000 },
    ]);
  });

  it('is not written for refused requests', async () => {
    store.tokens = [token(1, SECRET, { revokedAtMs: 1 })];
    await newAuth().identify(bearer(SECRET));
    await newAuth().identify(undefined);
    expect(sink.commands).toEqual([]);
  });
});

describe('the rate limit', () => {
  const ask = async (auth: Auth, times: number, secret = SECRET): Promise<number> => {
    let allowed = 0;
    for (let i = 0; i < times; i += 1) if ((await auth.identify(bearer(secret))).isAllowed) allowed += 1;
    return allowed;
  };

  it('lets a minute of requests through at once, then tells how long to wait', async () => {
    store.tokens = [token(1, SECRET)];
    const auth = newAuth({ rateLimitPerMin: 30 });
    expect(await ask(auth, 40)).toBe(30);
    // Thirty a minute are one every two seconds.
    expect(await auth.identify(bearer(SECRET))).toEqual({
      isAllowed: false,
      code: 'RATE_LIMITED',
      retryAfterMs: 2_000,
    });
    await clock.advance(1_500);
    expect(await auth.identify(bearer(SECRET))).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 500 });
    await clock.advance(500);
    expect(await ask(auth, 2)).toBe(1);
    await clock.advance(3_600_000);
    expect(await ask(auth, 40)).toBe(30);
  });

  it('is kept for each token on its own', async () => {
    store.tokens = [token(1, SECRET), token(2, OTHER)];
    const auth = newAuth({ rateLimitPerMin: 5 });
    expect(await ask(auth, 9)).toBe(5);
    expect(await ask(auth, 9, OTHER)).toBe(5);
  });

  it('does not refill when the clock is set back', async () => {
    store.tokens = [token(1, SECRET)];
    const auth = newAuth({ rateLimitPerMin: 5 });
    expect(await ask(auth, 9)).toBe(5);
    clock.set(clock.now() - 86_400_000);
    expect(await ask(auth, 1)).toBe(0);
  });

  it('is off at 0, and spares the open loopback', async () => {
    expect((await newAuth({ rateLimitPerMin: 1 }).identify(undefined)).isAllowed).toBe(true);
    store.tokens = [token(1, SECRET)];
    expect(await ask(newAuth(), 500)).toBe(500);
  });
});
