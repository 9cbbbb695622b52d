import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** TypeScript without a bundler, and imports with their endings, need this. */
const MIN_MAJOR = 2;
const OWN = fileURLToPath(new URL('../.tools/k6', import.meta.url));

const HOW_TO = `k6 ${MIN_MAJOR} is needed and was found neither on PATH nor as .tools/k6.
Install it with Go >= 1.25:
  bash load/install-k6.sh
or: go install go.k6.io/k6/v2@v2.2.0   (and put it on PATH)`;

/** The program to run; what is on PATH comes first. Throws with a text for people. */
export function findK6() {
  const found = [];
  for (const program of ['k6', OWN]) {
    if (program === OWN && !isExecutable(OWN)) continue;
    const { status, stdout } = spawnSync(program, ['version'], { encoding: 'utf8' });
    const version = /v(\d+)\.\d+\.\d+/.exec(stdout ?? '');
    if (status !== 0 || version === null) continue;
    if (Number(version[1]) >= MIN_MAJOR) return { program, version: version[0] };
    found.push(version[0]);
  }
  throw new Error(found.length === 0 ? HOW_TO : `k6 ${found.join(', ')} is too old.\n${HOW_TO}`);
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
