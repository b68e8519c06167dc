import type { Checkpoint, MigrationEvent } from '../../src/index.js';
import { bytesPerRecord } from './native-record.js';
import { entriesOf, files } from './simulated-journal.js';
import type { SimulatedWorld } from './simulated-world.js';

/**
 * Watches that a run which is taken up again reads little twice: per partition no more than the checkpoint interval and the window of records under way.
 *
 * While a checkpoint is being saved records move on, so there is no bound at a moment at which the disk is busy.
 */
export class RereadBound {
  readAgain = 0;
  /** Partitions, at the end of a process, to which the bound applied. */
  checked = 0;
  readonly #world: SimulatedWorld;
  /** How far the process has taken records out of the source, by entity and partition. */
  readonly #reached = new Map<string, number>();

  constructor(world: SimulatedWorld) {
    this.#world = world;
  }

  onEvent(event: MigrationEvent): void {
    if (event.type !== 'batch-read') return;
    const place = placeOf(event.source, event.partition);
    const before = this.#reached.get(place) ?? Math.max(this.#durable().get(place) ?? 0, startOf(place));
    this.#reached.set(place, before + event.records);
  }

  /** At the end of a process, before the disk loses anything: compares how far it had read with what the disk says. */
  check(isResumable: boolean): void {
    const { settings, losesCheckpoints } = this.#world.scenario;
    const { bytesInFlight = 0, batchRecords = 0, checkpointInterval } = settings;
    const most = (checkpointInterval?.records ?? 0) + bytesInFlight / bytesPerRecord + 3 * batchRecords;
    const isBounded = isResumable && !losesCheckpoints && this.#world.disk.busy === 0;
    const durable = this.#durable();
    for (const [place, furthest] of this.#reached) {
      const again = furthest - Math.max(durable.get(place) ?? 0, startOf(place));
      this.readAgain += again;
      if (!isBounded) continue;
      this.checked += 1;
      if (again > most) this.#world.blame(`${again} records of ${place} would be read again, more than ${most}`);
    }
    this.#reached.clear();
  }

  #durable(): ReadonlyMap<string, number> {
    const { entries } = entriesOf<Checkpoint>(this.#world.disk.durable(files.checkpoints));
    return new Map(
      entries.map(({ source, partition, position }) => [
        placeOf(source, partition.id),
        position === null ? 0 : (position as { readonly read: number }).read,
      ]),
    );
  }
}

function placeOf(entity: string, partition: string): string {
  return `${entity} ${partition}`;
}

/** The first record of a partition, which its id begins with. */
function startOf(place: string): number {
  return Number.parseInt(place.slice(place.indexOf(' ') + 1), 10);
}
