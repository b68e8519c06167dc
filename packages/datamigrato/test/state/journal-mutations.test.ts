import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDatamigratoError } from '@datamigrato/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { readJournalState } from '../../src/state/journal-state.js';
import { checkpoint, films, journalPath, openStore, partitions } from './run-fixture.js';
import { numbers } from './seeded-numbers.js';
import { runFolder } from './temporary-folder.js';

/** A journal with what it said after each of its lines. */
interface History {
  readonly folder: string;
  readonly bytes: Buffer;
  /** What the first n + 1 lines say, as text. */
  readonly states: readonly string[];
}

const saves = 24;

/** Writes a journal whose first line already says something, as after a compaction. */
async function history(step: number): Promise<History> {
  const folder = await runFolder();
  {
    await using store = await openStore(folder, 'create');
    await store.partitions.save(films, films, partitions);
    for (let partition = 0; partition < 4; partition += 1) await store.save(checkpoint(partition, step));
  }
  await using store = await openStore(folder, 'resume');
  for (let save = 1; save <= saves; save += 1) await store.save(checkpoint(save, step * (1 + save), save > 20));
  await store.end({ status: 'interrupted', at: '2026-11-24T10:00:00.000Z', code: 'DM_INTERRUPTED' });
  const bytes = await readFile(await journalPath(folder));
  const states: string[] = [];
  for (let feed = bytes.indexOf(10); feed !== -1; feed = bytes.indexOf(10, feed + 1))
    states.push(said(bytes.subarray(0, feed + 1)));
  return { folder, bytes, states };
}

function said(bytes: Buffer): string {
  return JSON.stringify(readJournalState(bytes, 'journal').contents.entries());
}

type Mutation = (bytes: Buffer, below: (limit: number) => number, other: Buffer) => Buffer;

const linesOf = (bytes: Buffer): Buffer[] => {
  const lines: Buffer[] = [];
  let start = 0;
  for (let feed = bytes.indexOf(10); feed !== -1; feed = bytes.indexOf(10, start)) {
    lines.push(bytes.subarray(start, feed + 1));
    start = feed + 1;
  }
  return lines;
};
const take = (lines: Buffer[], index: number): Buffer => lines[index] as Buffer;

const mutations: Readonly<Record<string, Mutation>> = {
  'a flipped bit': (bytes, below) => {
    const changed = Buffer.from(bytes);
    const at = below(changed.length);
    changed[at] = (changed[at] as number) ^ (1 << below(8));
    return changed;
  },
  'several flipped bits': (bytes, below) => {
    const changed = Buffer.from(bytes);
    for (let count = 2 + below(6); count > 0; count -= 1) {
      const at = below(changed.length);
      changed[at] = (changed[at] as number) ^ (1 << below(8));
    }
    return changed;
  },
  'another byte': (bytes, below) => {
    const changed = Buffer.from(bytes);
    const at = below(changed.length);
    changed[at] = ((changed[at] as number) + 1 + below(255)) % 256;
    return changed;
  },
  'a stretch of zeros': (bytes, below) => {
    const start = below(bytes.length);
    return Buffer.from(bytes).fill(0, start, Math.min(bytes.length, start + 1 + below(600)));
  },
  'a missing stretch': (bytes, below) => {
    const start = below(bytes.length);
    return Buffer.concat([bytes.subarray(0, start), bytes.subarray(start + 1 + below(600))]);
  },
  'a repeated stretch': (bytes, below) => {
    const start = below(bytes.length);
    return Buffer.concat([bytes.subarray(0, start + 1 + below(600)), bytes.subarray(start)]);
  },
  'a missing line': (bytes, below) => {
    const lines = linesOf(bytes);
    return Buffer.concat(lines.toSpliced(below(lines.length), 1));
  },
  'a repeated line': (bytes, below) => {
    const lines = linesOf(bytes);
    return Buffer.concat(lines.toSpliced(below(lines.length + 1), 0, take(lines, below(lines.length))));
  },
  'two lines swapped': (bytes, below) => {
    const lines = linesOf(bytes);
    const first = below(lines.length - 1);
    const second = first + 1 + below(lines.length - first - 1);
    return Buffer.concat(lines.with(first, take(lines, second)).with(second, take(lines, first)));
  },
  'a line of another run in place of its own': (bytes, below, other) => {
    const lines = linesOf(bytes);
    const at = below(lines.length);
    return Buffer.concat(lines.with(at, take(linesOf(other), at)));
  },
  'a line of another run more': (bytes, below, other) => {
    const lines = linesOf(bytes);
    const at = below(lines.length);
    return Buffer.concat(lines.toSpliced(at + 1, 0, take(linesOf(other), at)));
  },
  'the rest of another run': (bytes, below, other) => {
    const at = 1 + below(linesOf(bytes).length - 1);
    return Buffer.concat([...linesOf(bytes).slice(0, at), ...linesOf(other).slice(at)]);
  },
  'something behind its end': (bytes, below) => {
    const more = Buffer.alloc(1 + below(400));
    for (let index = 0; index < more.length; index += 1) more[index] = below(256);
    return Buffer.concat([bytes, more]);
  },
  'zeros behind its end': (bytes, below) => Buffer.concat([bytes, Buffer.alloc(1 + below(5000))]),
  'cut short': (bytes, below) => bytes.subarray(0, below(bytes.length)),
};

