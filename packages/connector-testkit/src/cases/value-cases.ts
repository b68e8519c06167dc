import {
  type DataRecord,
  documentEntries,
  documentFrom,
  type EntitySchema,
  fieldOf,
  isDatamigratoError,
  isDocument,
  type Manifest,
  type Value,
  type ValueKind,
  valueKinds,
  valuesEqual,
  valueToText,
} from '@datamigrato/core';
import { type CaseSession, inPlace, inSeededPlace, readEntity, write, writeAll } from '../case-session.js';
import { documents, hasStandIn, holdsExactly, notLackedByStandIn, readable, writable } from '../conditions.js';
import { type ConformanceCase, defineCase } from '../conformance-case.js';
import { boundaryValues } from '../data/boundary-values.js';
import { holdsKinds, isHeld } from '../data/generated-values.js';
import { ordinaryRecord, plannedEntity } from '../data/planned-entity.js';
import { expectRecords, expectThat, keyText, shortened, thrownBy } from '../expectation.js';
import type { ConformanceHarness, Oracle } from '../harness.js';

/** Values of every kind: held exactly where the manifest says so, refused where not, never changed. */
export const valueCases: readonly ConformanceCase[] = [
  ...valueKinds.map((kind) =>
    defineCase({
      id: `writes-${kind}`,
      title: `writing values of kind ${kind}`,
      promise: `The store has each ${kind} as it was written, or the connector refuses it: what the manifest holds is held, what it does not hold is refused alone.`,
      when: [writable, notLackedByStandIn(kind)],
      run: (harness) => writesKind(harness, kind),
    }),
  ),
  ...valueKinds.map((kind) =>
    defineCase({
      id: `reads-${kind}`,
      title: `reading values of kind ${kind}`,
      promise: `A ${kind} that the store has is read as the ${kind} that it is.`,
      when: [readable, holdsExactly(kind), storedInFields(kind), notLackedByStandIn(kind)],
      run: (harness) => readsKind(harness, kind),
    }),
  ),
  defineCase({
    id: 'stand-in-lacks-what-it-says',
    title: 'an imitation lacks what it is said to lack',
    promise:
      'What is left out for an imitation of the store, it really refuses or changes when it gets it from its plain driver.',
    when: [hasStandIn],
    run: lacksWhatItSays,
  }),
  defineCase({
    id: 'null-is-not-missing',
    title: 'null and missing are two things',
    promise: 'A field that is null comes back as null, and one that is missing stays missing.',
    when: [writable, readable, holdsExactly('null')],
    run: (harness) =>
      withFields(harness, async (session, schema) => {
        const [first, second] = twoRecords(harness.connector.manifest);
        const records = [
          { key: first.key, fields: { text: null } },
          { key: second.key, fields: {} },
        ];
        await writeAll(session.endpoint, schema, records);
        expectRecords(await session.oracle.read(schema), records, 'the store');
        expectRecords(await readEntity(session.endpoint, schema), records, 'read');
      }),
  }),
  defineCase({
    id: 'field-order',
    title: 'the order of fields is as the manifest says',
    promise: 'Where the manifest says that the order of fields is kept, it is; names that look like numbers included.',
    when: [writable, readable, documents, holdsExactly('document')],
    run: (harness) =>
      withFields(harness, async (session, schema) => {
        const [{ key }] = twoRecords(harness.connector.manifest);
        const inner = documentFrom([
          ['b', 'x'],
          ['10', 'x'],
          ['2', 'x'],
          ['a', 'x'],
          ['B', 'x'],
        ]);
        const record = {
          key,
          fields: documentFrom([
            ['z', 'x'],
            ['7', 'x'],
            ['inner', inner],
            ['a', 'x'],
          ]),
        };
        await writeAll(session.endpoint, schema, [record]);
        const [found] = await readEntity(session.endpoint, schema);
        expectThat(found !== undefined, 'nothing is read');
        expectRecords([found], [record], 'read');
        if (!harness.connector.manifest.keepsFieldOrder) return;
        const innerFound = fieldOf(found.fields, 'inner');
        for (const [now, before] of [
          [namesIn(found.fields), namesIn(record.fields)],
          [namesIn(innerFound), namesIn(inner)],
        ] as const)
          expectThat(now === before, `the fields ${before} come back as ${now}`);
      }),
  }),
  defineCase({
    id: 'field-names-are-data',
    title: 'names of fields are data',
    promise:
      'A name that a language, a path or a query takes for its own is kept as it is, or its record is refused alone.',
    when: [writable, documents],
    run: (harness) =>
      withFields(harness, async (session, schema) => {
        const { manifest } = harness.connector;
        const names = [
          '__proto__',
          'constructor',
          'toString',
          'length',
          'hasOwnProperty',
          '$set',
          '$gt',
          'a.b',
          '.',
          '..',
          '0',
          '01',
          '10',
          '@dm',
          'v',
          'é',
          'e\u0301',
          'UPPER',
          'a b',
          'a/b',
          '#',
          '[0]',
          '*',
          '`',
          '"',
          "'",
          '\u{1F600}',
          '.sv',
          '.value',
          '__x__',
        ];
        const flat = names.map((name, number) => ({
          key: ordinaryRecord(manifest, number).key,
          fields: documentFrom([
            ['text', 'x'],
            [name, 'y'],
          ]),
        }));
        const nested = names.map((name, number) => ({
          key: ordinaryRecord(manifest, 100 + number).key,
          fields: documentFrom([
            [
              'text',
              documentFrom([
                [name, 'y'],
                ['last', 'z'],
              ]),
            ],
          ]),
        }));
        const records = manifest.values.document.fidelity === 'exact' ? [...flat, ...nested] : flat;
        const { acknowledged, refused } = await write(session.endpoint, schema, records);
        expectThat(refused.length < records.length / 2, `${refused.length} of ${records.length} names are refused`);
        expectRecords(await session.oracle.read(schema), acknowledged, 'the store');
        if (harness.connector.capabilities.source)
          expectRecords(await readEntity(session.endpoint, schema), acknowledged, 'read');
      }),
  }),
  defineCase({
    id: 'empty-field-name',
    title: 'the empty name is as the manifest says',
    promise:
      'A field without a name is held where the manifest says so, and refused where it does not; it is never lost.',
    when: [writable, documents],
    run: (harness) =>
      withFields(harness, async (session, schema) => {
        const { manifest } = harness.connector;
        const record = {
          key: ordinaryRecord(manifest, 1).key,
          fields: documentFrom([
            ['', 'x'],
            ['text', 'y'],
          ]),
        };
        const { acknowledged } = await write(session.endpoint, schema, [record]);
        expectThat(
          (acknowledged.length === 1) === manifest.names.emptyField,
          `the manifest says ${manifest.names.emptyField}, and the record was ${acknowledged.length === 1 ? 'acknowledged' : 'refused'}`,
        );
        expectRecords(await session.oracle.read(schema), acknowledged, 'the store');
      }),
  }),
];

