import { randomBytes } from 'node:crypto';
import {
  type ConformanceHarness,
  describeConnector,
  type NetworkAddress,
  type Oracle,
} from '@datamigrato/connector-testkit';
import type { DataRecord, EntitySchema } from '@datamigrato/core';
import { describe, test } from 'vitest';
import { firebaseRealtimeConnector } from '../../src/index.js';
import { serverHost } from '../server/harness.js';
import { fieldsOf, type Json, jsonOfFields } from './node-by-hand.js';

const host = await serverHost();

describeConnector(harnessOf(host), { describe, test: (title, body) => test(title, body, 110_000) });

function harnessOf(server: string): ConformanceHarness {
  const [address = '', port = ''] = server.split(':');
  return {
    connector: firebaseRealtimeConnector,
    reach: 'network',
    async openPlace() {
      const namespace = `kit-${randomBytes(6).toString('hex')}`;
      const optionsAt = (at: NetworkAddress) => ({
        referenceUrl: `https://${namespace}.firebaseio.com`,
        emulator: `${at.host}:${at.port}`,
      });
      const there = { host: address, port: Number(port) };
      const token = 'token-of-nobody';
      return {
        options: optionsAt(there),
        unreachable: { ...optionsAt({ host: '127.0.0.1', port: 1 }), token },
        secrets: [token],
        oracle: oracleOf(server, namespace),
        network: { address: there, optionsAt },
        async [Symbol.asyncDispose]() {
          await rest(server, namespace, '', { method: 'DELETE' });
        },
      };
    },
  };
}

function oracleOf(server: string, namespace: string): Oracle {
  const rootOf = ({ entity }: EntitySchema): string => entity.split('/*')[0] ?? '';
  return {
    // Core makes such texts of all other keys.
    takesKey: (key) => key.every((part) => typeof part === 'string' && /^[^.$#[\]/\p{Cc}]+$/u.test(part)),
    async seed(schema, records) {
      const nodes = Object.fromEntries(
        records.map(({ key, fields }) => [
          key.filter((part) => typeof part === 'string').join('/'),
          jsonOfFields(fields),
        ]),
      );
      await rest(server, namespace, rootOf(schema), { method: 'PATCH', body: JSON.stringify(nodes) });
    },
    async read(schema) {
      const read = (json: Json, key: readonly string[]): readonly DataRecord[] => {
        if (key.length === schema.key.length) return [{ key, fields: fieldsOf(json) }];
        return Object.entries(json ?? {}).flatMap(([name, inner]) => read(inner, [...key, name]));
      };
      return read(await rest(server, namespace, rootOf(schema), { method: 'GET' }), []);
    },
    async count(schema) {
      const json = await rest(server, namespace, rootOf(schema), { method: 'GET' });
      const count = (inner: Json, levels: number): number =>
        levels === 0 ? 1 : Object.values(inner ?? {}).reduce<number>((sum, each) => sum + count(each, levels - 1), 0);
      return json === null ? undefined : count(json, schema.key.length);
    },
  };
}

async function rest(server: string, namespace: string, path: string, init: RequestInit): Promise<Json> {
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  const answer = await fetch(`http://${server}/${encoded}.json?ns=${namespace}&format=export`, {
    ...init,
    headers: { authorization: 'Bearer owner' },
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Json;
}
