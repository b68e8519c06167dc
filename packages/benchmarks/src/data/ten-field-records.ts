import type { DataSet, Row } from './data-set.js';
import { createRandom, type Random } from './random.js';

// biome-ignore format: one list of words
const words = [
  'amber', 'basin', 'cedar', 'delta', 'ember', 'fjord', 'grove', 'harbor', 'island', 'juniper', 'kelp', 'lagoon',
  'meadow', 'nectar', 'orchard', 'prairie', 'quartz', 'river', 'summit', 'tundra', 'upland', 'valley', 'willow', 'yarrow',
];
const tags = ['new', 'sale', 'large', 'small', 'fragile', 'heavy', 'imported', 'returned'];
const firstMoment = Date.UTC(2015, 0, 1);
const tenYears = 3650 * 86_400;

/** Generated records of 10 fields and about 370 bytes: text key, int, 64-bit integer, double, boolean, timestamp, UUID, two texts and a list of texts. */
export const tenFieldRecords: DataSet = {
  name: 'generated',
  description: 'generated, 10 fields, about 370 B',
  columns: [
    { name: 'id', type: 'text' },
    { name: 'quantity', type: 'int' },
    { name: 'total', type: 'bigint' },
    { name: 'price', type: 'double' },
    { name: 'active', type: 'boolean' },
    { name: 'created', type: 'timestamp' },
    { name: 'reference', type: 'uuid' },
    { name: 'title', type: 'text' },
    { name: 'description', type: 'text' },
    { name: 'tags', type: 'texts' },
  ],
  size: null,
  row: tenFieldRow,
};

function tenFieldRow(index: number): Row {
  const random = createRandom(Math.imul(index + 1, 0x9e3779b1));
  return [
    `record-${String(index).padStart(9, '0')}`,
    random.below(100_000),
    // Beyond 2^53 for most records, so that no side can get away with a JavaScript number.
    BigInt(random.bits()) * 2_000_000_000n + BigInt(random.bits()),
    // Never integral, as an integral one would be another kind in some stores.
    random.below(1_000_000) + 0.25 + random.below(3) / 4 / 2,
    random.below(2) === 1,
    firstMoment + random.below(tenYears) * 1000 + random.below(1000),
    randomUuid(random),
    sentence(random, 4),
    sentence(random, 18),
    Array.from({ length: 3 }, () => tags[random.below(tags.length)]),
  ];
}

function sentence(random: Random, length: number): string {
  let text = words[random.below(words.length)] as string;
  for (let count = 1; count < length; count += 1) text += ` ${words[random.below(words.length)]}`;
  return text;
}

/** 16 bytes of a random UUID, version 4. */
function randomUuid(random: Random): Buffer {
  const bytes = Buffer.allocUnsafe(16);
  for (let offset = 0; offset < 16; offset += 4) bytes.writeUInt32BE(random.bits(), offset);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes;
}
