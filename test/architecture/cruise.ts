import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CLI = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');

export interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string; readonly severity: string };
}

export interface CruiseResult {
  readonly violations: readonly Violation[];
  readonly modulesCount: number;
}

/** Checks folders below `base` by the rules found there, with the command that CI uses. */
export async function cruise(base: string, folders: readonly string[]): Promise<CruiseResult> {
  const args = [CLI, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', ...folders];
  const output = await new Promise<string>((resolve, reject) => {
    execFile(
      process.execPath,
      args,
      { cwd: base, maxBuffer: 256 * 1024 * 1024 },
      (_error, stdout, stderr) => {
        // Violations end with an exit code above 0; a result is printed all the same.
        if (stdout === '') reject(new Error(stderr));
        else resolve(stdout);
      },
    );
  });
  const { summary } = JSON.parse(output) as {
    summary: { violations: Violation[]; totalCruised: number };
  };
  return { violations: summary.violations, modulesCount: summary.totalCruised };
}

/** A tree with the repository's own rules: each file imports what it is said to. Packages are empty stand-ins. */
export async function createTree(
  imports: Readonly<Record<string, string>>,
): Promise<{ base: string } & AsyncDisposable> {
  const base = await mkdtemp(join(tmpdir(), 'kinostat-layers-'));
  for (const file of ['.dependency-cruiser.cjs', 'tsconfig.json'])
    await copyFile(join(ROOT, file), join(base, file));
  await write(base, 'package.json', '{ "type": "module" }');
  for (const [file, statement] of Object.entries(imports)) {
    await write(base, file, `${statement}\nexport const x = 1;\n`);
    const target = /['"]([^'"]+)['"]/.exec(statement)?.[1];
    if (target === undefined || target.startsWith('node:')) continue;
    if (!target.startsWith('.')) {
      await write(base, `node_modules/${target}/package.json`, '{ "type": "module", "main": "index.js" }');
      await write(base, `node_modules/${target}/index.js`, 'export const x = 1;\n');
      continue;
    }
    const path = join(dirname(file), target.replace(/\.js$/, '.ts'));
    if (!(path in imports)) await write(base, path, 'export const x = 1;\n');
  }
  return { base, [Symbol.asyncDispose]: () => rm(base, { recursive: true, force: true }) };
}

async function write(base: string, file: string, text: string): Promise<void> {
  await mkdir(dirname(join(base, file)), { recursive: true });
  await writeFile(join(base, file), text);
}
