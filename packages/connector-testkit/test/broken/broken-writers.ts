import { setTimeout as sleep } from 'node:timers/promises';
import {
  DatamigratoError,
  documentEntries,
  documentFrom,
  isArray,
  isDocument,
  setField,
  type Value,
  valueFromText,
  valueToText,
} from '@datamigrato/core';
import type { ReferenceClient } from '../reference/reference-client.js';
import type { StoredRecord } from '../reference/reference-store.js';
import { type BrokenConnector, breakEncoder, breakTarget } from './break-definition.js';

/** Connectors that lose, double or change what they write; each stands for a fault that real tools had. */
export const brokenWriters: readonly BrokenConnector[] = [
  {
    fault: 'A-11: a batch that is written again is appended',
    rejectedBy: 'rewrite-changes-nothing',
    breakIt: breakTarget((target, client) => ({
      async writeBatch(entity, records, call) {
        const { taken = [] } = await client.ask({ ask: 'write', entity, records, over: false }, call);
        const again = taken.map((index) => withKeySuffix(records[index] as StoredRecord, 'again'));
        return target.writeBatch(entity, [...records.filter((_, index) => !taken.includes(index)), ...again], call);
      },
    })),
  },
  {
    fault: 'A-12: the encoder leaves out what the store does not hold',
    rejectedBy: 'writes-counter',
    breakIt: breakEncoder((encoder) => ({
      encode(record) {
        const entries = documentEntries(record.fields).filter(([, value]) => kindText(value) !== 'counter');
        return encoder.encode({ ...record, fields: documentFrom(entries) });
      },
    })),
  },
  {
    fault: 'A-12: a record that cannot be encoded is passed over in the batch',
    rejectedBy: 'record-beyond-the-limit',
    breakIt: breakEncoder((encoder) => ({
      encode(record) {
        const entries = documentEntries(record.fields).map(([name, value]): [string, Value] => [
          name,
          typeof value === 'string' ? value.slice(0, 1000) : value,
        ]);
        return encoder.encode({ ...record, fields: documentFrom(entries) });
      },
    })),
  },
  {
    fault: 'A-13: writes are acknowledged before they are sent',
    rejectedBy: 'acknowledged-is-stored',
    breakIt: breakTarget((target) => ({
      async writeBatch(entity, records, call) {
        const sent = sleep(50).then(() => target.writeBatch(entity, records, call));
        // The caller is not told of what goes wrong later.
        sent.catch(() => undefined);
        return { failures: [], unchanged: 0 };
      },
    })),
  },
  {
    fault: 'A-13: the last batch is given up when the endpoint is closed',
    rejectedBy: 'writes-outlive-the-endpoint',
    breakIt(definition) {
      const last = new WeakMap<ReferenceClient, () => Promise<unknown>>();
      const rollingBack = breakTarget((target, client) => ({
        async writeBatch(entity, records, call) {
          last.set(client, () => client.ask({ ask: 'delete', entity, keys: records.map(({ key }) => key) }, call));
          return target.writeBatch(entity, records, call);
        },
      }))(definition);
      return {
        ...rollingBack,
        async close(client) {
          await last.get(client)?.();
          await definition.close(client);
        },
      };
    },
  },
  {
    fault: 'A-14: the failures of single records are swallowed',
    rejectedBy: 'failures-are-of-single-records',
    breakIt: breakTarget((target) => ({
      async writeBatch(entity, records, call) {
        const { unchanged } = await target.writeBatch(entity, records, call);
        return { failures: [], unchanged };
      },
    })),
  },
  {
    fault: 'A-14: failures name the indexes of a batch that was put into another order',
    rejectedBy: 'failures-are-of-single-records',
    breakIt: breakTarget((target) => ({
      writeBatch: (entity, records, call) => target.writeBatch(entity, [...records].reverse(), call),
    })),
  },
  {
    fault: 'A-14: one record that fails is thrown as the error of all',
    rejectedBy: 'all-records-may-fail',
    breakIt: breakTarget((target) => ({
      async writeBatch(entity, records, call) {
        const result = await target.writeBatch(entity, records, call);
        const [failure] = result.failures;
        if (failure !== undefined) throw failure.error;
        return result;
      },
    })),
  },
  {
    fault: 'A-14: where one record is refused, the others are not written',
    rejectedBy: 'failures-are-of-single-records',
    breakIt: breakTarget((target, client) => ({
      async writeBatch(entity, records, call) {
        const result = await target.writeBatch(entity, records, call);
        const failed = new Set(result.failures.map(({ index }) => index));
        const keys = records.flatMap(({ key }, index) => (failed.has(index) ? [] : [key]));
        if (failed.size > 0) await client.ask({ ask: 'delete', entity, keys }, call);
        return result;
      },
    })),
  },
  {
    fault: 'A-15: a request that went well is sent once more',
    rejectedBy: 'create-refuses-what-is-there',
    breakIt: breakTarget((target) => ({
      async writeBatch(entity, records, call) {
        await target.writeBatch(entity, records, { ...call, mode: 'replace' });
        return target.writeBatch(entity, records, call);
      },
    })),
  },
  {
    fault: 'A-16: every write counts up a field',
    rejectedBy: 'rewrite-changes-nothing',
    breakIt: breakTarget((target, client) => ({
      async writeBatch(entity, records, call) {
        const before = await storedFields(client, entity, call);
        const counted = records.map((record) => {
          const earlier = before.get(record.key);
          return earlier === undefined ? record : withField(record, 'writes', countOf(earlier) + 1);
        });
        return target.writeBatch(entity, counted, call);
      },
    })),
  },
  {
    fault: 'A-17: a list that is written over is appended to',
    rejectedBy: 'rewrite-changes-nothing',
    breakIt: breakTarget((target, client) => ({
      async writeBatch(entity, records, call) {
        const before = await storedFields(client, entity, call);
        return target.writeBatch(
          entity,
          records.map((record) => appended(record, before.get(record.key))),
          call,
        );
      },
    })),
  },
  {
    fault: 'A-18: a key is generated where the record may be there already',
    rejectedBy: 'rewrite-by-another-process',
    breakIt: breakTarget((target, client) => {
      const own = new Set<string>();
      return {
        async writeBatch(entity, records, call) {
          const before = await storedFields(client, entity, call);
          const generated = records.map((record) =>
            before.has(record.key) && !own.has(record.key) ? withKeySuffix(record, String(own.size)) : record,
          );
          for (const { key } of generated) own.add(key);
          return target.writeBatch(entity, generated, call);
        },
      };
    }),
  },
  {
    fault: 'A-19: `create` overwrites',
    rejectedBy: 'create-refuses-what-is-there',
    breakIt: breakTarget((target) => ({
      writeBatch: (entity, records, call) => target.writeBatch(entity, records, { ...call, mode: 'replace' }),
    })),
  },
  {
    fault: 'A-19: `skip` fails for what is there',
    rejectedBy: 'skip-leaves-what-is-there',
    breakIt: breakTarget((target) => ({
      writeBatch: (entity, records, call) =>
        target.writeBatch(entity, records, call.mode === 'skip' ? { ...call, mode: 'create' } : call),
    })),
  },
  {
    fault: 'A-20: an older version of a record loses silently',
    rejectedBy: 'last-write-wins',
    breakIt: breakTarget((target) => {
      const versions = new Map<string, Set<string>>();
      return {
        writeBatch(entity, records, call) {
          const newer = records.filter(({ key, fields }) => {
            const known = versions.get(key) ?? new Set();
            versions.set(key, known);
            return known.size === new Set(known).add(fields).size ? false : Boolean(known.add(fields));
          });
          return target.writeBatch(entity, newer, call);
        },
      };
    }),
  },
  {
    fault: 'A-22: null is written as missing',
    rejectedBy: 'null-is-not-missing',
    breakIt: breakEncoder((encoder) => ({
      encode(record) {
        const entries = documentEntries(record.fields).filter(([, value]) => value !== null);
        return encoder.encode({ ...record, fields: documentFrom(entries) });
      },
    })),
  },
  {
    fault: 'A-22: a missing field keeps its old value',
    rejectedBy: 'replace-takes-all-fields',
    breakIt: breakTarget((target, client) => ({
      async writeBatch(entity, records, call) {
        const before = await storedFields(client, entity, call);
        return target.writeBatch(
          entity,
          records.map((record) => merged(record, before.get(record.key))),
          call,
        );
      },
    })),
  },
  {
    fault: 'A-23: a key that was written once is not written again',
    rejectedBy: 'same-key-in-two-batches',
    breakIt: breakTarget((target) => {
      const written = new Set<string>();
      return {
        writeBatch(entity, records, call) {
          const fresh = records.filter(({ key }) => !written.has(key));
          for (const { key } of fresh) written.add(key);
          return target.writeBatch(entity, fresh, call);
        },
      };
    }),
  },
  {
    fault: 'A-24: keys of all kinds are made strings',
    rejectedBy: 'keys-stay-apart',
    breakIt: changedKeys((key) => (typeof key === 'string' ? key : looseText(key))),
  },
  {
    fault: 'A-24: upper and lower case are one',
    rejectedBy: 'keys-stay-apart',
    breakIt: changedKeys((key) => (typeof key === 'string' ? key.toLowerCase() : key)),
  },
  {
    fault: 'A-24: dots of keys become underscores',
    rejectedBy: 'key-codec-is-injective',
    breakIt: changedKeys((key) => (typeof key === 'string' ? key.replaceAll('.', '_') : key)),
  },
  {
    fault: 'A-24: the parts of a key are joined',
    rejectedBy: 'composite-keys',
    breakIt: changedKeys((key) =>
      isDocument(key)
        ? documentFrom([
            [
              'joined',
              documentEntries(key)
                .map(([, part]) => looseText(part))
                .join(''),
            ],
          ])
        : key,
    ),
  },
  {
    fault: 'an error shows the record that it is about',
    rejectedBy: 'write-failures-hold-no-content',
    breakIt: breakTarget((target) => ({
      async writeBatch(entity, records, call) {
        const result = await target.writeBatch(entity, records, call);
        const failures = result.failures.map(({ index, error }) => ({
          index,
          error: new DatamigratoError({
            code: error.code,
            category: 'record',
            message: error.message,
            cause: records[index],
          }),
        }));
        return { ...result, failures };
      },
    })),
  },
  {
    fault: 'the limit of records is larger than what the store takes',
    rejectedBy: 'batches-of-the-largest-number',
    breakIt: breakTarget((target) => ({
      writeBatch: (entity, records, call) => target.writeBatch(entity, records.slice(0, 250), call),
    })),
  },
  {
    fault: 'planning makes the entity',
    rejectedBy: 'planning-changes-nothing',
    breakIt: breakTarget((target) => ({
      async planEntity(schema, call) {
        const planned = await target.planEntity(schema, call);
        await target.prepareEntity(schema, call);
        return planned;
      },
    })),
  },
  {
    fault: 'preparing again empties the entity',
    rejectedBy: 'preparing-may-be-repeated',
    breakIt: breakTarget((target, client) => ({
      async prepareEntity(schema, call) {
        await client.ask({ ask: 'drop', entity: schema.entity }, call);
        await target.prepareEntity(schema, call);
      },
    })),
  },
];

