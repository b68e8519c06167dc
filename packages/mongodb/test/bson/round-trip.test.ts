import {
  type DataRecord,
  type EntitySchema,
  entityName,
  kindOf,
  type ValueKind,
  valuesEqual,
  valueToText,
} from '@datamigrato/core';
import { deserialize, serialize } from 'bson';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { codec } from '../../src/codec.js';
import { driverValue } from '../../src/driver-value.js';
import { manifest } from '../../src/manifest.js';
import { arbitraryDocument, arbitraryRawValue } from './arbitrary-document.js';
import { raw, rawDocument } from './raw-bson.js';

const schema: EntitySchema = {
  entity: entityName('things'),
  key: [{ name: '_id', role: 'partition' }],
  fields: [],
  origin: 'inferred',
};
const decoder = codec.createDecoder(schema);
const encoder = codec.createEncoder(schema);

test('A-30, A-32, R-21 what was decoded encodes to the same bytes', () => {
  fc.assert(
    fc.property(arbitraryDocument, (bytes) => {
      expect(Buffer.from(encoder.encode(decoder.decode(bytes))).toString('hex')).toBe(bytes.toString('hex'));
    }),
    { numRuns: 3000 },
  );
});

test('a decoder that saw other documents before reads the same', () => {
  fc.assert(
    fc.property(fc.array(arbitraryDocument, { minLength: 2, maxLength: 8 }), (documents) => {
      for (const bytes of documents) {
        const fresh = codec.createDecoder(schema).decode(bytes);
        expect(sameRecord(decoder.decode(bytes), fresh)).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});

test('documents of one memory decode as documents of their own', () => {
  fc.assert(
    fc.property(fc.array(arbitraryDocument, { minLength: 1, maxLength: 8 }), (documents) => {
      const reply = Buffer.concat([Buffer.alloc(21, 0xff), ...documents, Buffer.alloc(3, 0xff)]);
      let start = 21;
      for (const bytes of documents) {
        const shared = decoder.decode(reply.subarray(start, start + bytes.length));
        expect(sameRecord(shared, decoder.decode(bytes))).toBe(true);
        start += bytes.length;
      }
    }),
    { numRuns: 200 },
  );
});

test('the driver, given a value in its own form, sends the bytes that the value came in', () => {
  let checked = 0;
  fc.assert(
    fc.property(arbitraryRawValue, (value) => {
      const bytes = rawDocument([
        ['_id', raw.null],
        ['v', value],
      ]);
      const driver = driverValue(fieldOfRecord(decoder.decode(bytes)));
      // The driver looks into vectors, and refuses to send one whose header and bytes do not fit.
      if (driver === undefined || (value.type === 5 && value.bytes[4] === 9)) return;
      checked += 1;
      expect(Buffer.from(serialize({ _id: null, v: driver })).toString('hex')).toBe(bytes.toString('hex'));
    }),
    { numRuns: 2000 },
  );
  expect(checked).toBeGreaterThan(1000);
});

test('the driver reads what was encoded as what was encoded', () => {
  fc.assert(
    fc.property(arbitraryDocument, (bytes) => {
      const ours = encoder.encode(decoder.decode(bytes));
      const options = { promoteValues: false, promoteLongs: false, bsonRegExp: true } as const;
      expect(deserialize(ours, options)).toEqual(deserialize(bytes, options));
    }),
    { numRuns: 500 },
  );
});

test('every kind that the manifest calls exact is among the generated ones', () => {
  const seen = new Set<ValueKind>();
  const look = (document: Buffer): void => {
    const record = decoder.decode(document);
    for (const text of [valueToText(record.fields)]) for (const kind of kindsIn(text)) seen.add(kind);
    for (const value of Object.values(record.fields)) seen.add(kindOf(value));
  };
  for (const document of fc.sample(arbitraryDocument, { numRuns: 2000, seed: 1 })) look(document);
  const exact = Object.entries(manifest.values).filter(([, support]) => support.fidelity === 'exact');
  expect(exact.map(([kind]) => kind).filter((kind) => !seen.has(kind as ValueKind))).toEqual([]);
});

function kindsIn(text: string): readonly ValueKind[] {
  return [...text.matchAll(/"@dm":"(\w+)"/g)].map((match) => match[1] as ValueKind);
}

function fieldOfRecord(record: DataRecord): Parameters<typeof driverValue>[0] {
  const fields = record.fields as Readonly<Record<string, Parameters<typeof driverValue>[0]>>;
  return fields['v'] as Parameters<typeof driverValue>[0];
}

function sameRecord(left: DataRecord, right: DataRecord): boolean {
  return valuesEqual([...left.key], [...right.key]) && valuesEqual(left.fields, right.fields);
}
