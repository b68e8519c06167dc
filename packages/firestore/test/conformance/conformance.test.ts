import { randomBytes } from 'node:crypto';
import { type ConformanceHarness, describeConnector, type Oracle } from '@datamigrato/connector-testkit';
import type { EntitySchema } from '@datamigrato/core';
import { describeWithServer, type FirestoreAddress, firestoreDocuments } from '@datamigrato/testbed';
import { describe, test } from 'vitest';
import { firestoreConnector } from '../../src/index.js';
import { documentByHand, fieldsByHand } from './values-by-hand.js';

await describeWithServer('firestore', 'conformance', (address) => {
  describeConnector(harnessOf(address), { describe, test: (title, body) => test(title, body, 110_000) });
});

function harnessOf(address: FirestoreAddress): ConformanceHarness {
  const server = { host: address.host, port: address.port };
  return {
    connector: firestoreConnector,
    reach: 'network',
    async openPlace() {
      const projectId = `demo-kit-${randomBytes(6).toString('hex')}`;
      const optionsAt = ({ host, port }: typeof server) => ({ projectId, emulator: `${host}:${port}` });
      return {
        options: optionsAt(server),
        unreachable: optionsAt({ host: '127.0.0.1', port: 1 }),
        // An emulator asks for none.
        secrets: [],
        oracle: oracleOf(address, projectId),
        network: { address: server, optionsAt },
        async [Symbol.asyncDispose]() {
          await firestoreDocuments(address, projectId).clear();
        },
      };
    },
  };
}

function oracleOf(address: FirestoreAddress, projectId: string): Oracle {
  const store = firestoreDocuments(address, projectId);
  const root = `projects/${projectId}/databases/(default)/documents/`;
  const pathOf = ({ entity }: EntitySchema, key: readonly unknown[]): string => {
    const ids = key.map(String);
    return `${entity
      .split('/')
      .map((segment) => (segment === '*' ? (ids.shift() ?? '') : segment))
      .join('/')}/${ids.shift() ?? ''}`;
  };
  const find = async ({ entity }: EntitySchema) => {
    const isGroup = entity.includes('*');
    const last = entity.split('/').at(-1) ?? '';
    return await store.documents(isGroup ? last : entity, isGroup ? 'group' : undefined);
  };
  return {
    async seed(schema, records) {
      await store.fill(
        Object.fromEntries(records.map(({ key, fields }) => [pathOf(schema, key), fieldsByHand(fields, root)])),
      );
    },
    async read(schema) {
      const wildcards = schema.entity.split('/').map((segment) => segment === '*');
      return [...(await find(schema))].map(([path, fields]) => ({
        key: path.split('/').filter((_, index, all) => wildcards[index] === true || index === all.length - 1),
        fields: documentByHand(fields, root),
      }));
    },
    async count(schema) {
      const { size } = await find(schema);
      return size === 0 ? undefined : size;
    },
    takesKey: (key) => key.every((part) => typeof part === 'string' && /^(?!\.{0,2}$)(?!__.*__$)[^/]*$/su.test(part)),
  };
}