function namesIn(value: Value | undefined): string {
  return value === undefined || !isDocument(value)
    ? ''
    : documentEntries(value)
        .map(([name]) => name)
        .join(' ');
}

function twoRecords(manifest: Manifest): readonly [DataRecord, DataRecord] {
  return [ordinaryRecord(manifest, 1), ordinaryRecord(manifest, 2)];
}

/** A kind that a column or a field can be of by itself. */
function storedInFields(kind: ValueKind): (harness: ConformanceHarness) => string | undefined {
  return ({ connector: { manifest } }) =>
    manifest.table === undefined || manifest.table.columnKinds.includes(kind)
      ? undefined
      : `the manifest has no columns of kind ${kind}`;
}

async function withFields(
  harness: ConformanceHarness,
  body: (session: CaseSession, schema: EntitySchema) => Promise<void>,
): Promise<void> {
  await inPlace(harness, (session) =>
    body(session, plannedEntity(harness.connector.manifest, { fields: { text: { kind: 'string' } } })),
  );
}

/** An entity with one field of a kind, and a record for each value. */
function entityOfKind(
  manifest: Manifest,
  kind: ValueKind,
  values: readonly Value[],
): { readonly schema: EntitySchema; readonly records: readonly DataRecord[] } {
  const schema = plannedEntity(manifest, { fields: { value: boundaryValues[kind].type } });
  const records = values.map((value, number) => ({ key: ordinaryRecord(manifest, number).key, fields: { value } }));
  return { schema, records };
}

