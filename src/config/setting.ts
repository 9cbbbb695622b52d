/** One thing an operator can set. docs/configuration.md is generated from this list. */
export type Setting =
  | (Shared & {
      readonly type: 'integer';
      readonly default: number;
      readonly min: number;
      readonly max: number;
    })
  | (Shared & { readonly type: 'choice'; readonly default: string; readonly choices: readonly string[] })
  | (Shared & { readonly type: 'text'; readonly default: string })
  | (Shared & { readonly type: 'list'; readonly default: readonly string[] })
  | (Shared & { readonly type: 'boolean'; readonly default: boolean });

interface Shared {
  readonly env: string;
  readonly description: string;
  /** Never printed. */
  readonly isSecret?: boolean;
  /** Also `--flag` of `kinostat serve`. */
  readonly flag?: string;
}

/** A whole number between two bounds. */
export const integer = (
  env: string,
  fallback: number,
  min: number,
  max: number,
  description: string,
  flag?: string,
) => ({ type: 'integer', env, default: fallback, min, max, description, ...(flag && { flag }) }) as const;
