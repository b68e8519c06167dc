import type { Endpoint, RecordCodec, Source, Target } from '@datamigrato/core';

/** What the pipeline calls in a connector. */
export const hooks = {
  source: ['open', 'listEntities', 'inferSchema', 'planPartitions', 'readPartition', 'decode', 'close'],
  target: ['open', 'planEntity', 'prepareEntity', 'encode', 'sizeOf', 'writeBatch', 'close'],
} as const;

/** One of a connector's functions. */
export type Hook = (typeof hooks)['source' | 'target'][number];

/** An error as a fault in a connector would throw it: not one of ours, and of no category. */
class PlantedFault extends TypeError {
  override readonly name = 'PlantedFault';
}

/**
 * Wraps an endpoint so that one hook throws something unforeseen at its `nth` call. `onThrow` hears of it.
 *
 * An endpoint counts as being opened when it is wrapped; what was opened is closed even where that throws.
 */
export async function failingAt(endpoint: Endpoint, hook: Hook, nth: number, onThrow: () => void): Promise<Endpoint> {
  let calls = 0;
  const pass = (called: Hook): void => {
    if (called !== hook) return;
    calls += 1;
    if (calls !== nth) return;
    onThrow();
    throw new PlantedFault(`fault in ${hook}`);
  };
  try {
    pass('open');
  } catch (fault) {
    await endpoint.close();
    throw fault;
  }
  const close = async (): Promise<void> => {
    await endpoint.close();
    pass('close');
  };
  const codec = failingCodec(endpoint.connector.codec, pass);
  return {
    description: endpoint.description,
    connector: { ...endpoint.connector, codec },
    source: () => failingSource(endpoint.source(), pass),
    target: () => failingTarget(endpoint.target(), pass),
    admin: () => endpoint.admin(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function failingSource(source: Source<unknown>, pass: (hook: Hook) => void): Source<unknown> {
  return {
    async *listEntities(call) {
      pass('listEntities');
      yield* source.listEntities(call);
    },
    async inferSchema(entity, call) {
      pass('inferSchema');
      return source.inferSchema(entity, call);
    },
    async *planPartitions(entity, call) {
      pass('planPartitions');
      yield* source.planPartitions(entity, call);
    },
    async *readPartition(partition, call) {
      for await (const batch of source.readPartition(partition, call)) {
        pass('readPartition');
        yield batch;
      }
    },
  };
}

function failingTarget(target: Target<unknown>, pass: (hook: Hook) => void): Target<unknown> {
  return {
    async planEntity(schema, call) {
      pass('planEntity');
      return target.planEntity(schema, call);
    },
    async prepareEntity(schema, call) {
      pass('prepareEntity');
      return target.prepareEntity(schema, call);
    },
    async writeBatch(entity, records, call) {
      pass('writeBatch');
      return target.writeBatch(entity, records, call);
    },
  };
}

function failingCodec(codec: RecordCodec<unknown>, pass: (hook: Hook) => void): RecordCodec<unknown> {
  return {
    createDecoder(schema) {
      const decoder = codec.createDecoder(schema);
      return {
        ...decoder,
        decode(native) {
          pass('decode');
          return decoder.decode(native);
        },
      };
    },
    createEncoder(schema) {
      const encoder = codec.createEncoder(schema);
      return {
        encode(record) {
          pass('encode');
          return encoder.encode(record);
        },
        sizeOf(native) {
          pass('sizeOf');
          return encoder.sizeOf(native);
        },
      };
    },
  };
}
