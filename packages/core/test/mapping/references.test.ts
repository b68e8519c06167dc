import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type DataRecord,
  type DocumentValue,
  documentFrom,
  double,
  lockOf,
  type Manifest,
  type MappingOptions,
  type MigrationPlan,
  ObjectIdValue,
  ReferenceValue,
  tagValue,
  type Value,
  valuesEqual,
  valueToText,
} from '../../src/index.js';
import { createMemoryStore, documentManifest, memoryConnector, plainDocumentManifest } from '../memory-connector.js';
import { migrate, openStore } from '../migrate.js';

/** A store whose records are referred to by `{ $ref, $id }`. */
const documents = memoryConnector('documents', {
  ...documentManifest,
  values: { ...documentManifest.values, reference: { fidelity: 'widened', as: 'string', note: 'its path' } },
  references: { form: 'document', entityField: '$ref', keyField: '$id' },
});

const pathManifest: Manifest = {
  ...plainDocumentManifest,
  keyKinds: ['string'],
  keyField: null,
  compositeKeys: true,
  keyText: { forbidden: '/', reserved: '^\\.{1,2}$' },
  limits: { ...plainDocumentManifest.limits, keyBytes: 100 },
  keepsFieldOrder: false,
  references: { form: 'path' },
};

/** A store of text keys whose records are referred to by their paths. */
const paths = memoryConnector('paths', pathManifest);

type Entities = Readonly<Record<string, readonly DataRecord[]>>;

interface Journey {
  readonly plan: MigrationPlan;
  /** What the other store holds, by entity. */
  readonly held: Readonly<Record<string, readonly DataRecord[]>>;
  readonly restored: Readonly<Record<string, readonly DataRecord[]>>;
}

async function thereAndBack(
  [origin, other]: readonly [typeof documents, typeof paths],
  entities: Entities,
  choices: { readonly mapping?: MappingOptions; readonly targets?: Readonly<Record<string, string>> } = {},
): Promise<Journey> {
  const source = await openStore(origin, createMemoryStore(entities));
  const middle = createMemoryStore();
  const between = await openStore(other, middle);
  const there = await migrate(source, between, {
    entities: Object.keys(entities).map((name) => ({ source: name, target: choices.targets?.[name] ?? name })),
    ...(choices.mapping && { mapping: choices.mapping }),
  });
  const home = createMemoryStore();
  const back = await migrate(between, await openStore(origin, home), { lock: lockOf(there.plan) });
  expect([...there.letters, ...back.letters]).toEqual([]);
  const recordsOf = (store: typeof middle): Journey['held'] =>
    Object.fromEntries([...store.entities].map(([name, { records }]) => [name, [...records.values()]]));
  return { plan: there.plan, held: recordsOf(middle), restored: recordsOf(home) };
}

function expectSame(restored: Journey['restored'], entities: Entities): void {
  for (const [name, records] of Object.entries(entities)) {
    const found = new Map(restored[name]?.map((record) => [valueToText(record.key), record.fields]));
    expect(found.size).toBe(records.length);
    for (const { key, fields } of records) {
      const again = found.get(valueToText(key));
      // As text, so that the order of fields counts.
      if (again && valuesEqual(again, fields) && valueToText(again) === valueToText(fields)) continue;
      throw new Error(`${valueToText(fields)} came back as ${again && valueToText(again)}`);
    }
  }
}

const id = new ObjectIdValue(new Uint8Array(12).fill(170));
const idText = 'a'.repeat(24);
const to = ($ref: string, $id: Value): DocumentValue => ({ $ref, $id });

