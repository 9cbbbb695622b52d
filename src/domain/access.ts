/** Scopes are bits: a token has any set of them; `admin` includes the others. */
export const Scope = { read: 1, ingest: 2, admin: 4 } as const;
export type ScopeName = keyof typeof Scope;
export const ALL_SCOPES = Scope.read | Scope.ingest | Scope.admin;
export const SCOPE_NAMES: readonly ScopeName[] = ['read', 'ingest', 'admin'];

export const hasScope = (scopes: number, name: ScopeName): boolean =>
  (scopes & Scope.admin) !== 0 || (scopes & Scope[name]) !== 0;

export const toScopeNames = (scopes: number): ScopeName[] =>
  SCOPE_NAMES.filter((name) => (scopes & Scope[name]) !== 0);

/** An API token as stored: never the token itself, only its SHA-256. */
export interface ApiToken {
  readonly tokenId: number;
  readonly name: string;
  readonly tokenHash: string;
  readonly scopes: number;
  readonly createdAtMs: number;
  readonly lastUsedAtMs: number | null;
  readonly revokedAtMs: number | null;
}

/** Who asks. `tokenId` null is the open loopback. */
export interface Caller {
  readonly tokenId: number | null;
  readonly scopes: number;
}

/** Tokens that can be valid at once: all are kept in memory for comparison. */
export const MAX_TOKENS = 1_000;
