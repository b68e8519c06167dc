import { isDeepStrictEqual } from 'node:util';
import { type DataRecord, isDatamigratoError, valueToText } from '@datamigrato/core';
import { call, inSeededPlace, partitionsOf, readOptions } from '../case-session.js';
import { documents, readable, writable } from '../conditions.js';
import { type ConformanceCase, defineCase } from '../conformance-case.js';
import { generatedDocument } from '../data/generated-values.js';
import { ordinaryRecord, ordinaryRecords, plannedEntity } from '../data/planned-entity.js';
import { seededChoice } from '../data/seeded-choice.js';
import { expectRecords, expectThat } from '../expectation.js';
import type { Oracle } from '../harness.js';

/** The codec is pure, and the two halves of it fit. */
export const codecCases: readonly ConformanceCase[] = [
  defineCase({
    id: 'codec-round-trip',
    title: 'the codec gives back what it was given',
    promise: 'Generated documents of every kind that the manifest holds come back from the codec unchanged.',
    when: [readable, writable, documents],
    async run({ connector: { manifest, codec } }) {
      const schema = plannedEntity(manifest);
      const encoder = codec.createEncoder(schema);
      const decoder = codec.createDecoder(schema);
      let refused = 0;
      const total = 2000;
      for (let seed = 1; seed <= total; seed += 1) {
        const record: DataRecord = {
          key: ordinaryRecord(manifest, seed).key,
          fields: generatedDocument(manifest, seededChoice(seed)),
        };
        let native: unknown;
        try {
          native = encoder.encode(record);
        } catch (thrown) {
          if (!isDatamigratoError(thrown) || thrown.category !== 'record') throw thrown;
          refused += 1;
          continue;
        }
        expectRecords([decoder.decode(native)], [record], `out of the codec, seed ${seed}`);
      }
      expectThat(refused * 10 < total, `${refused} of ${total} documents of kinds that are held are refused`);
    },
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
