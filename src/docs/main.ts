import { writeFile } from 'node:fs/promises';
import { packagePath } from '../app/package-info.js';
import { generatedFiles } from './generated-files.js';

for (const [path, text] of await generatedFiles()) {
  await writeFile(packagePath(path), text);
  process.stdout.write(`${path}\n`);
}
