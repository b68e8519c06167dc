import type { DataRecord, Manifest, Value } from '@datamigrato/core';
import { inPlace, write, writeAll } from '../case-session.js';
import { documents, holdsExactly, keysMayBe, limited, writable } from '../conditions.js';
import { type ConformanceCase, defineCase } from '../conformance-case.js';
import { ordinaryRecord, ordinaryRecords, plannedEntity } from '../data/planned-entity.js';
import { expectRecords, expectThat } from '../expectation.js';
import type { ConformanceHarness } from '../harness.js';

/** Sizes beyond which the kit does not try. */
const largestTried = 100 * 1024 * 1024;

/** Limits are true: what is within them is stored, what is beyond them fails alone. */
export const limitCases: readonly ConformanceCase[] = [
  defineCase({
    id: 'batches-of-the-largest-number',
    title: 'a batch may have as many records as the manifest says',
    promise: 'A batch of the largest number of records (20,000 at most are tried) is acknowledged whole.',
    when: [writable],
    run: (harness) =>
      inPlace(harness, async ({ oracle, endpoint }) => {
        const { manifest } = harness.connector;
        const schema = plannedEntity(manifest);
        const records = ordinaryRecords(manifest, Math.min(manifest.limits.batchRecords, 20_000));
        await writeAll(endpoint, schema, records);
        expectThat(
          (await oracle.count(schema)) === records.length,
          `${records.length} records are acknowledged and ${await oracle.count(schema)} stored`,
        );
      }),
  }),
  defineCase({
    id: 'batches-of-the-most-bytes',
    title: 'a batch may have as many bytes as the manifest says',
    promise:
      'A batch that its encoder counts as nearly the most bytes (32 MiB at most are tried) is acknowledged whole.',
    when: [writable],
    run: (harness) =>
      inPlace(harness, async ({ oracle, endpoint }) => {
        const { manifest, codec } = harness.connector;
        const schema = plannedEntity(manifest);
        const encoder = codec.createEncoder(schema);
        const wanted = Math.min(manifest.limits.batchBytes, 32 * 1024 * 1024);
        const most = Math.min(manifest.limits.batchRecords, 40);
        const text = 'x'.repeat(
          Math.floor(Math.min(wanted / most, (manifest.limits.recordBytes ?? wanted) * 0.9) * 0.7),
        );
        const records = Array.from({ length: most }, (_, number) => ordinaryRecord(manifest, number, text));
        const bytes = records.reduce((sum, record) => sum + encoder.sizeOf(encoder.encode(record)), 0);
        expectThat(bytes <= wanted, `${most} records with texts of ${text.length} bytes count as ${bytes}`);
        await writeAll(endpoint, schema, records);
        expectRecords(await oracle.read(schema), records, 'the store');
      }),
  }),
  defineCase({
    id: 'largest-record',
    title: 'a record may be as large as the manifest says',
    promise: 'A record of nine tenths of the limit is stored and comes back.',
    when: [writable, limited('recordBytes')],
    run: (harness) =>
      inPlace(harness, async ({ oracle, endpoint }) => {
        const { manifest } = harness.connector;
        const schema = plannedEntity(manifest);
        const record = ordinaryRecord(manifest, 1, 'x'.repeat(Math.floor(sizeTried(harness) * 0.9)));
        await writeAll(endpoint, schema, [record]);
        expectRecords(await oracle.read(schema), [record], 'the store');
      }),
  }),
  defineCase({
    id: 'record-beyond-the-limit',
    title: 'a record that is too large fails alone',
    promise: 'A record beyond the limit is refused by itself, or held whole; the records beside it are stored.',
    when: [writable, limited('recordBytes')],
    run: (harness) =>
      besideOrdinaryRecords(harness, (manifest) =>
        ordinaryRecord(manifest, 100, 'x'.repeat(Math.floor(sizeTried(harness) * 1.1))),
      ),
  }),
  defineCase({
    id: 'largest-key',
    title: 'a key may be as long as the manifest says',
    promise: 'A key of nine tenths of the limit is stored, and stays apart from one with another last letter.',
    when: [writable, limited('keyBytes'), keysMayBe('string')],
    run: (harness) =>
      inPlace(harness, async ({ oracle, endpoint }) => {
        const { manifest } = harness.connector;
        const schema = plannedEntity(manifest, { keyKinds: ['string'] });
        const long = 'k'.repeat(Math.floor((manifest.limits.keyBytes ?? 0) * 0.9));
        const records = ['a', 'b'].map((last) => ({ key: [`${long}${last}`], fields: { text: last } }));
        await writeAll(endpoint, schema, records);
        expectRecords(await oracle.read(schema), records, 'the store');
      }),
  }),
  defineCase({
    id: 'key-beyond-the-limit',
    title: 'a key that is too long fails alone',
    promise:
      'A record whose key is beyond the limit is refused by itself, or held whole; the records beside it are stored.',
    when: [writable, limited('keyBytes'), keysMayBe('string')],
    run: (harness) =>
      besideOrdinaryRecords(harness, (manifest) => ({
        key: ['k'.repeat(Math.floor((manifest.limits.keyBytes ?? 0) * 1.1))],
        fields: { text: 'x' },
      })),
  }),
  defineCase({
    id: 'deepest-record',
    title: 'a record may be as deep as the manifest says',
    promise: 'Documents inside one another, two levels short of the limit, are stored and come back.',
    when: [writable, documents, limited('depth'), holdsExactly('document')],
    run: (harness) =>
      inPlace(harness, async ({ oracle, endpoint }) => {
        const { manifest } = harness.connector;
        const schema = plannedEntity(manifest);
        const record = nested(manifest, (manifest.limits.depth ?? 0) - 2);
        await writeAll(endpoint, schema, [record]);
        expectRecords(await oracle.read(schema), [record], 'the store');
      }),
  }),
  defineCase({
    id: 'depth-beyond-the-limit',
    title: 'a record that is too deep fails alone',
    promise:
      'A record far beyond the limit of levels is refused by itself, or held whole; the records beside it are stored.',
    when: [writable, documents, limited('depth')],
    run: (harness) => besideOrdinaryRecords(harness, (manifest) => nested(manifest, (manifest.limits.depth ?? 0) + 20)),
  }),
];

function sizeTried({ connector: { manifest }, standIn }: ConformanceHarness): number {
  return Math.min(standIn?.recordBytes ?? largestTried, manifest.limits.recordBytes ?? 0);
}

/** A record of documents inside one another, the record itself being the first level. */
function nested(manifest: Manifest, levels: number): DataRecord {
  let value: Value = 'innermost';
  for (let level = 1; level < levels; level += 1) value = { inner: value };
  return { key: ordinaryRecord(manifest, 100).key, fields: { text: value } };
}

/** Writes a record that may be refused among ordinary ones that may not. */
async function besideOrdinaryRecords(
  harness: ConformanceHarness,
  recordOf: (manifest: Manifest) => DataRecord,
): Promise<void> {
  await inPlace(harness, async ({ oracle, endpoint }) => {
    const { manifest } = harness.connector;
    const schema = plannedEntity(manifest);
    const ordinary = ordinaryRecords(manifest, 4);
    const beyond = recordOf(manifest);
    const { acknowledged, refused } = await write(endpoint, schema, [
      ...ordinary.slice(0, 2),
      beyond,
      ...ordinary.slice(2),
    ]);
    expectThat(
      refused.every((record) => record === beyond),
      'a record is refused beside one that is beyond a limit',
    );
    expectRecords(await oracle.read(schema), acknowledged, 'the store');
  });
}
