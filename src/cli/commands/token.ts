import { createHash, randomBytes } from 'node:crypto';
import { InvalidArgumentError, type Command } from 'commander';
import { systemClock } from '../../app/clock.js';
import { MAX_TOKENS, Scope, SCOPE_NAMES, toScopeNames, type ScopeName } from '../../domain/access.js';
import { StartupError } from '../../domain/errors.js';
import { print } from '../output.js';
import { configFrom, withExistingStore, withStore } from '../session.js';

/** 192 bits: nobody guesses it, so one SHA-256 is enough to store it by. */
const TOKEN_BYTES = 24;
const MAX_NAME_CHARS = 100;

export function addToken(program: Command): void {
  const token = program.command('token').description('Create, list and revoke API tokens');

  token
    .command('create')
    .description('Make a token and print it: it is not shown again')
    .argument('[name]', 'what it is for', 'unnamed')
    .requiredOption(
      '--scope <scopes>',
      `one or more of ${SCOPE_NAMES.join(', ')}, separated by commas`,
      parseScopes,
    )
    .option('--json', 'answer as JSON')
    .action(async (name: string, flags: { scope: number; json?: boolean }) => {
      if (name.length > MAX_NAME_CHARS)
        throw new StartupError(`A name has at most ${MAX_NAME_CHARS} characters`);
      const secret = `kst_${randomBytes(TOKEN_BYTES).toString('base64url')}`;
      await withStore(configFrom({}), async ({ store }) => {
        if ((await store.system.listTokens()).length >= MAX_TOKENS)
          throw new StartupError(`There are ${MAX_TOKENS} tokens already`);
        await store.system.createToken({
          name,
          tokenHash: createHash('sha256').update(secret).digest('hex'),
          scopes: flags.scope,
          createdAtMs: systemClock.now(),
        });
      });
      print(flags.json === true, { name, token: secret, scopes: toScopeNames(flags.scope) }, [secret]);
    });

  token
    .command('list')
    .description('List all tokens, without the tokens themselves')
    .option('--json', 'answer as JSON')
    .action(async (flags: { json?: boolean }) => {
      await withExistingStore(configFrom({}), async ({ store }) => {
        const tokens = (await store.system.listTokens()).map((t) => ({
          id: t.tokenId,
          name: t.name,
          scopes: toScopeNames(t.scopes),
          createdAt: toIso(t.createdAtMs),
          lastUsedAt: toIso(t.lastUsedAtMs),
          revokedAt: toIso(t.revokedAtMs),
        }));
        const lines = tokens.map((t) => {
          const state =
            t.revokedAt === null ? `last used ${t.lastUsedAt ?? 'never'}` : `revoked ${t.revokedAt}`;
          return `${t.id}\t${t.name}\t${t.scopes.join(',')}\tcreated ${t.createdAt ?? ''}\t${state}`;
        });
        print(flags.json === true, tokens, lines.length === 0 ? ['no tokens'] : lines);
      });
    });

  token
    .command('revoke')
    .description('End a token; a running server notices within a second')
    .argument('<id>', 'its number in `token list`', parseId)
    .action(async (id: number) => {
      await withExistingStore(configFrom({}), async ({ store }) => {
        if (!(await store.system.revokeToken(id, systemClock.now())))
          throw new StartupError(`There is no active token ${id}`);
        print(false, null, [`token ${id} is revoked`]);
      });
    });
}

function parseScopes(text: string): number {
  let scopes = 0;
  for (const part of text.split(',').map((word) => word.trim())) {
    const name = SCOPE_NAMES.find((known): known is ScopeName => known === part);
    if (name === undefined) throw new InvalidArgumentError(`"${part}" is none of ${SCOPE_NAMES.join(', ')}.`);
    scopes |= Scope[name];
  }
  return scopes;
}

function parseId(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It is a number.');
  return Number(text);
}

const toIso = (epochMs: number | null): string | null =>
  epochMs === null ? null : new Date(epochMs).toISOString();
