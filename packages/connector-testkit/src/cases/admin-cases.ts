import type { Admin, DataRecord, EntitySchema } from '@datamigrato/core';
import { entityName } from '@datamigrato/core';
import type { CaseSession } from '../case-session.js';
import { call, inSeededPlace } from '../case-session.js';
import { administrable } from '../conditions.js';
import { type ConformanceCase, defineCase } from '../conformance-case.js';
import { hostileKeys } from '../data/hostile-keys.js';
import { ordinaryKeyKind, ordinaryRecord, ordinaryRecords, plannedEntity, uniqueName } from '../data/planned-entity.js';
import { expectRecords, expectThat } from '../expectation.js';
import type { ConformanceHarness, Oracle } from '../harness.js';

/** Counting, deleting and dropping. */
export const adminCases: readonly ConformanceCase[] = [
  defineCase({
    id: 'counts-are-exact',
    title: 'an exact count is exact',
    promise: 'A count that calls itself exact is the number of records that the store has, also after some are gone.',
    when: [administrable],
    run: (harness) =>
      withSeeded(harness, 57, async ({ oracle }, admin, schema) => {
        const count = await admin.countRecords(schema.entity, call);
        expectThat(count.exact, 'the count of 57 records is an estimate, though none was asked for');
        expectThat(count.value === 57, `57 records are counted as ${count.value}`);
        await admin.deleteRecords(
          schema,
          ordinaryRecords(harness.connector.manifest, 7).map(({ key }) => key),
          call,
        );
        const { value } = await admin.countRecords(schema.entity, call);
        const real = await oracle.count(schema);
        expectThat(value === 50 && real === 50, `after 7 of 57 were deleted, ${value} are counted and ${real} there`);
      }),
  }),
  defineCase({
    id: 'estimates-are-numbers',
    title: 'an estimate is a number',
    promise: 'Where an estimate will do, it is a number of records that is not negative, and an exact one is right.',
    when: [administrable],
    run: (harness) =>
      withSeeded(harness, 20, async (_, admin, schema) => {
        const { value, exact } = await admin.countRecords(schema.entity, { ...call, estimate: true });
        expectThat(Number.isInteger(value) && value >= 0, `the estimate is ${value}`);
        expectThat(!exact || value === 20, `20 records are counted as exactly ${value}`);
      }),
  }),
  defineCase({
    id: 'empty-entity-counts-zero',
    title: 'an empty entity counts zero',
    promise: 'An entity without records is counted as zero.',
    when: [administrable],
    run: (harness) =>
      withSeeded(harness, 0, async (_, admin, schema) => {
        const { value } = await admin.countRecords(schema.entity, call);
        expectThat(value === 0, `no records are counted as ${value}`);
      }),
  }),
  defineCase({
    id: 'deletes-by-key',
    title: 'exactly the records of the given keys are deleted',
    promise:
      'Deleting takes the records of these keys and no other, whatever the keys; a key that is not there is no failure.',
    when: [administrable],
    run(harness) {
      const { manifest } = harness.connector;
      const kind = ordinaryKeyKind(manifest);
      const schema = plannedEntity(manifest, { keyKinds: [kind] });
      const seed = async (oracle: Oracle): Promise<readonly DataRecord[]> => {
        const keys = hostileKeys(manifest, kind).filter((key) => oracle.takesKey?.(key) ?? true);
        const seeded = keys.map((key) => ({ ...ordinaryRecord(manifest, 1), key }));
        await oracle.seed(schema, seeded);
        return seeded;
      };
      return inSeededPlace(harness, seed, async ({ oracle, endpoint }, records) => {
        const admin = endpoint.admin();
        expectThat(admin !== undefined, 'there is no admin');
        const gone = records.filter((_, index) => index % 2 === 0);
        const asked = [...gone.map(({ key }) => key), ordinaryRecord(manifest, 4000).key];
        for (let time = 0; time < 2; time += 1) {
          const { failures } = await admin.deleteRecords(schema, asked, call);
          const [failure] = failures;
          expectThat(failure === undefined, `a deletion failed with ${failure?.error.code}: ${failure?.error.message}`);
          expectRecords(
            await oracle.read(schema),
            records.filter((record) => !gone.includes(record)),
            'the store',
          );
        }
      });
    },
  }),
  defineCase({
    id: 'deletes-all-and-keeps-the-entity',
    title: 'deleting all records keeps the entity',
    promise:
      'After all records of an entity were deleted it is there and empty, if it can be empty, and its neighbour untouched.',
    when: [administrable],
    run: (harness) =>
      withSeeded(harness, 30, async ({ oracle }, admin, schema, neighbour) => {
        const { manifest } = harness.connector;
        await admin.deleteRecords(schema, 'all', call);
        const left = manifest.emptyEntities === false ? undefined : 0;
        expectThat((await oracle.count(schema)) === left, `${await oracle.count(schema)} records are left`);
        expectRecords(await oracle.read(neighbour), ordinaryRecords(manifest, 3), 'the neighbour');
      }),
  }),
  defineCase({
    id: 'drops-an-entity',
    title: 'an entity is dropped with its records',
    promise: 'A dropped entity is gone, its neighbour is not, and dropping what is not there is no failure.',
    when: [administrable],
    run: (harness) =>
      withSeeded(harness, 5, async ({ oracle }, admin, schema, neighbour) => {
        const { manifest } = harness.connector;
        await admin.dropEntity(schema.entity, call);
        expectThat((await oracle.count(schema)) === undefined, 'a dropped entity is still there');
        await admin.dropEntity(schema.entity, call);
        await admin.dropEntity(entityName(uniqueName()), call);
        expectRecords(await oracle.read(neighbour), ordinaryRecords(manifest, 3), 'the neighbour');
      }),
  }),
  defineCase({
    id: 'drops-the-database',
    title: 'a database is dropped with everything in it',
    promise: 'After the database was dropped none of its entities is there.',
    when: [administrable],
    run(harness) {
      const { manifest } = harness.connector;
      const schemas = [plannedEntity(manifest), plannedEntity(manifest)];
      return inSeededPlace(
        harness,
        async (oracle) => {
          for (const schema of schemas) await oracle.seed(schema, ordinaryRecords(manifest, 3));
        },
        async ({ oracle, endpoint }) => {
          await endpoint.admin()?.dropDatabase(call);
          for (const schema of schemas)
            expectThat((await oracle.count(schema)) === undefined, 'an entity of a dropped database is still there');
        },
        { own: true },
      );
    },
  }),
];

/** Runs a body on an entity of ordinary records, beside a neighbour of three whose name begins alike. */
async function withSeeded(
  harness: ConformanceHarness,
  count: number,
  body: (session: CaseSession, admin: Admin, schema: EntitySchema, neighbour: EntitySchema) => Promise<void>,
): Promise<void> {
  const { manifest } = harness.connector;
  const schema = plannedEntity(manifest);
  const neighbour = plannedEntity(manifest, { name: `${schema.entity}_2` });
  const seed = async (oracle: Oracle): Promise<void> => {
    await oracle.seed(schema, ordinaryRecords(manifest, count));
    await oracle.seed(neighbour, ordinaryRecords(manifest, 3));
  };
  await inSeededPlace(harness, seed, async (session) => {
    const admin = session.endpoint.admin();
    expectThat(admin !== undefined, 'the connector says that it has an admin, and an open endpoint has none');
    await body(session, admin, schema, neighbour);
  });
}
