import { isDeepStrictEqual } from 'node:util';
import type { Checkpoint, EntityName, Json, Ledger, Partition } from '@datamigrato/core';
import { addLedgers, emptyLedger } from '@datamigrato/core';
import {
  groupShape,
  headerShape,
  type JournalEntry,
  type JournalHeader,
  journalSchema,
  type PartitionsEntry,
  type RunOutcome,
} from './journal-entry.js';
import { readJournalLines } from './journal-line.js';
import { untrusted } from './state-errors.js';

/** What a journal says: the newest of everything. */
export interface JournalState {
  readonly header: Omit<JournalHeader, 'entries'>;
  /** Groups of entries made durable so far. */
  readonly sequence: number;
  readonly contents: JournalContents;
  /** Bytes of a last line that a crash cut short; 0 where there was none. */
  readonly torn: number;
}

/** The newest of everything that entries said, in memory. */
export class JournalContents {
  readonly #cuts = new Map<string, Cut>();
  readonly #checkpoints = new Map<string, Checkpoint>();
  #outcome: RunOutcome | undefined;

  /** Why an entry cannot follow what was said before, or undefined where it can. */
  refusal(entry: JournalEntry): string | undefined {
    if (entry.type === 'partitions')
      return this.#cuts.has(placeOf(entry)) ? `${entry.source} is cut a second time` : undefined;
    if (entry.type !== 'checkpoint') return undefined;
    const { source, partition } = entry.checkpoint;
    const cut = this.#cuts.get(placeOf(entry.checkpoint));
    return cut === undefined || isDeepStrictEqual(cut.ranges.get(partition.id), partition.range)
      ? undefined
      : `${source} has no such partition as ${partition.id}`;
  }

  add(entry: JournalEntry): void {
    switch (entry.type) {
      case 'partitions':
        this.#cuts.set(placeOf(entry), {
          entry,
          ranges: new Map(entry.partitions.map(({ id, range }) => [id, range])),
        });
        break;
      case 'checkpoint': {
        const { source, target, partition } = entry.checkpoint;
        this.#checkpoints.set(JSON.stringify([source, target, partition.id]), entry.checkpoint);
        break;
      }
      case 'ended':
        this.#outcome = entry.outcome;
        break;
    }
  }

  /** The newest checkpoint of each partition. */
  get checkpoints(): readonly Checkpoint[] {
    return [...this.#checkpoints.values()];
  }

  /** How the run ended last, or undefined where it did not get to saying so. */
  get outcome(): RunOutcome | undefined {
    return this.#outcome;
  }

  /** Forgets how the run ended: it goes on. */
  reopen(): void {
    this.#outcome = undefined;
  }

  partitions(source: EntityName, target: EntityName): readonly Partition[] | undefined {
    return this.#cuts
      .get(placeOf({ source, target }))
      ?.entry.partitions.map(({ id, range }) => ({ entity: source, id, range }));
  }

  /** Partitions that are recorded, and how many of them are finished. */
  get progress(): { readonly partitions: number; readonly finished: number } {
    let partitions = 0;
    for (const cut of this.#cuts.values()) partitions += cut.ranges.size;
    return { partitions, finished: this.checkpoints.filter((checkpoint) => checkpoint.finished).length };
  }

  get ledger(): Ledger {
    return this.checkpoints.map((checkpoint) => checkpoint.ledger).reduce(addLedgers, emptyLedger);
  }

  /** The fewest entries that say the same. */
  entries(): readonly JournalEntry[] {
    return [
      ...[...this.#cuts.values()].map((cut) => cut.entry),
      ...this.checkpoints.map((checkpoint) => ({ type: 'checkpoint' as const, checkpoint })),
      ...(this.#outcome === undefined ? [] : [{ type: 'ended' as const, outcome: this.#outcome }]),
    ];
  }
}

interface Cut {
  readonly entry: PartitionsEntry;
  readonly ranges: ReadonlyMap<string, Json>;
}

function placeOf({ source, target }: { readonly source: EntityName; readonly target: EntityName }): string {
  return JSON.stringify([source, target]);
}

/**
 * What the bytes of a journal say.
 *
 * @throws DatamigratoError `DM_STATE_UNTRUSTED` unless all of it is what was written, but for a last line that a crash cut short.
 */
export function readJournalState(bytes: Buffer, path: string): JournalState {
  const { contents: lines, torn } = readJournalLines(bytes, path);
  const [first, ...groups] = lines;
  const { entries, ...header } = readHeader(first, path);
  const contents = new JournalContents();
  let { sequence } = header;
  const add = (more: readonly JournalEntry[], line: number): void => {
    for (const entry of more) {
      const why = contents.refusal(entry);
      if (why !== undefined) throw untrusted(path, `line ${line} does not follow from what stands before it: ${why}`);
      contents.add(entry);
    }
  };
  add(entries, 1);
  for (const [index, group] of groups.entries()) {
    const parsed = groupShape.safeParse(group);
    if (!parsed.success) throw untrusted(path, `line ${index + 2} is no group of entries`);
    if (parsed.data.epoch !== header.epoch || parsed.data.sequence !== sequence + 1)
      throw untrusted(path, `line ${index + 2} is out of order`);
    sequence += 1;
    add(parsed.data.entries, index + 2);
  }
  return { header, sequence, contents, torn };
}

function readHeader(content: unknown, path: string): JournalHeader {
  const parsed = headerShape.safeParse(content);
  if (parsed.success) return parsed.data;
  const schema = typeof content === 'object' && content !== null && 'schema' in content ? content.schema : undefined;
  throw untrusted(
    path,
    typeof schema === 'string' && schema.startsWith('datamigrato.journal/') && schema !== journalSchema
      ? `it is of format ${schema.slice(0, 40)}, which another version of this program writes`
      : 'it does not begin like a journal',
  );
}
