import { isDeepStrictEqual } from 'node:util';
import { entityName, valueKinds } from '@datamigrato/core';
import { patternOfEntities, readable, writable } from '../conditions.js';
import { type ConformanceCase, defineCase } from '../conformance-case.js';
import { expectThat } from '../expectation.js';

/** What a manifest must be before anything is opened. */
export const manifestCases: readonly ConformanceCase[] = [
  defineCase({
    id: 'manifest-is-data',
    title: 'the manifest is plain data',
    promise: 'The manifest survives JSON, apart from the functions that it may hold.',
    async run({ connector: { manifest } }) {
      const plain = JSON.parse(JSON.stringify(manifest)) as unknown;
      expectThat(
        isDeepStrictEqual(plain, withoutFunctions(manifest)),
        'the manifest is another one after JSON: it holds what JSON cannot carry, such as Infinity or undefined',
      );
    },
  }),
  defineCase({
    id: 'manifest-decides-every-kind',
    title: 'the manifest decides on every kind',
    promise: 'Every kind of value has a fidelity, an exact kind stays itself, and what a kind becomes is held.',
    async run({ connector: { manifest } }) {
      for (const kind of valueKinds) {
        const support = manifest.values[kind];
        expectThat(support !== undefined, `the manifest says nothing of ${kind}`);
        if (support.fidelity === 'exact') {
          expectThat(support.as === kind, `the manifest holds ${kind} exactly, and as ${support.as}`);
        } else if (support.as !== kind) {
          const form = manifest.values[support.as].fidelity;
          expectThat(form === 'exact', `the manifest turns ${kind} into ${support.as}, which it does not hold exactly`);
        }
      }
    },
  }),
  defineCase({
    id: 'manifest-keys-are-held',
    title: 'keys are of kinds that are held',
    promise: 'Every kind that may be a key is held exactly, and there is at least one.',
    async run({ connector: { manifest } }) {
      expectThat(manifest.keyKinds.length > 0, 'no kind may be a key');
      for (const kind of manifest.keyKinds)
        expectThat(manifest.values[kind].fidelity === 'exact', `a key may be ${kind}, which is not held exactly`);
      expectThat(
        new Set(manifest.keyKinds).size === manifest.keyKinds.length,
        'a kind is named twice among those of keys',
      );
      expectThat(manifest.keyField !== '', 'the name of the key field is empty');
    },
  }),
  defineCase({
    id: 'manifest-limits-are-sizes',
    title: 'limits are sizes',
    promise: 'Every limit is a positive integer, or null where there is none.',
    async run({ connector: { manifest } }) {
      const { limits, names } = manifest;
      const sizes = { ...limits, fieldNameBytes: names.fieldBytes, entityNameBytes: names.entityBytes };
      for (const [name, size] of Object.entries(sizes))
        expectThat(size === null || (Number.isInteger(size) && size > 0), `the limit ${name} is ${size}`);
      for (const name of ['batchRecords', 'batchBytes', 'concurrentWrites'] as const)
        expectThat(limits[name] !== null, `the limit ${name} is null`);
      expectThat(
        limits.recordBytes === null || limits.batchBytes !== null,
        'a batch without bound holds records with one',
      );
    },
  }),
  defineCase({
    id: 'manifest-table-rules',
    title: 'tables have rules for columns, documents have none',
    promise:
      'A manifest has rules for tables exactly where its shape is a table, and its columns are of kinds that are held.',
    async run({ connector: { manifest } }) {
      const { table, shape, values } = manifest;
      expectThat(
        (table !== undefined) === (shape === 'table'),
        `the shape is ${shape}, and table rules are ${table ? 'there' : 'not there'}`,
      );
      for (const kind of table?.columnKinds ?? [])
        expectThat(values[kind].fidelity === 'exact', `a column may be ${kind}, which is not held exactly`);
      if (table !== undefined) expectThat(table.overflowField !== '', 'the overflow column has no name');
    },
  }),
  defineCase({
    id: 'manifest-entity-pattern',
    when: [patternOfEntities],
    title: 'the pattern of entity names can be matched',
    promise: 'The pattern of entity names is a regular expression that takes ordinary names.',
    async run({ connector: { manifest } }) {
      const { entityPattern } = manifest.names;
      const pattern = new RegExp(entityPattern ?? '', 'u');
      for (const name of ['users', 'kit_0123456789ab'].map(entityName))
        expectThat(pattern.test(name), `the pattern ${entityPattern} does not take "${name}"`);
    },
  }),
  defineCase({
    id: 'manifest-write-modes',
    title: 'a target replaces',
    promise: 'A target has at least the write mode `replace`, by which a run that is repeated does no harm.',
    when: [writable],
    async run({ connector: { manifest } }) {
      expectThat(manifest.writeModes.includes('replace'), 'there is no write mode `replace`');
      expectThat(new Set(manifest.writeModes).size === manifest.writeModes.length, 'a write mode is named twice');
    },
  }),
  defineCase({
    id: 'identity',
    title: 'the connector says who it is',
    promise: 'A connector has a lower-case id, a version of three numbers, and lower-case schemes without colon.',
    async run({ connector }) {
      expectThat(connector.specVersion === 1, `the contract's version is ${String(connector.specVersion)}`);
      expectThat(/^[a-z][a-z0-9-]*$/.test(connector.id), `the id is "${connector.id}"`);
      expectThat(/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(connector.version), `the version is "${connector.version}"`);
      expectThat(connector.schemes.length > 0, 'there is no scheme for connection strings');
      for (const scheme of connector.schemes) expectThat(/^[a-z][a-z0-9+.-]*$/.test(scheme), `a scheme is "${scheme}"`);
    },
  }),
  defineCase({
    id: 'roles',
    title: 'the connector has a use',
    promise: 'A connector is a source or a target; what it can do is known before anything is opened.',
    async run(harness) {
      const { source, target, admin } = harness.connector.capabilities;
      expectThat(source || target, 'the connector is neither a source nor a target');
      for (const role of [source, target, admin])
        expectThat(typeof role === 'boolean', 'a role is neither true nor false');
      expectThat(
        (readable(harness) === undefined) === source && (writable(harness) === undefined) === target,
        'roles change from one look to the next',
      );
    },
  }),
];

/** The same data without the members that are functions, at any depth. */
function withoutFunctions(data: unknown): unknown {
  if (Array.isArray(data)) return data.map(withoutFunctions);
  if (typeof data !== 'object' || data === null) return data;
  return Object.fromEntries(
    Object.entries(data)
      .filter(([, member]) => typeof member !== 'function')
      .map(([name, member]) => [name, withoutFunctions(member)]),
  );
}
