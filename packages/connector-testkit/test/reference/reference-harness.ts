import { randomBytes } from 'node:crypto';
import {
  type Connector,
  type DataRecord,
  documentEntries,
  type EntitySchema,
  isArray,
  isDocument,
  kindOf,
  type ValueKind,
  valueFromText,
  valueToText,
} from '@datamigrato/core';
import type { ConformanceHarness, Oracle, Place } from '../../src/index.js';
import { type ReferenceServer, serveStore } from './reference-server.js';
import { ReferenceStore, type StoreAnswer, type StoreRequest } from './reference-store.js';

/** Told of by the harness; never to be shown by the connector. */
const password = 'pa55word-of-the-reference-store';

/** A harness for the reference store behind a socket. */
export async function networkHarness(connector: Connector): Promise<ConformanceHarness & AsyncDisposable> {
  const store = new ReferenceStore(password);
  const server: ReferenceServer = await serveStore(store);
  const optionsFor = (place: string) => (address: { readonly host: string; readonly port: number }) => ({
    ...address,
    place,
    password,
  });
  return {
    connector,
    reach: 'network',
    changes: 'told',
    async openPlace() {
      const place = randomBytes(6).toString('hex');
      const optionsAt = optionsFor(place);
      const address = { host: '127.0.0.1', port: server.port };
      return {
        ...placeOf(store, place),
        options: optionsAt(address),
        unreachable: optionsAt({ host: '127.0.0.1', port: 1 }),
        network: { address, optionsAt },
      };
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** A harness for the reference store in this process, which tells nobody of changes; with a kind of value that the store is said to lack, and one that it then refuses. */
export function localHarness(
  connector: Connector,
  lacking?: { readonly said: ValueKind; readonly refused: ValueKind },
): ConformanceHarness {
  const store = new ReferenceStore(password, { tellsChanges: false });
  return {
    connector,
    reach: 'local',
    ...(connector.capabilities.source && { changes: 'untold' }),
    ...(lacking && {
      standIn: {
        name: 'a small imitation',
        lacksValue: (value) => kindOf(value) === lacking.said,
        lacksKey: (key) => kindOf(key) === lacking.said,
      },
    }),
    async openPlace() {
      const place = randomBytes(6).toString('hex');
      const whole = placeOf(store, place);
      const seed: Oracle['seed'] = async (schema, records) => {
        const values = records.flatMap(({ fields }) => documentEntries(fields).map(([, value]) => value));
        if (values.some((value) => kindOf(value) === lacking?.refused))
          throw new Error('the imitation has no such value');
        await whole.oracle.seed(schema, records);
      };
      return {
        ...whole,
        oracle: { ...whole.oracle, seed },
        options: { place, password, store },
        unreachable: { place: `${place}-nowhere`, password, store: null },
      };
    },
  };
}

function placeOf(store: ReferenceStore, place: string): Pick<Place, 'oracle' | 'secrets' | typeof Symbol.asyncDispose> {
  return {
    oracle: oracleOf(store, place),
    secrets: [password],
    async [Symbol.asyncDispose]() {
      store.answer({ ask: 'drop-place', entity: '', place, password });
    },
  };
}

/** Asks the store itself. */
function oracleOf(store: ReferenceStore, place: string): Oracle {
  const ask = (request: StoreRequest): StoreAnswer => store.answer(request);
  const at = ({ entity }: EntitySchema) => ({ entity, place, password });
  return {
    async seed(schema, records) {
      ask({ ...at(schema), ask: 'make', schema: JSON.stringify(schema) });
      const stored = records.map(({ key, fields }) => ({ key: valueToText(key), fields: valueToText(fields) }));
      ask({ ...at(schema), ask: 'write', records: stored, over: true });
    },
    async read(schema) {
      const slice = { remainder: 0, divisor: 1 };
      const { records = [] } = ask({ ...at(schema), ask: 'read', slice, after: null, most: Number.MAX_SAFE_INTEGER });
      return records.map(({ key, fields }): DataRecord => {
        const parts = valueFromText(key);
        const document = valueFromText(fields);
        if (!isArray(parts) || !isDocument(document))
          throw new TypeError('the store holds something else than records');
        return { key: parts, fields: document };
      });
    },
    async count(schema) {
      return ask({ ...at(schema), ask: 'count' }).count;
    },
    async change(schema, change) {
      if (change.type === 'deleted') ask({ ...at(schema), ask: 'delete', keys: [valueToText(change.key)] });
      else {
        const { key, fields } = change.record;
        const record = { key: valueToText(key), fields: valueToText(fields) };
        ask({ ...at(schema), ask: 'write', records: [record], over: true });
      }
    },
  };
}
