import {
  type Checkpoint,
  type CheckpointStore,
  DatamigratoError,
  type DeadLetter,
  type DeadLetterStore,
  type EntityName,
  type Partition,
} from '../../src/index.js';
import type { SimulatedDisk } from './simulated-disk.js';
import type { SimulatedProcess } from './simulated-process.js';

/** Files of a run on the simulated disk. */
export const files = { checkpoints: 'checkpoints', letters: 'letters', partitions: 'partitions' } as const;

/** What the keeping of a run's state may meet. */
export interface JournalTrouble {
  /** Whether the disk has no room at this moment. */
  readonly isFull: () => boolean;
  /** Hears of every checkpoint before anything of it reaches the disk. */
  readonly onSaving: (checkpoint: Checkpoint) => void;
}

type PartitionLine = { readonly entity: string; readonly partitions: readonly Partition[] };

/** The stores of one process over the disk: a line for each entry, with a checksum, synced before it counts. */
export function openJournal(
  disk: SimulatedDisk,
  process: SimulatedProcess,
  trouble: JournalTrouble,
): { readonly checkpoints: Required<CheckpointStore>; readonly letters: DeadLetterStore } {
  const add = async (file: string, entries: readonly unknown[]): Promise<void> => {
    await process.whileAlive();
    if (trouble.isFull()) {
      await process.passes(`disk full for ${file}`, 1);
      throw new DatamigratoError({ code: 'DM_TEST_DISK_FULL', category: 'endpoint', message: 'no room on the disk' });
    }
    await disk.append(process, file, entries.map(lineOf).join(''));
    await disk.sync(process, file);
  };
  const recover = async <Entry>(file: string): Promise<readonly Entry[]> => {
    const text = await disk.read(process, file);
    const { entries, length } = entriesOf<Entry>(text);
    // What follows a torn line would be glued to it.
    if (length < text.length) await disk.replace(process, file, text.slice(0, length));
    return entries;
  };
  return {
    checkpoints: {
      async load() {
        const latest = new Map<string, Checkpoint>();
        for (const checkpoint of await recover<Checkpoint>(files.checkpoints))
          latest.set(JSON.stringify([checkpoint.source, checkpoint.target, checkpoint.partition.id]), checkpoint);
        // Repairs the letters too, before the first is added.
        await recover<DeadLetter>(files.letters);
        return [...latest.values()];
      },
      async save(checkpoint) {
        await process.whileAlive();
        trouble.onSaving(checkpoint);
        await add(files.checkpoints, [checkpoint]);
      },
      partitions: {
        async load(source, target) {
          const lines = await recover<PartitionLine>(files.partitions);
          return lines.find((line) => line.entity === entityOf(source, target))?.partitions;
        },
        save: (source, target, partitions) =>
          add(files.partitions, [{ entity: entityOf(source, target), partitions } satisfies PartitionLine]),
      },
    },
    letters: { append: (letters) => add(files.letters, letters) },
  };
}

/** The entries of a file up to the first line that is not whole, and the length of the text that they take. */
export function entriesOf<Entry>(text: string): { readonly entries: readonly Entry[]; readonly length: number } {
  const entries: Entry[] = [];
  let length = 0;
  for (;;) {
    const end = text.indexOf('\n', length);
    if (end < 0) return { entries, length };
    const json = text.slice(length + 9, end);
    if (text.slice(length, length + 9) !== `${checksum(json)} `) return { entries, length };
    entries.push(JSON.parse(json) as Entry);
    length = end + 1;
  }
}

function entityOf(source: EntityName, target: EntityName): string {
  return JSON.stringify([source, target]);
}

function lineOf(entry: unknown): string {
  const json = JSON.stringify(entry);
  return `${checksum(json)} ${json}\n`;
}

/** FNV-1a in 32 bits, as 8 hexadecimal digits. */
function checksum(text: string): string {
  let sum = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    sum = Math.imul(sum ^ text.charCodeAt(index), 0x01000193);
  }
  return (sum >>> 0).toString(16).padStart(8, '0');
}
