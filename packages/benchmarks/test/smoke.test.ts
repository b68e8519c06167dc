import { serverOrSkip } from '@datamigrato/testbed';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Benchmark, BenchmarkRequest } from '../src/benchmark.js';
import { benchmarkNamed } from '../src/benchmarks.js';
import { doLeg } from '../src/leg/serve-leg.js';

/** A few records, here in this process: what is looked at is whether everything is there, never how long it took. */
function smallRun(benchmark: Benchmark, records: number): BenchmarkRequest {
  return {
    options: { records, rounds: 1, dataSet: 'generated', warmUpSeconds: 0, profileFolder: undefined },
    runLeg: (task) => doLeg(task, benchmark.legs),
    say: () => {},
  };
}

test('core measures JSON, itself and the digest', async () => {
  const benchmark = await benchmarkNamed('core');
  const outcome = await benchmark.run(smallRun(benchmark, 500));
  expect(outcome.measurements.map(({ leg }) => leg).sort()).toEqual(['core', 'digest', 'json']);
  for (const { sample } of outcome.measurements) expect(sample.records).toBe(500);
  expect(outcome.table.rows).toHaveLength(4);
});

test('memory measures three sizes', async () => {
  const benchmark = await benchmarkNamed('memory');
  const outcome = await benchmark.run(smallRun(benchmark, 3000));
  expect(outcome.table.rows.map(([records]) => records)).toEqual(['30', '300', '3,000']);
  for (const { sample } of outcome.measurements) expect(sample.peakBytes).toBeGreaterThan(0);
});

describe.each([
  'file-to-mongodb',
  'mongodb-to-file',
  'mongodb-to-firestore',
  'firestore-to-mongodb',
  'mongodb-to-realtime',
  'realtime-to-mongodb',
])('%s', (name) => {
  const given = process.env['MONGODB_URI'];
  let usable = false;
  beforeAll(async () => {
    const server = await serverOrSkip('mongo-java');
    if (server === undefined) return;
    if (name.includes('firestore') && (await serverOrSkip('firestore')) === undefined) return;
    usable = true;
    // The server is shared, and the pair before this one has left its source there.
    const client = new MongoClient(server.url);
    await client.db('benchmark').dropDatabase();
    await client.close();
    process.env['MONGODB_URI'] = server.url;
  });
  afterAll(() => {
    if (given === undefined) delete process.env['MONGODB_URI'];
    else process.env['MONGODB_URI'] = given;
  });

  test('moves every record in every leg and compares the pipeline with the bare copy', async (context) => {
    if (!usable) return context.skip();
    const benchmark = await benchmarkNamed(name);
    const outcome = await benchmark.run(smallRun(benchmark, 500));
    expect(outcome.measurements.map(({ leg }) => leg).sort()).toEqual([
      'bare copy',
      'pipeline',
      'read ceiling',
      'write ceiling',
    ]);
    for (const { sample } of outcome.measurements) expect(sample.records).toBe(500);
    expect(Object.keys(outcome.summary)).toHaveLength(3);
  });
});
