import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { isDatamigratoError } from '@datamigrato/core';
import { serialize } from 'bson';
import { describe, expect, test } from 'vitest';
import { listed, openFile, readAll, temporaryFolder } from '../harness.js';

/** Stands in every value, so that an error which quotes contents is found. */
const canary = 'canary4711';

const people = Array.from({ length: 12 }, (_, index) => ({
  _id: index,
  name: `${canary} ${index}`,
  deep: { list: [1, 2.5, canary, null, { a: true }], when: new Date(index * 1e9) },
}));
const plain = people.map(({ deep: { list }, ...rest }) => ({ ...rest, list }));

const seeds: Readonly<Record<string, Buffer>> = {
  'people.json': Buffer.from(JSON.stringify(plain, undefined, 1)),
  'people.ndjson': Buffer.from(plain.map((person) => JSON.stringify(person)).join('\n')),
  'extended.json': Buffer.from(
    plain
      .map(({ _id, name }) => `{"_id":{"$numberLong":"${_id}"},"name":"${name}","at":{"$date":{"$numberLong":"0"}}}`)
      .join('\n'),
  ),
  'people.csv': Buffer.from(
    `_id,name,note\n${plain.map(({ _id, name }) => `${_id},"${name}","a ""b"", c"`).join('\n')}\n`,
  ),
  'people.bson': Buffer.concat(people.map((person) => Buffer.from(serialize(person)))),
  'people.json.gz': gzipSync(JSON.stringify(plain)),
};

/** What parsers stumble over. */
const pieces = [
  ...[
    '{',
    '}',
    '[',
    ']',
    '"',
    ',',
    ':',
    '\\',
    '\n',
    '\r\n',
    '\0',
    '\ufeff',
    '\u2028',
    '{"$oid":',
    '{"$date":{"$numberLong":"',
  ],
  ...[
    '__proto__',
    '-',
    '1e999',
    '123456789012345678901234567890',
    'true',
    'null',
    '[['.repeat(400),
    '{"a":'.repeat(400),
    '""""',
  ],
].map((text) => Buffer.from(text));
const rawPieces = [
  ...pieces,
  Buffer.from([0xff, 0xfe]),
  Buffer.from([0x00, 0x00, 0x00, 0x80]),
  Buffer.from([0xed, 0xa0, 0x80]),
];

/** A sequence that is the same for the same seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** One to four changes of a file: bytes turned, cut out, put in, doubled, or the end cut off. */
function mutated(original: Buffer, next: (below: number) => number): Buffer {
  let bytes = Buffer.from(original);
  for (let change = next(4); change >= 0; change -= 1) {
    const at = next(bytes.length + 1);
    const length = 1 + next(12);
    const kind = next(5);
    if (kind === 0 && at < bytes.length) bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << next(8)), at);
    else if (kind === 1) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    else if (kind === 2) {
      const piece = rawPieces[next(rawPieces.length)] ?? Buffer.alloc(1);
      bytes = Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
    } else if (kind === 3) bytes = Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
    else if (next(4) === 0) bytes = bytes.subarray(0, at);
  }
  return bytes;
}

const firstSeed = Number(process.env['MUTATION_SEED'] ?? 20_261_124);
const rounds = 150;

describe(`R-30, S-15 changed files are read, or refused by an error that shows nothing of them; from seed ${firstSeed}`, () => {
  test.each(Object.keys(seeds))(
    '%s',
    async (name) => {
      const folder = await temporaryFolder();
      const original = seeds[name] ?? Buffer.alloc(0);
      const outcomes = { read: 0, failed: 0, refused: 0 };
      for (let round = 0; round < rounds; round += 1) {
        const seed = firstSeed + round;
        await writeFile(join(folder, name), mutated(original, numbers(seed)));
        const before = process.cpuUsage();
        try {
          await using endpoint = await openFile(folder);
          const [entity] = Object.keys(await listed(endpoint));
          if (entity === undefined) throw new Error('the file is passed over');
          const { records, failures } = await readAll(endpoint, entity);
          outcomes.read += records.length;
          outcomes.failed += failures.length;
          for (const failure of failures) expect(inspect(failure, { depth: 10 })).not.toContain(canary);
        } catch (error) {
          if (!isDatamigratoError(error)) throw new Error(`seed ${seed} broke it`, { cause: error });
          expect(['usage', 'endpoint', 'record']).toContain(error.category);
          expect(inspect(error, { depth: 10 })).not.toContain(canary);
          outcomes.refused += 1;
        }
        const { user, system } = process.cpuUsage(before);
        expect((user + system) / 1000).toBeLessThan(1_000);
      }
      // Every way out was taken, so that none was tried in name only.
      expect(outcomes.read).toBeGreaterThan(0);
      expect(outcomes.failed + outcomes.refused).toBeGreaterThan(rounds / 20);
    },
    120_000,
  );
});
