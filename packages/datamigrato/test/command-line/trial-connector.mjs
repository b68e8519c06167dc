/**
 * A third-party connector as a test needs one: a source that counts, as slowly and as badly as it is told, and a target that forgets what it gets.
 *
 * `trial:?records=100&pause=10&refuse=7&broken=true&gone=./gone`: how many records, milliseconds before each batch of ten, which records the target refuses, whether reading meets a fault of the connector,
 * and a file while which is there the target is not.
 */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSchemaInference, DatamigratoError, defineConnector, entityName, valueKinds } from '@datamigrato/core';

const options = {
  '~standard': {
    version: 1,
    vendor: 'trial',
    validate(raw) {
      const { records = 100, pause = 0, refuse = 0, broken = 'false', gone = '', password = '' } = raw;
      return {
        value: {
          records: Number(records),
          pause: Number(pause),
          refuse: Number(refuse),
          broken: broken === 'true',
          gone,
          password,
        },
      };
    },
  },
};

const recordOf = (index) => ({ key: [index], fields: { name: `record ${index}`, half: index + 0.5 } });

function manifest(lossyKind, idempotentWrites) {
  const support = (kind) =>
    kind === lossyKind ? { fidelity: 'lossy', as: 'string', note: 'rounded' } : { fidelity: 'exact', as: kind };
  return {
    shape: 'document',
    values: Object.fromEntries(valueKinds.map((kind) => [kind, support(kind)])),
    keyKinds: valueKinds,
    keyField: 'id',
    compositeKeys: true,
    limits: {
      batchRecords: 10,
      batchBytes: 1e6,
      recordBytes: null,
      fieldBytes: null,
      keyBytes: null,
      depth: null,
      concurrentWrites: 2,
    },
    names: { fieldBytes: null, entityBytes: null, entityPattern: null, emptyField: true },
    writeModes: ['replace', 'create', 'skip'],
    readConsistency: 'snapshot',
    idempotentWrites,
    keepsFieldOrder: true,
  };
}

/** A trial connector of a version; a kind that it holds with losses makes a plan ask for consent, and `onWrite` gets each record that is written. */
export function trialConnector(id, { lossyKind, version = '9.8.7', idempotentWrites = true, onWrite } = {}) {
  return defineConnector({
    specVersion: 1,
    id,
    version,
    schemes: [id],
    options,
    manifest: manifest(lossyKind, idempotentWrites),
    codec: {
      createDecoder: () => ({ decode: (record) => record }),
      createEncoder: () => ({ encode: (record) => record, sizeOf: () => 100 }),
    },
    parseUrl: (url) => ({ options: Object.fromEntries(new URLSearchParams(url.split('?')[1] ?? '')) }),
    describe: () => ({ id: `${id}:`, notices: [] }),
    open: async (checked) => checked,
    close: async () => undefined,
    source: (client) => ({
      async *listEntities() {
        yield { entity: entityName('numbers') };
      },
      async inferSchema(entity) {
        const inference = createSchemaInference({ entity, key: [{ name: 'id', role: 'partition' }] });
        for (let index = 0; index < 10; index += 1) inference.observe(recordOf(index), 100);
        return inference.finish({ complete: false });
      },
      async *planPartitions(entity) {
        yield { entity, id: 'all', range: null };
      },
      async *readPartition(_partition, { signal, after = 0 }) {
        if (client.broken) throw new TypeError(`cannot read the password ${client.password} of undefined`);
        for (let index = after; index < client.records; index += 10) {
          if (client.pause > 0) await sleep(client.pause, undefined, { signal });
          const records = Array.from({ length: Math.min(10, client.records - index) }, (_, offset) =>
            recordOf(index + offset),
          );
          yield { records, position: index + 10, bytes: records.length * 100 };
        }
      },
    }),
    target: (client) => ({
      planEntity: async () => ({ exists: false, statements: [], conflicts: [], fingerprint: '' }),
      prepareEntity: async () => undefined,
      async writeBatch(_entity, records) {
        if (client.gone !== '' && existsSync(client.gone)) {
          throw new DatamigratoError({
            code: 'DM_TRIAL_GONE',
            category: 'transient',
            retry: 'safe',
            message: 'the trial target is not there',
          });
        }
        const refused = records.flatMap((record, index) =>
          client.refuse > 0 && record.key[0] % client.refuse === 0 ? [index] : [],
        );
        if (onWrite !== undefined)
          for (const [index, record] of records.entries()) if (!refused.includes(index)) onWrite(record);
        const error = new DatamigratoError({
          code: 'DM_TRIAL_REFUSED',
          category: 'record',
          message: 'the trial target refuses this record',
        });
        return { failures: refused.map((index) => ({ index, error })), unchanged: 0 };
      },
    }),
  });
}

export const trial = trialConnector('trial');
export const lossyTrial = trialConnector('trial-lossy', { lossyKind: 'double' });
