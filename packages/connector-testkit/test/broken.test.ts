import { defineConnector } from '@datamigrato/core';
import { describe, expect, test } from 'vitest';
import { ConformanceFailure, conformanceCases } from '../src/index.js';
import { breakSource } from './broken/break-definition.js';
import { brokenFeeds } from './broken/broken-feeds.js';
import { brokenReaders } from './broken/broken-readers.js';
import { brokenWriters } from './broken/broken-writers.js';
import { referenceDefinition } from './reference/reference-connector.js';
import { localHarness, networkHarness } from './reference/reference-harness.js';
import { documentManifest } from './reference/reference-manifest.js';

const broken = [...brokenWriters, ...brokenReaders, ...brokenFeeds];

describe('R-31: a broken connector is rejected by the case that is meant for it', () => {
  test.each(broken)('R-31: $fault → $rejectedBy', { timeout: 60_000 }, async ({ rejectedBy, breakIt }) => {
    const meant = conformanceCases.find(({ id }) => id === rejectedBy);
    expect(meant, `there is a case ${rejectedBy}`).toBeDefined();
    await using harness = await networkHarness(defineConnector(breakIt(referenceDefinition(documentManifest))));
    expect(meant?.appliesTo(harness)).toEqual({ applies: true });
    const thrown: unknown = await meant?.run(harness).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(thrown, 'what the case throws').toBeInstanceOf(ConformanceFailure);
  });
});

test('R-31: a harness that leaves out what its store holds is rejected', async () => {
  const connector = defineConnector(referenceDefinition(documentManifest));
  const harness = localHarness(connector, { said: 'boolean', refused: 'symbol' });
  const meant = conformanceCases.find(({ id }) => id === 'stand-in-lacks-what-it-says');
  await expect(meant?.run(harness)).rejects.toThrow(ConformanceFailure);
});

test('R-31: a store that tells nobody of changes and is watched like one where nothing happens is rejected', async () => {
  const breakIt = breakSource(() => ({
    async *watch() {
      for (;;) yield { changes: [], position: 0 };
    },
  }));
  const harness = localHarness(defineConnector(breakIt(referenceDefinition(documentManifest))));
  const meant = conformanceCases.find(({ id }) => id === 'untold-changes-are-refused');
  expect(meant?.appliesTo(harness)).toEqual({ applies: true });
  await expect(meant?.run(harness)).rejects.toThrow(ConformanceFailure);
});

test('every known fault of its kind that a connector can have stands among the broken ones', () => {
  const faults = new Set(broken.flatMap(({ fault }) => fault.match(/^A-\d+/)?.[0] ?? []));
  for (let number = 10; number <= 24; number += 1) expect(faults).toContain(`A-${number}`);
  expect(broken.length).toBeGreaterThanOrEqual(40);
});