function kindText(value: Value): string {
  return /^\{"@dm":"(\w+)"/.exec(valueToText(value))?.[1] ?? '';
}

/** A value's text without its kind, as careless codecs make it. */
function looseText(value: Value): string {
  const text = valueToText(value);
  return /"v":"([^"]*)"/.exec(text)?.[1] ?? text.replaceAll('"', '');
}

function changedKeys(change: (key: Value) => Value): BrokenConnector['breakIt'] {
  return breakEncoder((encoder) => ({
    encode: (record) => encoder.encode({ ...record, key: record.key.map(change) }),
  }));
}

function withKeySuffix(record: StoredRecord, suffix: string): StoredRecord {
  return { ...record, key: valueToText([`${record.key} ${suffix}`]) };
}

async function storedFields(
  client: ReferenceClient,
  entity: Parameters<ReferenceClient['ask']>[0]['entity'],
  call: Parameters<ReferenceClient['ask']>[1],
): Promise<ReadonlyMap<string, string>> {
  const slice = { remainder: 0, divisor: 1 };
  const { records = [] } = await client.ask({ ask: 'read', entity, slice, after: null, most: 100_000 }, call);
  return new Map(records.map(({ key, fields }) => [key, fields]));
}

function fieldsOf(text: string): Record<string, Value> {
  const fields: Record<string, Value> = {};
  const value = valueFromText(text);
  if (isDocument(value)) for (const [name, inner] of documentEntries(value)) setField(fields, name, inner);
  return fields;
}

function withField(record: StoredRecord, name: string, value: Value): StoredRecord {
  return { ...record, fields: valueToText({ ...fieldsOf(record.fields), [name]: value }) };
}

function countOf(fields: string): number {
  const count = fieldsOf(fields)['writes'];
  return typeof count === 'number' ? count : 0;
}

function appended(record: StoredRecord, earlier: string | undefined): StoredRecord {
  const list = fieldsOf(record.fields)['list'];
  const before = earlier === undefined ? undefined : fieldsOf(earlier)['list'];
  if (list === undefined || before === undefined || !isArray(list) || !isArray(before)) return record;
  return withField(record, 'list', [...before, ...list]);
}

function merged(record: StoredRecord, earlier: string | undefined): StoredRecord {
  if (earlier === undefined) return record;
  return { ...record, fields: valueToText({ ...fieldsOf(earlier), ...fieldsOf(record.fields) }) };
}
