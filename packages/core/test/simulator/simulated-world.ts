import { createHash } from 'node:crypto';
import type { Scenario } from './scenario.js';
import { createSeededChoice, type SeededChoice } from './seeded-choice.js';
import { SimulatedDisk } from './simulated-disk.js';
import { SimulatedStore } from './simulated-store.js';

/** Something under way outside of the program, whose effect is still to come. */
export interface UnderWay {
  readonly what: string;
  readonly apply: () => void;
  /** Whether the program still waits for it. */
  readonly isAwaited: () => boolean;
}

/** What outlives the program: the stores, the disk, requests on their way, and the record of all that happened. */
export class SimulatedWorld {
  readonly scenario: Scenario;
  readonly choice: SeededChoice;
  readonly store: SimulatedStore;
  readonly disk: SimulatedDisk;
  readonly underWay = new Set<UnderWay>();
  /** What was found wrong, in order. */
  readonly faults: string[] = [];
  /** Readings of the source that were begun and not yet freed. */
  openReadings = 0;
  /** Every step in words, where they are kept. */
  readonly lines: string[] | undefined;
  readonly #trace = createHash('sha256');
  #late: (() => void)[] = [];

  constructor(scenario: Scenario, keepLines: boolean) {
    this.scenario = scenario;
    this.choice = createSeededChoice(scenario.seed ^ 0x5eed);
    this.store = new SimulatedStore(scenario);
    this.disk = new SimulatedDisk(this.choice);
    this.lines = keepLines ? [] : undefined;
  }

  /** Adds a line to the trace. */
  note(line: string): void {
    this.#trace.update(line).update('\n');
    this.lines?.push(line);
  }

  /** Says that something that must never happen has happened. */
  blame(fault: string): void {
    this.note(`FAULT ${fault}`);
    this.faults.push(fault);
  }

  /** SHA-256 of everything that happened, in hexadecimal. Ends the trace. */
  finishTrace(): string {
    return this.#trace.digest('hex');
  }

  /** A program that has ended waits for nothing and holds nothing. */
  checkLeftOver(): void {
    for (const request of this.underWay)
      if (request.isAwaited()) this.blame(`the run is over while this is under way: ${request.what}`);
    if (this.openReadings > 0) this.blame(`${this.openReadings} readings of the source are left open`);
    const saving = this.disk.busy;
    if (saving > 0) this.blame(`the run is over while ${saving} writes to the disk are under way`);
  }

  /** The program is gone: what it had under way arrives now, later or never, and the disk keeps what was synced and perhaps some of the rest. */
  crash(): void {
    for (const request of this.underWay) {
      const fate = this.choice.integer(0, this.scenario.lateWrites ? 2 : 1);
      this.note(`${['lost', 'arrived', 'late'][fate]} ${request.what}`);
      if (fate === 1) request.apply();
      if (fate === 2) this.#late.push(request.apply);
    }
    this.underWay.clear();
    this.openReadings = 0;
    this.disk.crash();
  }

  /** Now and then a request of an earlier process arrives. */
  lateArrivals(): void {
    if (this.#late.length === 0 || !this.choice.chance(0.1)) return;
    this.note('a late request arrives');
    this.#late.shift()?.();
  }

  /** Everything that is still on its way arrives. */
  settle(): void {
    for (const apply of this.#late) apply();
    this.#late = [];
  }
}
