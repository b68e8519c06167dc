import { isDeepStrictEqual } from 'node:util';
import { type DataRecord, type Value, valueToText } from '@datamigrato/core';
import { call, inPlace, inSeededPlace, partitionsOf, readEntity, readOptions, write } from '../case-session.js';
import { documents, readable, writable } from '../conditions.js';
import { type ConformanceCase, defineCase } from '../conformance-case.js';
import { generatedDocument, isHeld } from '../data/generated-values.js';
import { ordinaryRecord, ordinaryRecords, plannedEntity } from '../data/planned-entity.js';
import { seededChoice } from '../data/seeded-choice.js';
import { expectRecords, expectThat } from '../expectation.js';
import type { Oracle } from '../harness.js';

/** The codec is pure, and the two halves of it fit. */
export const codecCases: readonly ConformanceCase[] = [
  defineCase({
    id: 'generated-documents',
    title: 'documents of any shape come back',
    promise:
      'Generated documents of all the kinds that the manifest holds, inside one another, are stored and read back unchanged.',
    when: [readable, writable, documents],
    run: (harness) =>
      inPlace(harness, async ({ oracle, endpoint }) => {
        const { manifest } = harness.connector;
        const schema = plannedEntity(manifest);
        const holds = (value: Value): boolean => isHeld(manifest, value) && harness.standIn?.lacksValue(value) !== true;
        const records = Array.from({ length: 300 }, (_, seed) => ({
          key: ordinaryRecord(manifest, seed).key,
          fields: generatedDocument(manifest, seededChoice(seed), holds),
        }));
        const acknowledged: DataRecord[] = [];
        for (let start = 0; start < records.length; start += 100) {
          const written = await write(endpoint, schema, records.slice(start, start + 100));
          acknowledged.push(...written.acknowledged);
        }
        const refused = records.length - acknowledged.length;
        expectThat(refused * 10 < records.length, `${refused} of ${records.length} documents are refused`);
        expectRecords(await oracle.read(schema), acknowledged, 'the store');
        expectRecords(await readEntity(endpoint, schema, 3), acknowledged, 'read');
      }),
  }),
  defineCase({
    id: 'encoding-is-pure',
    title: 'encoding changes nothing and repeats itself',
    promise: 'Encoding a record twice gives the same twice and leaves the record as it was; its size is counted.',
    when: [writable],
    async run({ connector: { manifest, codec } }) {
      const encoder = codec.createEncoder(plannedEntity(manifest));
      const small = ordinaryRecord(manifest, 1);
      const large = ordinaryRecord(manifest, 1, 'x'.repeat(10_000));
      const before = valueToText(large.fields);
      const first = encoder.encode(large);
      expectThat(isDeepStrictEqual(encoder.encode(large), first), 'a record is encoded in two ways');
      expectThat(valueToText(large.fields) === before, 'encoding changed the record');
      const smallBytes = encoder.sizeOf(encoder.encode(small));
      const bytes = encoder.sizeOf(first);
      expectThat(
        smallBytes > 0 && bytes >= 10_000 && bytes < 100_000,
        `a record of 10,000 bytes and more counts as ${bytes}, a small one as ${smallBytes}`,
      );
    },
  }),
  defineCase({
    id: 'decoding-is-pure',
    title: 'decoding changes nothing and repeats itself',
    promise: 'Decoding a native record again gives an equal record, with the same decoder or another one.',
    when: [readable],
    run(harness) {
      const { manifest, codec } = harness.connector;
      const schema = plannedEntity(manifest);
      const records = ordinaryRecords(manifest, 10);
      const seed = (oracle: Oracle): Promise<void> => oracle.seed(schema, records);
      return inSeededPlace(harness, seed, async ({ endpoint }) => {
        const found = await endpoint.source().inferSchema(schema.entity, { ...call, sampleSize: 100 });
        const natives: unknown[] = [];
        for (const partition of await partitionsOf(endpoint, schema, 1))
          for await (const batch of endpoint.source().readPartition(partition, readOptions()))
            natives.push(...batch.records);
        const decoder = codec.createDecoder(found);
        for (const each of [decoder, decoder, codec.createDecoder(found)])
          expectRecords(
            natives.map((native) => each.decode(native)),
            records,
            'decoded again',
          );
      });
    },
  }),
  defineCase({
    id: 'decoder-identifies',
    title: 'a record at fault can be named',
    promise: 'What identifies a native record is its key as printable text, and none of its fields.',
    when: [readable],
    run(harness) {
      const { manifest, codec } = harness.connector;
      const schema = plannedEntity(manifest);
      const seed = (oracle: Oracle): Promise<void> =>
        oracle.seed(schema, [ordinaryRecord(manifest, 3, 'OnlyInAField')]);
      return inSeededPlace(harness, seed, async ({ endpoint }) => {
        const found = await endpoint.source().inferSchema(schema.entity, { ...call, sampleSize: 100 });
        const { identify } = codec.createDecoder(found);
        if (identify === undefined) return;
        for (const partition of await partitionsOf(endpoint, schema, 1)) {
          for await (const batch of endpoint.source().readPartition(partition, readOptions())) {
            for (const native of batch.records) {
              const name = identify(native);
              expectThat(
                name === undefined || (name.length > 0 && !name.includes('OnlyInAField') && !/\p{Cc}/u.test(name)),
                `a record is named ${JSON.stringify(name)}`,
              );
            }
          }
        }
      });
    },
  }),
];
