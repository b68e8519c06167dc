import type { DataRecord, RecordKey, ValueKind } from '@datamigrato/core';
import { batchesOf, inPlace, partitionsOf, readEntity, write, writeAll } from '../case-session.js';
import { keysMayBe, keysOfParts, readable, writable } from '../conditions.js';
import { type ConformanceCase, defineCase } from '../conformance-case.js';
import { hostileKeys, hostileKeysOf } from '../data/hostile-keys.js';
import { ordinaryKeyKind, plannedEntity } from '../data/planned-entity.js';
import { expectRecords, expectThat, keyText } from '../expectation.js';
import type { ConformanceHarness } from '../harness.js';
import { checkKeyCodec } from '../key-codec.js';

/** Two keys stay two keys. */
export const keyCases: readonly ConformanceCase[] = [
  defineCase({
    id: 'keys-stay-apart',
    title: 'different keys are different records',
    promise:
      'Keys that look alike (1 and "1", `a.b` and `a_b`, `a` and `A`, an object id and its digits) never become one record.',
    when: [writable],
    run: (harness) =>
      inPlace(harness, async ({ oracle, endpoint }) => {
        const { manifest } = harness.connector;
        const kind = ordinaryKeyKind(manifest);
        const schema = plannedEntity(manifest, { keyKinds: [kind] });
        const records = recordsOf(hostileKeys(manifest, kind).filter(held(harness)));
        const { acknowledged, refused } = await write(endpoint, schema, records);
        expectThat(refused.length * 2 < records.length, `${refused.length} of ${records.length} keys are refused`);
        expectThat(
          (await oracle.count(schema)) === acknowledged.length,
          `${acknowledged.length} records with keys of their own are acknowledged, and the store counts ${await oracle.count(schema)}`,
        );
        expectRecords(await oracle.read(schema), acknowledged, 'the store');
        if (harness.connector.capabilities.source)
          expectRecords(await readEntity(endpoint, schema, 3), acknowledged, 'read');
      }),
  }),
  defineCase({
    id: 'keys-of-every-kind',
    title: 'keys are of the kinds that the manifest names',
    promise: 'Each kind that the manifest allows for keys is written, read back and resumed from as a key.',
    when: [writable, readable],
    run: (harness) =>
      inPlace(harness, async ({ oracle, endpoint }) => {
        const { manifest } = harness.connector;
        for (const kind of manifest.keyKinds) {
          const what = `keys of kind ${kind}`;
          const schema = plannedEntity(manifest, { keyKinds: [kind] });
          const records = recordsOf(
            hostileKeysOf(kind)
              .map((key) => [key])
              .filter(held(harness))
              .slice(0, 12),
          );
          const { acknowledged } = await write(endpoint, schema, records);
          if (records.length === 0) continue;
          expectThat(acknowledged.length > 0, `every key of kind ${kind} is refused`);
          expectRecords(await oracle.read(schema), acknowledged, `the store, ${what}`);
          const found: DataRecord[] = [];
          for (const partition of await partitionsOf(endpoint, schema, 2)) {
            const [first] = await batchesOf(endpoint, schema, partition, { batchRecords: 1 });
            if (first === undefined) continue;
            found.push(...first.records);
            const rest = await batchesOf(endpoint, schema, partition, { after: first.position });
            found.push(...rest.flatMap((batch) => batch.records));
          }
          expectRecords(found, acknowledged, `read and resumed, ${what}`);
        }
      }),
  }),
  defineCase({
    id: 'empty-key',
    title: 'the empty key is kept or refused',
    promise: 'A key that is the empty text is held as it is, or its record is refused alone.',
    when: [writable, keysMayBe('string')],
    run: (harness) =>
      inPlace(harness, async ({ oracle, endpoint }) => {
        const { manifest } = harness.connector;
        const schema = plannedEntity(manifest, { keyKinds: ['string'] });
        const records = recordsOf([['a'], [''], ['b']]);
        const { acknowledged, refused } = await write(endpoint, schema, records);
        expectThat(
          refused.every(({ key }) => key[0] === ''),
          'a record is refused beside one with an empty key',
        );
        expectRecords(await oracle.read(schema), acknowledged, 'the store');
      }),
  }),
  defineCase({
    id: 'composite-keys',
    title: 'keys of several parts are as the manifest says',
    promise:
      'Where keys may have parts, their boundaries and order count; where not, a document takes their place, if documents may be keys.',
    when: [writable, readable, keysOfParts],
    run: (harness) =>
      inPlace(harness, async ({ oracle, endpoint }) => {
        const { manifest } = harness.connector;
        const texts = [
          ['a', 'bc'],
          ['ab', 'c'],
          ['a,b', 'c'],
          ['a', 'b,c'],
          ['bc', 'a'],
          ['a|b', '|'],
        ] as const;
        const kind: ValueKind = manifest.compositeKeys ? 'string' : 'document';
        const schema = plannedEntity(manifest, { keyKinds: manifest.compositeKeys ? [kind, kind] : [kind] });
        const records = recordsOf(texts.map(([one, two]) => (manifest.compositeKeys ? [one, two] : [{ one, two }])));
        await writeAll(endpoint, schema, records);
        expectRecords(await oracle.read(schema), records, 'the store');
        expectRecords(await readEntity(endpoint, schema, 3), records, 'read');
      }),
  }),
  defineCase({
    id: 'key-codec-is-injective',
    title: 'the codec tells all keys apart',
    promise: 'No two of 20,000 generated keys are encoded alike.',
    when: [writable],
    async run(harness) {
      checkKeyCodec(harness.connector, { keys: 20_000, seed: 7 });
    },
  }),
];

/** Whether an imitation of the store, if there is one, can have a key. */
function held({ standIn }: ConformanceHarness): (key: RecordKey) => boolean {
  return (key) => key.every((part) => standIn?.lacksKey(part) !== true);
}

function recordsOf(keys: readonly RecordKey[]): readonly DataRecord[] {
  return keys.map((key, number) => ({ key, fields: { text: `of ${keyText(key).slice(0, 40)}`, more: `${number}` } }));
}
