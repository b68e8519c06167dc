import { appendFile, readdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DeadLetter } from '@datamigrato/core';
import { describe, expect, it } from 'vitest';
import { readDeadLetterLines } from '../../src/state/dead-letter-lines.js';
import { diskFileSystem } from '../../src/state/state-file-system.js';
import { checkpoint, codeOf, films, openStore, partitions } from './run-fixture.js';
import { numbers } from './seeded-numbers.js';
import { runFolder } from './temporary-folder.js';

/** No lease that would have to pass: whoever asks gets the run. */
const taken = { length: 0, renewal: 2 };
/** A process that renews its lock too seldom for this test. */
const asleep = { length: 0, renewal: 60_000 };

const letter = (partition: number, name: string): DeadLetter => ({
  source: films,
  target: films,
  partition: (partitions[partition] as (typeof partitions)[number]).id,
  stage: 'write',
  code: 'DM_TEST_REFUSED',
  message: 'refused',
  record: { key: `["${name}"]`, fields: `{"text":"line\u2028break, ${'é'.repeat(name.length)}"}` },
  identity: null,
});

async function keysIn(path: string): Promise<readonly (string | undefined)[]> {
  const keys: (string | undefined)[] = [];
  for await (const line of readDeadLetterLines(diskFileSystem, path)) keys.push(line.letter.record?.key);
  return keys;
}

const keys = (...names: readonly string[]): readonly string[] => names.map((name) => `["${name}"]`);

describe('R-07: the dead letters of a run that goes on', () => {
  it('are those that checkpoints cover, of each partition in its order', async () => {
    const folder = await runFolder();
    {
      await using store = await openStore(folder, 'create');
      await store.partitions.save(films, films, partitions);
      await store.deadLetters.append([letter(0, 'a1'), letter(1, 'b1'), letter(0, 'a2')]);
      await store.save(checkpoint(0, 200));
      await store.deadLetters.append([letter(1, 'b2'), letter(2, 'c1'), letter(0, 'a3')]);
      await store.save(checkpoint(1, 200));
    }
    await using store = await openStore(folder, 'resume');
    expect(await keysIn(store.deadLetters.path)).toEqual(keys('a1', 'b1', 'a2', 'b2'));
    expect(store.deadLetters.count).toBe(4);
    await store.deadLetters.append([letter(2, 'c1')]);
    expect(await keysIn(store.deadLetters.path)).toEqual(keys('a1', 'b1', 'a2', 'b2', 'c1'));
    expect((await readdir(folder)).filter((name) => name.startsWith('dead-letters'))).toEqual([
      'dead-letters-2.ndjson',
    ]);
  });

  it('are out of the reach of a process that was taken over', async () => {
    const folder = await runFolder();
    await using sleeper = await openStore(folder, 'create', { lease: asleep });
    await sleeper.partitions.save(films, films, partitions);
    await sleeper.deadLetters.append([letter(0, 'a1')]);
    await sleeper.save(checkpoint(0, 100));
    await using store = await openStore(folder, 'resume', { lease: taken });
    await store.deadLetters.append([letter(0, 'a2')]);
    expect(await codeOf(sleeper.deadLetters.append([letter(0, 'late')]))).toBe('DM_RUN_LOCKED');
    expect(await keysIn(store.deadLetters.path)).toEqual(keys('a1', 'a2'));
  });

  it('are refused where a line is not what was written, and read without the half line of a crash', async () => {
    const folder = await runFolder();
    let path = '';
    {
      await using store = await openStore(folder, 'create');
      await store.partitions.save(films, films, partitions);
      await store.deadLetters.append([letter(0, 'a1')]);
      await store.save(checkpoint(0, 100));
      path = store.deadLetters.path;
    }
    await appendFile(path, '{"schema":"datamigrato.dead-le');
    {
      await using store = await openStore(folder, 'resume');
      path = store.deadLetters.path;
      expect(await keysIn(path)).toEqual(keys('a1'));
    }
    await appendFile(path, '{"schema":"datamigrato.dead-letter/2"}\n');
    expect(await codeOf(openStore(folder, 'resume'))).toBe('DM_STATE_UNTRUSTED');
  });

  it('have the same lines, whatever pieces the disk gives them in', async () => {
    const folder = await runFolder();
    await using store = await openStore(folder, 'create');
    const names = Array.from({ length: 40 }, (_, index) => 'n'.repeat(1 + (index % 9)));
    await store.deadLetters.append(names.map((name, index) => letter(index % 4, name)));
    const bytes = await readFile(store.deadLetters.path);
    const below = numbers(20261124);
    for (let attempt = 0; attempt < 100; attempt += 1) {
      const pieces: Buffer[] = [];
      for (let start = 0; start < bytes.length; ) {
        const end = start + 1 + below(400);
        pieces.push(bytes.subarray(start, end));
        start = end;
      }
      const inPieces = { ...diskFileSystem, read: () => inOrder(pieces) };
      const ends: number[] = [];
      let count = 0;
      for await (const line of readDeadLetterLines(inPieces, dirname(store.deadLetters.path))) {
        expect(line.letter.record?.key).toBe(`["${names[count]}"]`);
        ends.push(line.end);
        count += 1;
      }
      expect({ count, last: ends.at(-1) }).toEqual({ count: names.length, last: bytes.length });
    }
  });
});

async function* inOrder(pieces: readonly Buffer[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}
