import { clearInterval, setInterval } from 'node:timers';

const EVERY_MS = 1_000;
/** What a server may grow from the second third of a long run to the last, and still count as flat. */
const MAX_GROWTH = 1.1;

/** Follows the resident memory of a server while it is under load, by its own metrics. */
export class ResidentMemory {
  #samplesMb = [];
  #timer;

  constructor(url) {
    this.#timer = setInterval(() => void this.#sample(url), EVERY_MS);
  }

  async #sample(url) {
    try {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      const bytes = /^kinostat_process_resident_memory_bytes (\S+)$/m.exec(metrics)?.[1];
      if (bytes !== undefined) this.#samplesMb.push(Number(bytes) / 2 ** 20);
    } catch {
      // A server that does not answer fails the run elsewhere.
    }
  }

  /** MB: medians of the thirds of the run, and whether the last is as good as the second. */
  stop() {
    clearInterval(this.#timer);
    const third = Math.floor(this.#samplesMb.length / 3);
    const [first, second, last] = [0, 1, 2].map((n) =>
      median(this.#samplesMb.slice(n * third, (n + 1) * third)),
    );
    return { first, second, last, isFlat: third > 0 && last <= second * MAX_GROWTH };
  }
}

const median = (values) => Math.round(values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0);
