import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { REPOSITORY_ROOT } from './mpv-player.js';

/** Writes down what the tests did and got, for people; paths of this machine are replaced. */
export class RunTranscript {
  readonly #lines: string[] = [];
  readonly #temporaryDirectory: string;
  #startedMs = 0;
  #isInActions = false;

  constructor(temporaryDirectory: string) {
    this.#temporaryDirectory = temporaryDirectory;
  }

  heading(text: string): void {
    this.#lines.push('', `## ${text}`);
    this.#isInActions = false;
    this.#startedMs = performance.now();
  }

  action(text: string): void {
    const seconds = (performance.now() - this.#startedMs) / 1000;
    if (!this.#isInActions) this.#lines.push('', '| seconds | action |', '| ---: | --- |');
    this.#isInActions = true;
    this.#lines.push(`| ${seconds.toFixed(2)} | ${text} |`);
  }

  block(title: string, text: string): void {
    this.#isInActions = false;
    this.#lines.push('', `${title}:`, '', '```text', text.trim(), '```');
  }

  table(title: string, header: readonly string[], rows: readonly (readonly string[])[]): void {
    this.#isInActions = false;
    const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
    const rule = line(header.map(() => '---'));
    this.#lines.push('', `${title}:`, '', line(header), rule, ...rows.map(line));
  }

  /** To the file named by KINOSTAT_E2E_TRANSCRIPT, when it is set. */
  write(): void {
    const file = process.env.KINOSTAT_E2E_TRANSCRIPT;
    if (file === undefined || file === '') return;
    const text = [
      '# mpv, the client and the server: one run',
      '',
      'Written by `npm run test:e2e`. A headless mpv plays a generated video of 30 seconds with the subtitles in',
      '`test/e2e/fixtures/` and is driven through its JSON socket. The expected numbers are computed from the subtitle',
      'file and the path that was played, by other code than the one under test.',
      ...this.#lines,
      '',
    ]
      .join('\n')
      .replaceAll(this.#temporaryDirectory, '<tmp>')
      .replaceAll(REPOSITORY_ROOT.replace(/\/$/u, ''), '.');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
