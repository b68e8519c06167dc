import { entityName } from '@datamigrato/core';
import { call, inPlace, inSeededPlace, writeAll } from '../case-session.js';
import { emptyEntities, writable } from '../conditions.js';
import { type ConformanceCase, defineCase } from '../conformance-case.js';
import { ordinaryRecords, plannedEntity, uniqueName } from '../data/planned-entity.js';
import { expectRecords, expectThat } from '../expectation.js';
import type { Oracle } from '../harness.js';

/** Making entities ready for records. */
export const preparationCases: readonly ConformanceCase[] = [
  defineCase({
    id: 'planning-changes-nothing',
    title: 'planning an entity makes nothing',
    promise: 'A plan says that an entity is missing and what would be run, and leaves it missing.',
    when: [writable],
    run: (harness) =>
      inPlace(harness, async ({ oracle, endpoint }) => {
        const schema = plannedEntity(harness.connector.manifest);
        for (let time = 0; time < 2; time += 1) {
          const { exists, conflicts, fingerprint } = await endpoint.target().planEntity(schema, call);
          expectThat(!exists, 'an entity that is not there is said to exist');
          expectThat(conflicts.length === 0, `an ordinary entity has conflicts: ${conflicts.join('; ')}`);
          expectThat(fingerprint.length > 0, 'the fingerprint is empty');
          expectThat((await oracle.count(schema)) === undefined, 'planning made the entity');
        }
      }),
  }),
  defineCase({
    id: 'preparing-makes-the-entity',
    title: 'preparing makes what is missing',
    promise: 'A prepared entity exists, needs no more statements, and has another fingerprint than one that is absent.',
    when: [writable, emptyEntities],
    run: (harness) =>
      inPlace(harness, async ({ oracle, endpoint }) => {
        const schema = plannedEntity(harness.connector.manifest);
        const target = endpoint.target();
        const before = await target.planEntity(schema, call);
        await target.prepareEntity(schema, call);
        expectThat((await oracle.count(schema)) === 0, 'the store has no such entity, or it is not empty');
        const after = await target.planEntity(schema, call);
        expectThat(after.exists, 'a prepared entity is said not to exist');
        expectThat(after.statements.length === 0, `a prepared entity still needs: ${after.statements.join('; ')}`);
        expectThat(after.conflicts.length === 0, `a prepared entity has conflicts: ${after.conflicts.join('; ')}`);
        expectThat(after.fingerprint !== before.fingerprint, 'the fingerprint does not tell absent from present');
        const again = await target.planEntity(schema, call);
        expectThat(again.fingerprint === after.fingerprint, 'the fingerprint of what nobody touched has changed');
      }),
  }),
  defineCase({
    id: 'preparing-may-be-repeated',
    title: 'preparing again changes nothing',
    promise: 'An entity that is prepared again keeps its records and its fingerprint.',
    when: [writable],
    run: (harness) =>
      inPlace(harness, async ({ oracle, endpoint }) => {
        const { manifest } = harness.connector;
        const schema = plannedEntity(manifest);
        const records = ordinaryRecords(manifest, 5);
        await writeAll(endpoint, schema, records);
        const target = endpoint.target();
        const before = await target.planEntity(schema, call);
        await target.prepareEntity(schema, call);
        await Promise.all([target.prepareEntity(schema, call), target.prepareEntity(schema, call)]);
        expectRecords(await oracle.read(schema), records, 'the store');
        const after = await target.planEntity(schema, call);
        expectThat(after.fingerprint === before.fingerprint, 'the fingerprint has changed');
      }),
  }),
  defineCase({
    id: 'preparing-keeps-to-its-entity',
    title: 'preparing one entity leaves others alone',
    promise: 'Other entities of the place keep their records, also those whose names begin alike.',
    when: [writable],
    run(harness) {
      const { manifest } = harness.connector;
      const name = uniqueName();
      const schema = plannedEntity(manifest, { name });
      const records = ordinaryRecords(manifest, 4);
      const seed = (oracle: Oracle): Promise<void> => oracle.seed(schema, records);
      return inSeededPlace(harness, seed, async ({ oracle, endpoint }) => {
        const longer = plannedEntity(manifest, { name: `${name}_2` });
        await writeAll(endpoint, longer, records.slice(0, 1));
        expectRecords(await oracle.read(schema), records, 'the entity with the shorter name');
        expectRecords(await oracle.read(longer), records.slice(0, 1), 'the entity with the longer name');
      });
    },
  }),
  defineCase({
    id: 'entity-names-have-a-length',
    title: 'an entity may have as long a name as the manifest says',
    promise:
      'The longest name that the manifest allows can be prepared and written to; where it has no limit, 120 letters can.',
    when: [writable],
    run: (harness) =>
      inPlace(harness, async ({ oracle, endpoint }) => {
        const { manifest } = harness.connector;
        const length = Math.min(harness.standIn?.entityBytes ?? 1000, manifest.names.entityBytes ?? 120);
        const name = `${uniqueName()}_${'n'.repeat(1000)}`.slice(0, length);
        const schema = { ...plannedEntity(manifest), entity: entityName(name) };
        const records = ordinaryRecords(manifest, 2);
        await writeAll(endpoint, schema, records);
        expectRecords(await oracle.read(schema), records, 'the store');
      }),
  }),
  defineCase({
    id: 'field-names-have-a-length',
    title: 'a field may have as long a name as the manifest says',
    promise: 'The longest name that the manifest allows is held; where it has no limit, 200 letters are.',
    when: [writable],
    run: (harness) =>
      inPlace(harness, async ({ oracle, endpoint }) => {
        const { manifest } = harness.connector;
        const name = 'n'.repeat(Math.min(manifest.names.fieldBytes ?? 200, 2000));
        const schema = plannedEntity(manifest, { fields: { [name]: { kind: 'string' } } });
        const records = ordinaryRecords(manifest, 2).map(({ key }) => ({ key, fields: { [name]: 'x' } }));
        await writeAll(endpoint, schema, records);
        expectRecords(await oracle.read(schema), records, 'the store');
      }),
  }),
];
