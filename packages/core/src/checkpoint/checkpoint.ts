import type { Json } from '../connector/call-options.js';
import type { Partition } from '../connector/source.js';
import type { EntityName } from '../schema/entity-schema.js';
import type { DigestState } from '../value/digest-sum.js';
import type { DeadLetter } from './dead-letter.js';

/** What became of the records of a partition, an entity or a migration. Always `read = written + unchanged + dead + filtered`. */
export interface Ledger {
  readonly read: number;
  readonly written: number;
  readonly unchanged: number;
  readonly dead: number;
  readonly filtered: number;
}

/** What is durably known to be finished of one partition. */
export interface Checkpoint {
  readonly source: EntityName;
  readonly target: EntityName;
  readonly partition: { readonly id: string; readonly range: Json };
  /** Where to go on: the end of the unbroken run of finished batches. Null before the first. */
  readonly position: Json;
  readonly finished: boolean;
  readonly ledger: Ledger;
  readonly bytes: number;
  /** Digest of the records acknowledged by the target, of this run's secret key. */
  readonly digest: DigestState;
}

/** Where checkpoints live. Saving has succeeded only once the checkpoint would survive a crash. */
export interface CheckpointStore {
  load(): Promise<readonly Checkpoint[]>;
  save(checkpoint: Checkpoint): Promise<void>;
  /** How entities were cut. A store without it is asked for checkpoints of the same partition ids alone, and a source that is cut differently starts over. */
  readonly partitions?: PartitionStore;
}

/**
 * Where the cut of each entity lives, from its first run on.
 *
 * Data move between two runs and a source may then be cut at other places. Positions belong to the partitions they were reached in, so a run that is taken up again uses the partitions of the first.
 */
export interface PartitionStore {
  /** The partitions of an entity as they were saved, or undefined where none were. */
  load(source: EntityName, target: EntityName): Promise<readonly Partition[] | undefined>;
  /** Called once for an entity, before any of its partitions is read. Has succeeded only once the partitions would survive a crash. */
  save(source: EntityName, target: EntityName, partitions: readonly Partition[]): Promise<void>;
}

/** Where dead letters live. Appending has succeeded only once the letters would survive a crash. */
export interface DeadLetterStore {
  append(letters: readonly DeadLetter[]): Promise<void>;
}

/** Checkpoints that last as long as the process. */
export function createMemoryCheckpointStore(): CheckpointStore {
  const checkpoints = new Map<string, Checkpoint>();
  const cuts = new Map<string, readonly Partition[]>();
  return {
    partitions: {
      load: async (source, target) => cuts.get(JSON.stringify([source, target])),
      async save(source, target, partitions) {
        cuts.set(JSON.stringify([source, target]), partitions);
      },
    },
    load: async () => [...checkpoints.values()],
    async save(checkpoint) {
      checkpoints.set(JSON.stringify([checkpoint.source, checkpoint.target, checkpoint.partition.id]), checkpoint);
    },
  };
}

/** Dead letters that last as long as the process, in the order in which they came. */
export function createMemoryDeadLetterStore(): DeadLetterStore & { readonly letters: readonly DeadLetter[] } {
  const letters: DeadLetter[] = [];
  return {
    letters,
    async append(more) {
      letters.push(...more);
    },
  };
}

/** A ledger with nothing in it. */
export const emptyLedger: Ledger = { read: 0, written: 0, unchanged: 0, dead: 0, filtered: 0 };

/** The sum of two ledgers. */
export function addLedgers(left: Ledger, right: Ledger): Ledger {
  return {
    read: left.read + right.read,
    written: left.written + right.written,
    unchanged: left.unchanged + right.unchanged,
    dead: left.dead + right.dead,
    filtered: left.filtered + right.filtered,
  };
}