let one: History;
let other: History;
beforeAll(async () => {
  one = await history(1000);
  other = await history(1001);
});

describe('R-10, S-19: a journal that is not what was written', () => {
  it('10,000 changes: each is refused, or leaves what was durable before', () => {
    const seed = 20261124;
    const below = numbers(seed);
    const names = Object.keys(mutations);
    const counts = { refused: 0, fellBack: 0, unharmed: 0, unchanged: 0 };
    for (let round = 0; round < 10_000; round += 1) {
      const name = names[round % names.length] as string;
      const changed = (mutations[name] as Mutation)(one.bytes, below, other.bytes);
      let state: string;
      try {
        state = said(changed);
      } catch (error) {
        if (!isDatamigratoError(error) || error.code !== 'DM_STATE_UNTRUSTED') throw error;
        counts.refused += 1;
        continue;
      }
      const line = one.states.lastIndexOf(state);
      expect(line, `seed ${seed}, round ${round}: ${name} was taken for what nobody wrote`).toBeGreaterThanOrEqual(0);
      expect(line).toBeGreaterThanOrEqual(wholeLines(changed) - 1);
      const end = one.states.length - 1;
      if (changed.equals(one.bytes)) counts.unchanged += 1;
      else if (line === end) counts.unharmed += 1;
      else counts.fellBack += 1;
    }
    expect(counts.refused).toBeGreaterThan(5000);
    expect(counts.fellBack).toBeGreaterThan(500);
    expect(counts.unharmed).toBeGreaterThan(500);
    expect(counts.unchanged).toBeLessThan(100);
  }, 60_000);

  it('one bit of each of its bytes', () => {
    const end = one.states.length - 1;
    let refused = 0;
    for (let at = 0; at < one.bytes.length; at += 1) {
      const changed = Buffer.from(one.bytes);
      changed[at] = (changed[at] as number) ^ (1 << (at % 8));
      let state: string;
      try {
        state = said(changed);
      } catch (error) {
        if (!isDatamigratoError(error)) throw error;
        refused += 1;
        continue;
      }
      // A bit of the last line, or of the line feed that sets it off from the one before.
      expect(one.states.slice(end - 2, end)).toContain(state);
    }
    expect(refused).toBeGreaterThan(0.9 * one.bytes.length);
    expect(refused).toBeLessThan(one.bytes.length);
  }, 60_000);

  it('a whole run folder: 300 changes to any of its files are refused, or harmless', async () => {
    const seed = 7;
    const below = numbers(seed);
    const names = Object.keys(mutations);
    const files = (await readdir(one.folder)).sort();
    expect(files).toEqual(['digest-key', 'holder-2.json', 'journal-2.ndjson']);
    const counts = { refused: 0, taken: 0 };
    for (let round = 0; round < 300; round += 1) {
      const folder = await runFolder();
      await cp(one.folder, folder, { recursive: true });
      const file = files[round % files.length] as string;
      const bytes = await readFile(join(folder, file));
      const change = mutations[names[below(5)] as string] as Mutation;
      await writeFile(join(folder, file), change(bytes, below, bytes));
      try {
        await using store = await openStore(folder, 'resume', { lease: { length: 15_000, renewal: 2 } });
        expect(await store.load(), `seed ${seed}, round ${round}`).toEqual(newestCheckpoints());
        counts.taken += 1;
      } catch (error) {
        if (!isDatamigratoError(error) || error.code !== 'DM_STATE_UNTRUSTED') throw error;
        counts.refused += 1;
      }
      expect((await readdir(dirname(folder))).length).toBe(1);
    }
    expect(counts.refused).toBeGreaterThan(150);
    expect(counts.taken).toBeGreaterThan(50);
  }, 60_000);
});

/** How many lines stand untouched at the beginning. */
function wholeLines(changed: Buffer): number {
  let lines = 0;
  for (let at = 0; at < one.bytes.length && one.bytes[at] === changed[at]; at += 1)
    if (one.bytes[at] === 10) lines += 1;
  return lines;
}

function newestCheckpoints() {
  return [0, 1, 2, 3].map((partition) => {
    const save = Array.from({ length: saves }, (_, index) => index + 1).findLast((number) => number % 4 === partition);
    return checkpoint(partition, 1000 * (1 + (save ?? 0)), (save ?? 0) > 20);
  });
}
