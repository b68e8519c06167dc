import {
  BinaryValue,
  type DataRecord,
  DecimalValue,
  DurationValue,
  Float32Value,
  InstantValue,
  SetValue,
  TimeuuidValue,
  TupleValue,
  type Value,
  type ValueType,
  VectorValue,
  valueToText,
} from '@datamigrato/core';
import { expect, test } from 'vitest';
import { cassandraCodec } from '../src/codec.js';
import { plannedTable } from './planned-table.js';

test('A-34, A-36: a value that the column cannot hold exactly is refused, with the column’s name and never the value', () => {
  const refuse = (type: ValueType, value: Value, code: string): void => {
    const encoder = cassandraCodec.createEncoder(plannedTable('strict', { field: type }));
    let thrown: unknown;
    try {
      encoder.encode({ key: ['k'], fields: { field: value } });
    } catch (error) {
      thrown = error;
    }
    expect(thrown, `${type.kind} given ${valueToText(value)}`).toMatchObject({
      code,
      category: 'record',
      context: { column: 'field' },
    });
    expect((thrown as Error).message).toContain('"field"');
    expect((thrown as Error).message).not.toContain('4711');
  };
  const kind = 'DM_CASSANDRA_VALUE_KIND';
  const range = 'DM_CASSANDRA_VALUE_RANGE';
  refuse({ kind: 'int32' }, 4711.7, kind);
  refuse({ kind: 'int32' }, 4711n, kind);
  refuse({ kind: 'int32' }, '4711', kind);
  refuse({ kind: 'int64' }, 4711, kind);
  refuse({ kind: 'int64' }, 2n ** 63n, kind);
  refuse({ kind: 'double' }, 4711, kind);
  refuse({ kind: 'float32' }, 0.4711, kind);
  refuse({ kind: 'double' }, new Float32Value(1), kind);
  refuse({ kind: 'boolean' }, 1, kind);
  refuse({ kind: 'string' }, 4711, kind);
  refuse({ kind: 'string' }, 'half \ud83d 4711', 'DM_CASSANDRA_TEXT_INVALID');
  refuse({ kind: 'string', native: 'ascii' }, 'ä 4711', 'DM_CASSANDRA_TEXT_INVALID');
  refuse({ kind: 'decimal' }, new DecimalValue('NaN'), range);
  refuse({ kind: 'decimal' }, new DecimalValue('-Infinity'), range);
  refuse({ kind: 'decimal' }, new DecimalValue('-0'), range);
  refuse({ kind: 'binary' }, new BinaryValue(Uint8Array.of(1), 128), range);
  refuse({ kind: 'instant' }, new InstantValue(0, 4711), range);
  refuse({ kind: 'instant' }, new InstantValue(2n ** 63n, 0), range);
  refuse({ kind: 'duration' }, new DurationValue(1, -1, 0n), range);
  refuse({ kind: 'timeuuid' }, new TimeuuidValue(new Uint8Array(16)), range);
  refuse({ kind: 'uuid' }, new TimeuuidValue(new Uint8Array(16)), kind);
  refuse({ kind: 'array', element: { kind: 'int32' } }, [1, null], kind);
  refuse({ kind: 'array', element: { kind: 'int32' } }, [1, 'x'], kind);
  refuse({ kind: 'set', element: { kind: 'int32' } }, [1], kind);
  refuse({ kind: 'array', element: { kind: 'int32' } }, new SetValue([1]), kind);
  refuse({ kind: 'tuple', elements: [{ kind: 'int32' }] }, new TupleValue([1, 2]), range);
  refuse({ kind: 'vector', element: { kind: 'float32' }, dimensions: 2 }, new VectorValue(Float32Array.of(1)), range);
  refuse({ kind: 'vector', element: { kind: 'float32' }, dimensions: 1 }, new VectorValue(Float64Array.of(1)), kind);
  refuse({ kind: 'document', fields: [{ name: 'a', type: { kind: 'int32' } }] }, { b: 4711 }, range);
  const encoder = cassandraCodec.createEncoder(plannedTable('strict', { a: { kind: 'int32' } }));
  const refuseKey = (record: DataRecord, code = 'DM_CASSANDRA_KEY_INVALID'): void =>
    expect(() => encoder.encode(record)).toThrow(expect.objectContaining({ code }));
  refuseKey({ key: [''], fields: {} });
  refuseKey({ key: [null], fields: {} });
  refuseKey({ key: ['x'.repeat(65_536)], fields: {} }, 'DM_CASSANDRA_KEY_TOO_LARGE');
  expect(() => encoder.encode({ key: ['x'], fields: { a: 1, stranger: 1 } })).toThrow(
    expect.objectContaining({ code: kind }),
  );
});