describe('documents that refer to records', () => {
  const users: readonly DataRecord[] = [
    { key: [id], fields: { name: 'Ada' } },
    { key: ['a/b'], fields: { name: 'Bo' } },
  ];

  it('become paths into the entities that are moved too, under the names and keys that these get', async () => {
    const posts = [
      { key: [1], fields: { author: to('users', id), also: [to('users', 'a/b'), { deep: to('posts', 1) }] } },
      { key: [2], fields: { author: to('users', 'nobody'), also: [] } },
    ];
    const entities = { users, posts };
    const { held, restored, plan } = await thereAndBack([documents, paths], entities, { targets: { users: 'people' } });
    expect(held['posts']?.map(({ fields }) => fields)).toEqual([
      {
        author: new ReferenceValue(`people/${idText}`),
        also: [new ReferenceValue('people/a%2Fb'), { deep: new ReferenceValue('posts/i~1') }],
      },
      { author: new ReferenceValue('people/nobody'), also: [] },
    ]);
    expectSame(restored, entities);
    const losses = plan.entities[1]?.losses.filter(({ targetKind }) => targetKind === 'reference');
    expect(losses?.map(({ path, fidelity, restorable }) => [path.join('.'), fidelity, restorable])).toEqual([
      ['also.[]', 'widened', true],
      ['also.[].deep', 'widened', true],
      ['author', 'widened', true],
    ]);
    expect(plan.entities[0]?.mapping.references).toBeUndefined();
  });

  it('stay documents where a path could lead elsewhere or could not be told from another on the way back', async () => {
    const kept: readonly DocumentValue[] = [
      to('elsewhere', id),
      to('users', 'x'.repeat(101)),
      to('users', 5),
      to('posts', double(1)),
      to('posts', { a: 1 }),
      { $ref: 'users', $id: 'a', $db: 'other' },
      documentFrom([
        ['$id', 'a'],
        ['$ref', 'users'],
      ]),
    ];
    const posts = kept.map((author, index) => ({ key: [index], fields: { author } }));
    const followed = { key: [9], fields: { followed: to('users', 'a') } };
    const entities = { users, posts: [...posts, followed] };
    const { held, restored, plan } = await thereAndBack([documents, paths], entities);
    expect(plan.entities[1]?.mapping.references).toBeDefined();
    const changed = plan.entities[1]?.losses.filter(({ targetKind }) => targetKind === 'reference');
    expect(changed?.map(({ path }) => path)).toEqual([['followed']]);
    for (const { key, fields } of held['posts'] ?? [])
      expect(valueToText(fields).includes('reference')).toBe(key[0] === 'i~9');
    expectSame(restored, entities);
  });

  it('stay documents where a sample shows none that refers to what is moved, and the plan says no more', async () => {
    const entities = { users, posts: [{ key: [1], fields: { author: to('elsewhere', id) } }] };
    const { restored, plan } = await thereAndBack([documents, paths], entities);
    expect(plan.entities[1]?.mapping.references).toBeUndefined();
    expect(plan.entities[1]?.losses.map(({ targetKind }) => targetKind)).not.toContain('reference');
    expectSame(restored, entities);
  });

  it('are in the plan where names are data', async () => {
    const posts = Array.from({ length: 300 }, (_, index) => ({
      key: [index],
      fields: { by: documentFrom([[`name ${index}`, to('users', 'a')]]) },
    }));
    const { restored, plan } = await thereAndBack([documents, paths], { users, posts });
    const changed = plan.entities[1]?.losses.filter(({ targetKind }) => targetKind === 'reference');
    expect(changed?.map(({ path }) => path)).toEqual([['by', '*']]);
    expectSame(restored, { users, posts });
  });

  for (const [title, mapping] of [
    ['flattened', { flatten: true }],
    ['tagged', { fidelity: 'tagged' }],
    ['filtered', { filter: [{ field: 'name', is: '=', value: 'Ada' }] }],
  ] as const satisfies readonly (readonly [string, MappingOptions])[]) {
    it(`stay documents where records are ${title}`, async () => {
      const { plan } = await thereAndBack(
        [documents, paths],
        { users: [{ key: ['a'], fields: { name: 'Ada', friend: to('users', 'a') } }] },
        { mapping },
      );
      expect(plan.entities[0]?.mapping.references).toBeUndefined();
    });
  }
});

describe('references by path', () => {
  it('become documents with the key of the record that they mean, where it is moved too', async () => {
    const posts = [
      { key: ['1'], fields: { author: new ReferenceValue('users/ada'), also: [new ReferenceValue('others/x')] } },
      { key: ['2'], fields: { author: new ReferenceValue('users/bo/posts/1'), also: [new ReferenceValue('posts/1')] } },
    ];
    const entities = { users: [{ key: ['ada'], fields: {} }], posts };
    const { held, restored, plan } = await thereAndBack([paths, documents], entities, { targets: { users: 'people' } });
    expect(held['posts']?.map(({ fields }) => fields)).toEqual([
      { author: to('people', 'ada'), also: ['others/x'] },
      { author: 'users/bo/posts/1', also: [to('posts', '1')] },
    ]);
    expectSame(restored, entities);
    expect(plan.entities[1]?.losses.find(({ path }) => path[0] === 'author')).toMatchObject({
      sourceKind: 'reference',
      targetKind: 'document',
      fidelity: 'widened',
      restorable: true,
      action: 'becomes `$ref` and `$id` where that record is moved too; else becomes string (its path)',
    });
  });
});

describe('any fields', () => {
  const common: readonly Value[] = ['ada', 'a/b', '', 'i~1', 1, 1n, double(1), 'x'.repeat(101), true, null];
  const names = fc.constantFrom('users', 'posts', 'elsewhere', 'a', '@dm');
  const leaves = (keys: readonly Value[]): fc.Arbitrary<Value> => {
    const referring = fc.record({ $ref: names, $id: fc.constantFrom(...keys) });
    const either = fc.oneof(
      referring,
      referring.map(({ $ref, $id }) => ({ $id, $ref })),
    );
    const wrapper = either.map((value) => tagValue(value));
    return fc.oneof(
      fc.constantFrom(...keys),
      names,
      either,
      wrapper,
      wrapper.map((value) => tagValue(value)),
    );
  };
  const path = fc
    .array(fc.constantFrom('users', 'posts', 'ada', 'a%2Fb', 'i~1', idText, 'h~x', '*'), { minLength: 2, maxLength: 4 })
    .map((segments) => new ReferenceValue(segments.join('/')));
  const nested = (leaf: fc.Arbitrary<Value>): fc.Arbitrary<Value> =>
    fc.letrec<{ value: Value }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('b', '$ref', '$id', '@dm'), tie('value'), { maxKeys: 3 }),
      ),
    })).value;

  for (const [title, stores, leaf, first] of [
    ['documents', [documents, paths], leaves([...common, id]), to('users', 'ada')],
    ['paths', [paths, documents], fc.oneof(leaves(common), path), new ReferenceValue('users/ada')],
  ] as const) {
    it(`come back as they were from a store that refers to records otherwise: ${title}`, async () => {
      let followed = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(nested(leaf), { minLength: 1, maxLength: 5 }), async (values) => {
          const posts = [first, ...values].map((value, index) => ({ key: [`p${index}`], fields: { value, first } }));
          const entities = { users: [{ key: ['ada'], fields: {} }], posts };
          const { restored, plan } = await thereAndBack(stores, entities);
          if (plan.entities[1]?.mapping.references) followed += 1;
          expectSame(restored, entities);
        }),
        { numRuns: 300 },
      );
      expect(followed).toBe(300);
    }, 120_000);
  }
});
