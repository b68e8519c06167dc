import {
  DatamigratoError,
  documentEntries,
  documentFrom,
  type Json,
  type Partition,
  type RecordBatch,
  type Value,
} from '@datamigrato/core';
import type { StoredRecord } from '../reference/reference-store.js';
import { type BrokenConnector, breakAdmin, breakDecoder, breakSource } from './break-definition.js';

/** Connectors that lose, repeat or change what they read, or do not end. */
export const brokenReaders: readonly BrokenConnector[] = [
  {
    fault: 'A-10: a position is ahead of the records that were handed out',
    rejectedBy: 'resume-from-every-position',
    breakIt: breakSource((source) => ({
      async *readPartition(partition, call) {
        // One batch is read ahead, and its position is given out with the batch before.
        let held: RecordBatch<StoredRecord> | undefined;
        for await (const batch of source.readPartition(partition, call)) {
          if (held !== undefined) yield { ...held, position: batch.position };
          held = batch;
        }
        if (held !== undefined) yield held;
      },
    })),
  },
  {
    fault: 'A-10: a position is behind the records that were handed out',
    rejectedBy: 'resume-behind-the-end',
    breakIt: breakSource((source) => ({
      async *readPartition(partition, call) {
        let before: Json = call.after ?? null;
        for await (const batch of source.readPartition(partition, call)) {
          yield { ...batch, position: before };
          before = batch.position;
        }
      },
    })),
  },
  {
    fault: 'A-08: a position is a state that lives in the endpoint',
    rejectedBy: 'resume-in-another-process',
    breakIt: breakSource((source) => {
      const states: Json[] = [];
      return {
        async *readPartition(partition, call) {
          const { after, ...rest } = call;
          const state = typeof after === 'number' ? states[after] : undefined;
          for await (const batch of source.readPartition(partition, {
            ...rest,
            ...(state !== undefined && { after: state }),
          })) {
            states.push(batch.position);
            yield { ...batch, position: states.length - 1 };
          }
        },
      };
    }),
  },
  {
    fault: 'A-08: a position is a number of pages',
    rejectedBy: 'resume-with-other-batches',
    breakIt: breakSource((source) => ({
      async *readPartition(partition, call) {
        const { after, ...rest } = call;
        const pages = typeof after === 'number' ? after : 0;
        let page = 0;
        for await (const batch of source.readPartition(partition, rest)) {
          page += 1;
          if (page > pages) yield { ...batch, position: page };
        }
      },
    })),
  },
  {
    fault: 'A-02: pages are counted, and what others write shifts them',
    rejectedBy: 'others-write-meanwhile',
    breakIt: breakSource((_source, client) => ({
      async *readPartition(partition, call) {
        const { entity } = partition;
        const slice = partition.range as { readonly remainder: number; readonly divisor: number };
        for (let skipped = Number(call.after ?? 0); ; ) {
          const most = skipped + call.batchRecords;
          const { records = [] } = await client.ask({ ask: 'read', entity, slice, after: null, most }, call);
          const page = records.slice(skipped);
          if (page.length === 0) return;
          skipped += page.length;
          yield { records: page, position: skipped, bytes: page.length * 100 };
        }
      },
    })),
  },
  {
    fault: 'A-05: the last record of each partition is not read',
    rejectedBy: 'partitions-are-complete',
    breakIt: breakSource((source) => ({
      async *readPartition(partition, call) {
        let held: RecordBatch<StoredRecord> | undefined;
        for await (const batch of source.readPartition(partition, call)) {
          if (held !== undefined) yield held;
          held = batch;
        }
        if (held !== undefined) yield { ...held, records: held.records.slice(0, -1) };
      },
    })),
  },
  {
    fault: 'A-07: the first partition has records of the second',
    rejectedBy: 'partitions-are-disjoint',
    breakIt: breakSource((source) => ({
      async *readPartition(partition, call) {
        yield* source.readPartition(partition, call);
        const { remainder, divisor } = partition.range as { readonly remainder: number; readonly divisor: number };
        if (remainder === 0 && divisor > 1)
          yield* source.readPartition({ ...partition, range: { remainder: 1, divisor } }, call);
      },
    })),
  },
  {
    fault: 'all partitions have one id',
    rejectedBy: 'partition-ids-tell-apart',
    breakIt: breakSource((source) => ({
      async *planPartitions(entity, call) {
        for await (const partition of source.planPartitions(entity, call))
          yield { ...partition, id: 'part' } satisfies Partition;
      },
    })),
  },
  {
    fault: 'an entity is not listed',
    rejectedBy: 'listing-is-complete',
    breakIt: breakSource((source) => ({
      async *listEntities(call) {
        for await (const listing of source.listEntities(call)) if (!listing.entity.includes('_')) yield listing;
      },
    })),
  },
  {
    fault: 'an entity that is not there has an empty schema',
    rejectedBy: 'missing-entity-is-an-error',
    breakIt: breakSource((source) => ({
      inferSchema: (entity, call) =>
        source.inferSchema(entity, call).catch(() => ({
          entity,
          key: [{ name: '_id', role: 'partition' as const }],
          fields: [],
          origin: 'inferred' as const,
        })),
    })),
  },
  {
    fault: 'an entity that is not there is a fault of nobody',
    rejectedBy: 'errors-say-what-to-do',
    breakIt: breakSource((source) => ({
      inferSchema: (entity, call) =>
        source.inferSchema(entity, call).catch(() => {
          throw new Error('undefined is not a table');
        }),
    })),
  },
  {
    fault: 'a sample of some records calls itself complete',
    rejectedBy: 'schema-samples-as-told',
    breakIt: breakSource((source) => ({
      async inferSchema(entity, call) {
        const schema = await source.inferSchema(entity, call);
        return { ...schema, ...(schema.sample && { sample: { ...schema.sample, complete: true } }) };
      },
    })),
  },
  {
    fault: 'batches are as large as the store likes',
    rejectedBy: 'batches-keep-to-their-records',
    breakIt: breakSource((source) => ({
      readPartition: (partition, call) => source.readPartition(partition, { ...call, batchRecords: 1000 }),
    })),
  },
  {
    fault: 'batches have as many bytes as they come to',
    rejectedBy: 'batches-keep-to-their-bytes',
    breakIt: breakSource((source) => ({
      readPartition: (partition, call) => source.readPartition(partition, { ...call, batchBytes: 1 << 30 }),
    })),
  },
  {
    fault: 'A-21: what is read is gone afterwards',
    rejectedBy: 'reading-changes-nothing',
    breakIt: breakSource((source, client) => ({
      async *readPartition(partition, call) {
        for await (const batch of source.readPartition(partition, call)) {
          await client.ask(
            { ask: 'delete', entity: partition.entity, keys: batch.records.map(({ key }) => key) },
            call,
          );
          yield batch;
        }
      },
    })),
  },
  {
    fault: 'A-21: records that are gone are counted',
    rejectedBy: 'counts-are-exact',
    breakIt: breakAdmin((admin) => {
      let most = 0;
      return {
        async countRecords(entity, call) {
          most = Math.max(most, (await admin.countRecords(entity, call)).value);
          return { value: most, exact: true };
        },
      };
    }),
  },
  {
    fault: 'dropping an entity drops all whose names begin alike',
    rejectedBy: 'drops-an-entity',
    breakIt: breakAdmin((admin, client) => ({
      async dropEntity(entity, call) {
        const { entities = [] } = await client.ask({ ask: 'entities', entity: '' }, call);
        for (const name of entities) if (name.startsWith(entity)) await client.ask({ ask: 'drop', entity: name }, call);
        await admin.dropEntity(entity, call);
      },
    })),
  },
  {
    fault: 'deleting one record deletes all',
    rejectedBy: 'deletes-by-key',
    breakIt: breakAdmin((admin) => ({ deleteRecords: (schema, _, call) => admin.deleteRecords(schema, 'all', call) })),
  },
  {
    fault: 'A-30: 64-bit integers become doubles',
    rejectedBy: 'reads-int64',
    breakIt: changedValues((value) => (typeof value === 'bigint' ? Number(value) + 0.5 : value)),
  },
  {
    fault: 'A-38: empty lists vanish',
    rejectedBy: 'writes-array',
    breakIt: changedValues((value) => (Array.isArray(value) && value.length === 0 ? null : value)),
  },
  {
    fault: 'A-33: the order of fields is lost',
    rejectedBy: 'field-order',
    breakIt: breakDecoder((decoder) => ({
      decode(native) {
        const { key, fields } = decoder.decode(native);
        return { key, fields: Object.fromEntries(documentEntries(fields)) };
      },
    })),
  },
  {
    fault: 'an aborted signal is not looked at',
    rejectedBy: 'reading-can-be-broken-off',
    breakIt: breakSource((source) => ({
      readPartition: (partition, call) =>
        source.readPartition(partition, { ...call, signal: new AbortController().signal }),
    })),
  },
  {
    fault: 'a deadline is not looked at',
    rejectedBy: 'silence-while-reading',
    breakIt: breakSource((source) => ({
      readPartition: (partition, call) => source.readPartition(partition, { ...call, deadline: 60_000 }),
    })),
  },
  {
    fault: 'a reading that is left keeps its timer',
    rejectedBy: 'left-readings-hold-nothing',
    breakIt: breakSource((source) => ({
      async *readPartition(partition, call) {
        const keepAlive = setInterval(() => undefined, 1000);
        // Not for ever, so that this test process ends.
        setTimeout(() => clearInterval(keepAlive), 20_000).unref();
        yield* source.readPartition(partition, call);
        clearInterval(keepAlive);
      },
    })),
  },
  {
    fault: 'a closed endpoint keeps its connection',
    rejectedBy: 'closed-endpoints-hold-nothing',
    breakIt: (definition) => ({
      ...definition,
      async close(client) {
        setTimeout(() => client.close(), 20_000).unref();
      },
    }),
  },
  {
    fault: 'listeners stay on the signal',
    rejectedBy: 'listeners-are-taken-off',
    breakIt: breakSource((source) => ({
      async *readPartition(partition, call) {
        call.signal.addEventListener('abort', () => undefined);
        yield* source.readPartition(partition, call);
      },
    })),
  },
  {
    fault: 'a store that is not there is an empty one',
    rejectedBy: 'unreachable-store-is-an-error',
    breakIt: (definition) => ({
      ...definition,
      open: async (options) => ({ options, ask: async () => ({ entities: [] }), close() {} }),
    }),
  },
  {
    fault: 'an error shows the password',
    rejectedBy: 'unreachable-store-is-an-error',
    breakIt: (definition) => ({
      ...definition,
      async open(options, call) {
        try {
          return await definition.open(options, call);
        } catch (cause) {
          throw new DatamigratoError({
            code: 'DM_ENDPOINT_UNREACHABLE',
            category: 'transient',
            message: `Nothing answers with the password ${options.password}`,
            nextStep: 'check the address',
            cause,
          });
        }
      },
    }),
  },
  {
    fault: 'the description of an endpoint shows the password',
    rejectedBy: 'description-holds-no-secret',
    breakIt: (definition) => ({
      ...definition,
      describe: (options) => ({ id: `reference://user:${options.password}@${options.place}`, notices: [] }),
    }),
  },
  {
    fault: 'S-06: the password is not told to whoever prints',
    rejectedBy: 'secrets-are-told',
    breakIt: (definition) => ({ ...definition, secrets: async () => [] }),
  },
  {
    fault: 'any options will do',
    rejectedBy: 'wrong-options-are-refused',
    breakIt: (definition) => ({
      ...definition,
      options: {
        '~standard': {
          version: 1,
          vendor: 'reference',
          validate: () => ({ value: { place: 'anywhere', password: '', store: null } }),
        },
      },
    }),
  },
  {
    fault: 'a key may be of a kind that is not held',
    rejectedBy: 'manifest-keys-are-held',
    breakIt: (definition) => ({
      ...definition,
      manifest: { ...definition.manifest, keyKinds: [...definition.manifest.keyKinds, 'counter'] },
    }),
  },
  {
    fault: 'a limit is infinite',
    rejectedBy: 'manifest-is-data',
    breakIt: (definition) => ({
      ...definition,
      manifest: {
        ...definition.manifest,
        limits: { ...definition.manifest.limits, batchBytes: Number.POSITIVE_INFINITY },
      },
    }),
  },
];

function changedValues(change: (value: Value) => Value): BrokenConnector['breakIt'] {
  return breakDecoder((decoder) => ({
    decode(native) {
      const { key, fields } = decoder.decode(native);
      return { key, fields: documentFrom(documentEntries(fields).map(([name, value]) => [name, change(value)])) };
    },
  }));
}
