import {
  type DataRecord,
  double,
  type EntityPlan,
  entityName,
  type LossEntry,
  SetValue,
  TupleValue,
} from '@datamigrato/core';
import { describe, expect, test } from 'vitest';
import { compareWithLedger } from '../src/journey/ledger-comparison.js';

const entity = entityName('things');

function planWith(losses: readonly LossEntry[]): EntityPlan {
  const schema = { entity, key: [{ name: 'id', role: 'partition' }], fields: [], origin: 'inferred' } as const;
  return {
    source: entity,
    target: entity,
    sourceSchema: schema,
    targetSchema: schema,
    mapping: {
      flatten: null,
      select: null,
      drop: [],
      rename: [],
      constants: [],
      key: {
        parts: [{ name: 'id', role: 'partition', from: { key: 0 } }],
        document: false,
        documentField: 'id',
        chosen: false,
        demoted: [],
      },
      table: null,
      fields: [],
      converts: true,
      fidelity: 'natural',
    },
    restore: null,
    estimate: { records: 1, exact: true, bytes: 1 },
    partitions: 1,
    targetExists: false,
    statements: [],
    conflicts: [],
    targetFingerprint: '',
    losses,
    guarantee: 'effectively-once',
    notices: [],
  };
}

const entry = (
  path: readonly string[],
  sourceKind: LossEntry['sourceKind'],
  more: Partial<LossEntry> = {},
): LossEntry => ({
  path,
  sourceKind,
  targetKind: sourceKind,
  count: 1,
  fidelity: 'exact',
  action: 'kept',
  restorable: true,
  ...more,
});

const one = (record: DataRecord): ReadonlyMap<string, DataRecord> => new Map([['r0', record]]);
const compare = (losses: readonly LossEntry[], source: DataRecord, target: DataRecord) =>
  compareWithLedger(planWith(losses), one(source), one(target));

describe('comparing a ledger with what became of the values', () => {
  test('finds nothing where all is kept, and counts what it compared', () => {
    const record = { key: [1], fields: { a: 'x', b: [1, null] } };
    expect(compare([], record, record)).toEqual({ compared: 5, conversions: 0, unlisted: [], idle: [] });
  });

  test.each([
    ['another kind', { a: 5 }, { a: double(5) }, '"a" int32'],
    ['another value', { a: 'x' }, { a: 'y' }, '"a" string'],
    ['a missing field', { a: null }, {}, '"a" null'],
    ['inside a list', { a: [1n] }, { a: [1] }, '"a"."[]" int64'],
    ['inside a document', { a: { b: true } }, { a: { b: 'true' } }, '"a"."b" boolean'],
    ['a set that is a list', { a: new SetValue([1]) }, { a: [1] }, '"a" set'],
    ['inside a tuple', { a: new TupleValue([null]) }, { a: new TupleValue(['n']) }, '"a"."0" null'],
  ] as const)('finds %s that no line tells of', (_what, before, after, line) => {
    const { unlisted } = compare([], { key: [1], fields: before }, { key: [1], fields: after });
    expect(unlisted).toEqual([`${line}: 1 of 1 changed`]);
  });

  test('finds a key that no line tells of', () => {
    const { unlisted } = compare([], { key: [1], fields: {} }, { key: ['i~1'], fields: {} });
    expect(unlisted).toEqual(['"key"."id" int32: 1 of 1 changed']);
  });

  test('takes what the ledger lists, and what a note says of some values', () => {
    const losses = [
      entry(['a'], 'int32', { fidelity: 'widened', action: 'becomes double' }),
      entry(['b'], 'double', { action: 'kept (NaN becomes typed text)' }),
    ];
    const before = { key: [1], fields: { a: 5, b: double(Number.NaN) } };
    const after = { key: [1], fields: { a: double(5), b: { '@dm': 'double', v: 'NaN' } } };
    expect(compare(losses, before, after)).toMatchObject({ conversions: 1, unlisted: [], idle: [] });
  });

  test('finds a line that never happens', () => {
    const losses = [entry(['a'], 'int32', { fidelity: 'widened', action: 'becomes double' })];
    const record = { key: [1], fields: { a: 5 } };
    expect(compare(losses, record, record)).toMatchObject({
      conversions: 0,
      unlisted: [],
      idle: ['"a" int32: becomes double, 1 kept'],
    });
  });

  test('does not pass over a record that the target lacks', () => {
    const record = { key: [1], fields: {} };
    expect(() => compareWithLedger(planWith([]), one(record), new Map())).toThrow('no record of the serial r0');
  });
});