async function writesKind(harness: ConformanceHarness, kind: ValueKind): Promise<void> {
  const { manifest } = harness.connector;
  const { readAs } = manifest.values[kind];
  // What is read as another kind is converted by core before a connector sees it.
  const given = (value: Value): boolean => harness.standIn?.lacksValue(value) !== true && readAs?.of(value) !== true;
  const ordinary = boundaryValues[kind].ordinary.filter(given);
  const awkward = boundaryValues[kind].awkward.filter((value) => holdsKinds(manifest, value) && given(value));
  if (manifest.values[kind].fidelity !== 'exact' || storedInFields(kind)(harness) !== undefined)
    return refusesKind(harness, kind, ordinary);
  const { schema, records } = entityOfKind(manifest, kind, [...ordinary, ...awkward]);
  await inPlace(harness, async ({ oracle, endpoint }) => {
    const { acknowledged, refused } = await write(endpoint, schema, records);
    const promised = records.slice(0, ordinary.length).filter((record) => isHeld(manifest, valueIn(record)));
    const broken = promised.find((record) => refused.includes(record));
    expectThat(broken === undefined, `${textOf(broken)} is refused, which the manifest holds`);
    const { holds } = manifest.values[kind];
    const against = acknowledged.find((record) => holds?.(valueIn(record)) === false);
    expectThat(against === undefined, `${textOf(against)} is acknowledged, which the manifest does not hold`);
    expectRecords(await oracle.read(schema), acknowledged, 'the store');
    if (harness.connector.capabilities.source) expectRecords(await readEntity(endpoint, schema), acknowledged, 'read');
  });
}

/** A kind that is not held must not be changed silently: core has converted what the plan declared. */
async function refusesKind(harness: ConformanceHarness, kind: ValueKind, values: readonly Value[]): Promise<void> {
  const { manifest, codec } = harness.connector;
  // A missing cell is what a table makes of null; core lists that as a loss by itself.
  if (kind === 'null' && manifest.values.null.as === 'null') return;
  const { records } = entityOfKind(manifest, kind, values);
  const field = manifest.values[kind].as === kind ? 'string' : manifest.values[kind].as;
  const schema = plannedEntity(manifest, { fields: { value: boundaryValues[field].type } });
  const encoder = codec.createEncoder(schema);
  for (const record of records) {
    const thrown = thrownBy(
      () => encoder.encode(record),
      `encoding ${textOf(record)}, of a kind that the manifest does not hold,`,
    );
    expectThat(
      isDatamigratoError(thrown) && thrown.category === 'record',
      `encoding a ${kind} fails with ${String(thrown)} instead of a record's error`,
    );
  }
}

async function lacksWhatItSays(harness: ConformanceHarness): Promise<void> {
  const { manifest } = harness.connector;
  const seen = async (schema: EntitySchema, record: DataRecord): Promise<boolean> => {
    await using place = await harness.openPlace({ own: false });
    try {
      await place.oracle.seed(schema, [record]);
      const [found] = await place.oracle.read(schema);
      return (
        found !== undefined && valuesEqual(found.fields, record.fields) && keyText(found.key) === keyText(record.key)
      );
    } catch {
      // Refused: whatever the imitation and its driver throw for it.
      return false;
    }
  };
  for (const kind of valueKinds) {
    for (const value of [...boundaryValues[kind].ordinary, ...boundaryValues[kind].awkward]) {
      if (!isHeld(manifest, value) || harness.standIn?.lacksValue(value) !== true) continue;
      const { schema, records } = entityOfKind(manifest, kind, [value]);
      const [record] = records;
      if (record !== undefined)
        expectThat(!(await seen(schema, record)), `${textOf(record)} is left out, and held after all`);
    }
  }
}

async function readsKind(harness: ConformanceHarness, kind: ValueKind): Promise<void> {
  const { manifest } = harness.connector;
  const isThere = (value: Value): boolean => isHeld(manifest, value) && harness.standIn?.lacksValue(value) !== true;
  const ordinary = boundaryValues[kind].ordinary.filter(isThere);
  const held = ordinary.length > 0 ? ordinary : boundaryValues[kind].awkward.filter(isThere);
  expectThat(held.length > 0, `the manifest holds ${kind} exactly, and none of its values`);
  const { schema, records } = entityOfKind(manifest, kind, held);
  const seed = (oracle: Oracle): Promise<void> => oracle.seed(schema, records);
  await inSeededPlace(harness, seed, async ({ endpoint }) => {
    const found = await readEntity(endpoint, schema, 2);
    expectRecords(found, records, 'read');
    for (const record of found) {
      const value = fieldOf(record.fields, 'value');
      const seeded = records.find(({ key }) => keyText(key) === keyText(record.key));
      expectThat(
        value !== undefined && seeded !== undefined && valuesEqual(value, valueIn(seeded)),
        `${textOf(seeded)} is read as ${value === undefined ? 'nothing' : valueToText(value)}`,
      );
    }
  });
}

function valueIn(record: DataRecord): Value {
  return fieldOf(record.fields, 'value') ?? null;
}

function textOf(record: DataRecord | undefined): string {
  return record === undefined ? 'nothing' : shortened(valueToText(valueIn(record)));
}
