import type { SeededChoice } from './seeded-choice.js';
import type { SimulatedProcess } from './simulated-process.js';

/** A disk that keeps what was synced. Of what was not, a crash keeps any number of bytes, or tears the last of them. */
export class SimulatedDisk {
  /** Writes that were begun and not yet answered. */
  busy = 0;
  readonly #files = new Map<string, { durable: string; cached: string }>();
  readonly #choice: SeededChoice;

  constructor(choice: SeededChoice) {
    this.#choice = choice;
  }

  /** What a crash at this moment would certainly leave. */
  durable(name: string): string {
    return this.#file(name).durable;
  }

  /** Everything in a file, as the process that wrote it sees it. */
  async read(process: SimulatedProcess, name: string): Promise<string> {
    await process.passes(`disk read ${name}`, this.#latency());
    const { durable, cached } = this.#file(name);
    return durable + cached;
  }

  /** Adds to a file, without making it durable. */
  async append(process: SimulatedProcess, name: string, text: string): Promise<void> {
    this.busy += 1;
    const file = this.#file(name);
    await process.passes(`disk append ${name}`, this.#latency());
    file.cached += text;
    this.busy -= 1;
  }

  /** Makes durable what was added before. */
  async sync(process: SimulatedProcess, name: string): Promise<void> {
    this.busy += 1;
    const file = this.#file(name);
    const end = file.durable.length + file.cached.length;
    await process.passes(`disk sync ${name}`, this.#latency());
    // Another sync may have been faster.
    const left = Math.max(0, end - file.durable.length);
    file.durable += file.cached.slice(0, left);
    file.cached = file.cached.slice(left);
    this.busy -= 1;
  }

  /** Replaces a file as a whole, durably. */
  async replace(process: SimulatedProcess, name: string, text: string): Promise<void> {
    await process.passes(`disk replace ${name}`, this.#latency());
    this.#files.set(name, { durable: text, cached: '' });
  }

  /** Keeps so many characters of a file alone, as a restored copy of it would. */
  cut(name: string, length: number): void {
    const file = this.#file(name);
    this.#files.set(name, { durable: file.durable.slice(0, length), cached: '' });
  }

  crash(): void {
    this.busy = 0;
    for (const [name, file] of this.#files) {
      const kept = file.cached.slice(0, this.#choice.integer(0, file.cached.length));
      const isTorn = kept !== '' && this.#choice.chance(0.3);
      this.#files.set(name, { durable: file.durable + (isTorn ? `${kept.slice(0, -1)}#` : kept), cached: '' });
    }
  }

  #file(name: string): { durable: string; cached: string } {
    const found = this.#files.get(name) ?? { durable: '', cached: '' };
    this.#files.set(name, found);
    return found;
  }

  #latency(): number {
    return this.#choice.chance(0.05) ? 200 * this.#choice.next() : 10 * this.#choice.next();
  }
}
