import { expect, test } from 'vitest';
import { realDataRecords } from '../src/index.js';

test.each([
  ['movies', 3_201, 'Title'],
  ['earthquakes', 1_707, 'geometry'],
  ['countries', 250, 'currencies'],
  ['cities', 171_075, 'lat'],
] as const)('%s has %i records', async (name, count, field) => {
  const records = await realDataRecords(name);
  expect(records).toHaveLength(count);
  expect(Object.keys(records[0] ?? {})).toContain(field);
});
