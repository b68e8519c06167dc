import { isDeepStrictEqual } from 'node:util';
import { type EntitySchema, entityName } from '@datamigrato/core';
import { call, collected, inPlace, inSeededPlace } from '../case-session.js';
import { readable } from '../conditions.js';
import { type ConformanceCase, defineCase } from '../conformance-case.js';
import { ordinaryRecords, plannedEntity, uniqueName } from '../data/planned-entity.js';
import { asContractError, contractError, expectThat } from '../expectation.js';
import type { Oracle } from '../harness.js';

/** What a source says of its entities. */
export const listingCases: readonly ConformanceCase[] = [
  defineCase({
    id: 'listing-is-complete',
    title: 'every entity is listed once',
    promise: 'The listing names every entity of the place once, under its exact name; what is left out has a reason.',
    when: [readable],
    async run(harness) {
      const { manifest } = harness.connector;
      const names = ['plain', 'twice_named', 'twice', 'x1', ...awkwardNames(manifest.names.entityPattern)];
      await inSeededPlace(
        harness,
        async (oracle) => {
          for (const name of names) await oracle.seed(plannedEntity(manifest, { name }), ordinaryRecords(manifest, 1));
        },
        async ({ endpoint }) => {
          const listed = await collected(endpoint.source().listEntities(call));
          const copied = listed.flatMap(({ entity, excluded }) => (excluded === undefined ? [String(entity)] : []));
          expectThat(
            isDeepStrictEqual(copied.toSorted(), names.toSorted()),
            `the entities are ${names.toSorted().join(', ')}; listed are ${copied.toSorted().join(', ')}`,
          );
          for (const { entity, excluded } of listed) expectThat(excluded !== '', `${entity} is left out for no reason`);
        },
        { own: true },
      );
    },
  }),
  defineCase({
    id: 'empty-place-lists-nothing',
    title: 'an empty place has no entities',
    promise: 'A place without entities lists none, or says by an error that there is nothing.',
    when: [readable],
    async run(harness) {
      await inPlace(
        harness,
        async ({ endpoint }) => {
          const listed = await collected(endpoint.source().listEntities(call)).catch((thrown: unknown) => {
            const error = asContractError(thrown, 'listing an empty place');
            expectThat(error.category !== 'transient', `an empty place fails with ${error.code}, which is tried again`);
            return [];
          });
          const copied = listed.filter(({ excluded }) => excluded === undefined);
          expectThat(copied.length === 0, `an empty place lists ${copied[0]?.entity ?? ''}`);
        },
        { own: true },
      );
    },
  }),
  defineCase({
    id: 'missing-entity-is-an-error',
    title: 'an entity that is not there is an error',
    promise: 'A schema is asked in vain for an entity that the store does not have: DM_ENTITY_MISSING.',
    when: [readable],
    async run(harness) {
      await inPlace(harness, async ({ endpoint }) => {
        const asked = endpoint.source().inferSchema(entityName(uniqueName()), { ...call, sampleSize: 10 });
        const error = await contractError(asked, 'the schema of a missing entity');
        expectThat(error.code === 'DM_ENTITY_MISSING', `it failed with ${error.code}`);
      });
    },
  }),
  defineCase({
    id: 'schema-tells-key-and-fields',
    title: 'the schema tells key and fields',
    promise: 'The schema of an entity names its key and the fields that its records have, the key not among them.',
    when: [readable],
    async run(harness) {
      await withSeededEntity(harness, async (schema, sampled) => {
        const found = await sampled(1000);
        expectThat(found.entity === schema.entity, `the schema of ${schema.entity} is one of ${found.entity}`);
        expectThat(found.key.length === schema.key.length, `the key has ${found.key.length} parts`);
        const names = found.fields.map(({ name }) => name);
        for (const { name } of schema.fields)
          expectThat(names.includes(name), `the field ${name} is not in the schema: ${names.join(', ')}`);
        expectThat(new Set(names).size === names.length, `a field is named twice: ${names.join(', ')}`);
        for (const { name } of found.key)
          expectThat(!names.includes(name), `${name} is in the key and among the fields`);
        expectThat(found.origin !== 'planned', 'the schema of what is there calls itself planned');
      });
    },
  }),
  defineCase({
    id: 'schema-samples-as-told',
    title: 'the sample is as large as told',
    promise: 'A schema that is inferred looks at no more records than allowed, and says truly whether those were all.',
    when: [readable],
    async run(harness) {
      await withSeededEntity(harness, async (_, sampled) => {
        for (const sampleSize of [5, 1000]) {
          const { origin, sample } = await sampled(sampleSize);
          if (origin === 'declared') continue;
          expectThat(sample !== undefined, 'an inferred schema does not say what it is inferred from');
          expectThat(sample.records <= sampleSize, `${sample.records} records were looked at instead of ${sampleSize}`);
          expectThat(sample.records > 0, 'no record was looked at');
          expectThat(
            sample.complete === sampleSize > 40,
            `a sample of ${sample.records} of 40 records calls itself ${sample.complete ? 'complete' : 'incomplete'}`,
          );
        }
      });
    },
  }),
  defineCase({
    id: 'schema-is-data',
    title: 'the schema is plain data',
    promise: 'A schema survives JSON, since plans are stored.',
    when: [readable],
    async run(harness) {
      await withSeededEntity(harness, async (_, sampled) => {
        const found = await sampled(100);
        expectThat(isDeepStrictEqual(JSON.parse(JSON.stringify(found)), found), 'the schema is another one after JSON');
      });
    },
  }),
];

function awkwardNames(pattern: string | null): readonly string[] {
  const matcher = pattern === null ? /^[a-z][a-zA-Z0-9_]*$/u : new RegExp(pattern, 'u');
  return ['UPPER', 'with-dash', 'with.dot', 'naïve'].filter((name) => matcher.test(name));
}

type Harness = Parameters<ConformanceCase['run']>[0];

/** Runs a body on an entity of 40 ordinary records, given a way to sample it. */
async function withSeededEntity(
  harness: Harness,
  body: (schema: EntitySchema, sampled: (sampleSize: number) => Promise<EntitySchema>) => Promise<void>,
): Promise<void> {
  const { manifest } = harness.connector;
  const schema = plannedEntity(manifest);
  const seed = (oracle: Oracle): Promise<void> => oracle.seed(schema, ordinaryRecords(manifest, 40));
  await inSeededPlace(harness, seed, async ({ endpoint }) => {
    await body(schema, (sampleSize) => endpoint.source().inferSchema(schema.entity, { ...call, sampleSize }));
  });
}
