import type { Runtime } from '../../src/index.js';
import { createVirtualRuntime, type VirtualRuntime } from '../virtual-runtime.js';
import type { SeededChoice } from './seeded-choice.js';
import type { SimulatedWorld } from './simulated-world.js';

/** When the outside interferes with a process, counted in its steps. */
export interface Interference {
  readonly killAt: number | undefined;
  readonly stopAt: number | undefined;
  readonly abandonAt: number | undefined;
}

/** How a process ended. */
export type Ending<Result> =
  | { readonly type: 'killed' }
  | { readonly type: 'finished'; readonly result: Result }
  | { readonly type: 'failed'; readonly error: unknown }
  | { readonly type: 'hung'; readonly error: unknown };

/** Steps after which a process is taken to run in circles. */
const mostSteps = 50_000;

/**
 * One life of the program, on a clock of its own.
 *
 * Whatever it does outside of itself goes through {@link passes}, one thing at a time in an order that chance decides. At any of these moments it may be killed:
 * then nothing it awaits ever answers again, and nothing of it is left but what it did outside.
 */
export class SimulatedProcess {
  readonly runtime: VirtualRuntime;
  /** The runtime as the program sees it. */
  readonly visibleRuntime: Runtime;
  readonly stop = new AbortController();
  readonly abandon = new AbortController();
  /** Sleeps of the program that nothing has ended yet. */
  sleeping = 0;
  steps = 0;
  /** What was about to happen, or had just happened, when the program was killed. */
  killedAt: string | undefined;
  #state: 'alive' | 'killed' | 'ended' = 'alive';
  #die: () => void = () => {};
  readonly #death = new Promise<void>((resolve) => {
    this.#die = resolve;
  });
  readonly #world: SimulatedWorld;
  readonly #interference: Interference;

  constructor(world: SimulatedWorld, seed: number, interference: Interference) {
    this.#world = world;
    this.#interference = interference;
    const runtime = createVirtualRuntime(seed);
    this.runtime = runtime;
    this.visibleRuntime = {
      monotonicNow: runtime.monotonicNow,
      wallClock: runtime.wallClock,
      random: runtime.random,
      sleep: (milliseconds, signal) => {
        this.sleeping += 1;
        const awake = (): void => {
          this.sleeping -= 1;
        };
        const sleep = runtime.sleep(milliseconds, signal);
        sleep.then(awake, awake);
        return sleep;
      },
    };
  }

  get choice(): SeededChoice {
    return this.#world.choice;
  }

  get isAlive(): boolean {
    return this.#state === 'alive';
  }

  /** Whether something that the program began may still have its effect: not once it is killed, for then the world decides. */
  get isKilled(): boolean {
    return this.#state === 'killed';
  }

  /** Lives until the program is over or killed, then lets what it left under way outside come to its end. */
  async live<Result>(program: () => Promise<Result>): Promise<Ending<Result>> {
    let ending: Ending<Result> = { type: 'killed' };
    const over = program().then(
      (result) => {
        ending = { type: 'finished', result };
      },
      (error: unknown) => {
        ending = { type: 'failed', error };
      },
    );
    try {
      await this.runtime.run(Promise.race([over, this.#death]));
    } catch (error) {
      this.#state = 'ended';
      return { type: 'hung', error };
    }
    if (this.isKilled) return { type: 'killed' };
    this.#world.note(`over ${ending.type}`);
    if (this.sleeping > 0) this.#world.blame(`${this.sleeping} sleeps are left behind`);
    this.#world.checkLeftOver();
    this.#state = 'ended';
    await this.runtime.advance(3_600_000);
    return ending;
  }

  /** Takes so long outside of the program; the program may be killed before, meanwhile or afterwards. */
  async passes(what: string, milliseconds: number): Promise<void> {
    await this.#step(`begin ${what}`);
    await this.runtime.sleep(milliseconds, new AbortController().signal);
    if (this.#state === 'ended') return;
    await this.#step(`end ${what}`);
  }

  /** Goes on at once while the program lives, and never once it does not: nobody hears an answer any more. */
  async whileAlive(): Promise<void> {
    if (!this.isAlive) await forEver();
  }

  /** A moment at which the program may be killed; then it never gets past it. */
  async #step(what: string): Promise<void> {
    if (this.#state === 'ended') this.#world.blame(`after its end the program goes on with: ${what}`);
    if (this.#state !== 'alive') return forEver();
    this.steps += 1;
    this.#world.note(`${this.steps} ${this.runtime.monotonicNow().toFixed(3)} ${what}`);
    this.#world.lateArrivals();
    const { killAt, stopAt, abandonAt } = this.#interference;
    if (this.steps === killAt) {
      this.#world.note('killed');
      this.killedAt = /^(begin|end) (source \w+|target \w+|disk \w+ \w+|\w+)/.exec(what)?.[0];
      this.#state = 'killed';
      this.#die();
      return forEver();
    }
    if (this.steps === stopAt) this.stop.abort(new Error('asked to stop'));
    if (this.steps === abandonAt) this.abandon.abort(new Error('asked to end at once'));
    if (this.steps > mostSteps) {
      this.#world.blame('the program runs in circles');
      this.#state = 'killed';
      this.#die();
      return forEver();
    }
  }
}

function forEver(): Promise<never> {
  return new Promise(() => {});
}
