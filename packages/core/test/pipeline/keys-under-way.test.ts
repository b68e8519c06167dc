import { describe, expect, it } from 'vitest';
import { ObjectIdValue, type RecordKey, type Value } from '../../src/index.js';
import { createKeysUnderWay } from '../../src/pipeline/keys-under-way.js';
import { sizeBatches } from '../../src/pipeline/size-batches.js';

const batch = (...keys: readonly RecordKey[]): readonly RecordKey[] => keys;

describe('keys under way', () => {
  it('A-23 tells a key that stands twice in one batch', () => {
    const { repeated } = createKeysUnderWay().take(batch(['a'], ['b'], ['a'], ['c'], ['b'], ['a']));
    expect(repeated).toEqual([2, 4, 5]);
  });

  it('tells a key of an earlier batch until that is finished', () => {
    const keys = createKeysUnderWay();
    const first = keys.take(batch([1], [2]));
    const second = keys.take(batch([2], [3]));
    expect(first.repeated).toEqual([]);
    expect(second.repeated).toEqual([0]);
    first.release();
    expect(keys.take(batch([1])).repeated).toEqual([]);
    expect(keys.take(batch([2])).repeated).toEqual([0]);
    second.release();
    expect(keys.take(batch([3])).repeated).toEqual([]);
  });

  it('takes keys of several parts and of any kind', () => {
    const keys = createKeysUnderWay();
    const taken = keys.take(batch(['a', 1], ['a', 2], [['a', 1]], [true], ['a', 1], [Number.NaN]));
    expect(taken.repeated).toEqual([4]);
    taken.release();
    expect(keys.take(batch(['a', 1])).repeated).toEqual([]);
  });

  it('tells identifiers that differ in one byte apart, by the thousand', () => {
    const identifier = (index: number): readonly Value[] => {
      const bytes = new Uint8Array(12);
      new DataView(bytes.buffer).setUint32((index % 3) * 4, index);
      return [new ObjectIdValue(bytes)];
    };
    const keys = createKeysUnderWay();
    expect(keys.take(batch(...Array.from({ length: 20_000 }, (_, index) => identifier(index)))).repeated).toEqual([]);
    expect(keys.take(batch(identifier(7777), identifier(20_001))).repeated).toEqual([0]);
  });

  it('never names equal keys differently', () => {
    const keys = createKeysUnderWay();
    keys.take(batch([Number.NaN], [0]));
    expect(keys.take(batch([Number.NaN], [0])).repeated).toEqual([0, 1]);
  });
});

describe('sizing batches', () => {
  const limits = { batchRecords: 3, batchBytes: 100 };

  it('begins a batch at every head', () => {
    expect(sizeBatches([1, 1, 1, 1, 1, 1, 1], limits, [0, 1, 5])).toEqual([
      { start: 0, end: 1 },
      { start: 1, end: 4 },
      { start: 4, end: 5 },
      { start: 5, end: 7 },
    ]);
  });

  it('respects both limits, and lets a record that is too large go alone', () => {
    expect(sizeBatches([40, 40, 40, 200, 1, 1, 1, 1], limits)).toEqual([
      { start: 0, end: 2 },
      { start: 2, end: 3 },
      { start: 3, end: 4 },
      { start: 4, end: 7 },
      { start: 7, end: 8 },
    ]);
  });
});
