import { calculateObjectSize } from 'bson';
import { describe, expect, test } from 'vitest';
import { approximateBytes, availableRecords, recordsPerPage } from '../src/data/data-set.js';
import { dataSetNamed, dataSetNames } from '../src/data/data-sets.js';
import { mongodbDocument } from '../src/store/mongodb-documents.js';

describe.each(dataSetNames)('the data set %s', (name) => {
  const dataSet = dataSetNamed(name);
  const count = Math.min(50, availableRecords(dataSet, 50));
  const rows = Array.from({ length: count }, (_, index) => dataSet.row(index));

  test('gives the same records again, in any order', () => {
    const again = dataSetNamed(name);
    const backwards = Array.from({ length: count }, (_, index) => again.row(count - 1 - index)).reverse();
    expect(backwards).toEqual(rows);
  });

  test('has a text key that no two records share, and a cell for each column', () => {
    expect(new Set(rows.map((row) => row[0])).size).toBe(count);
    for (const row of rows) {
      expect(row[0]).toBeTypeOf('string');
      expect(row).toHaveLength(dataSet.columns.length);
    }
  });
});

test('generated records are about 370 bytes', () => {
  const dataSet = dataSetNamed('generated');
  const sizes = Array.from({ length: 200 }, (_, index) =>
    calculateObjectSize(mongodbDocument(dataSet, dataSet.row(index))),
  );
  const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  expect(mean).toBeGreaterThan(350);
  expect(mean).toBeLessThan(390);
});

test('wide records are read and written a few at a time', () => {
  const wide = dataSetNamed('wide');
  expect(approximateBytes(wide)).toBeGreaterThan(190_000);
  expect(recordsPerPage(wide, 1000)).toBeLessThan(50);
  expect(recordsPerPage(dataSetNamed('generated'), 1000)).toBe(1000);
});

test('an unknown name is refused with those that there are', () => {
  expect(() => dataSetNamed('constructor')).toThrow(/generated, cities/);
});
