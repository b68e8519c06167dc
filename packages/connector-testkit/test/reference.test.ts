import { defineConnector } from '@datamigrato/core';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { conformanceCases, describeConnector, type TestRunner } from '../src/index.js';
import { referenceDefinition } from './reference/reference-connector.js';
import { localHarness, networkHarness } from './reference/reference-harness.js';
import { documentManifest, tableManifest } from './reference/reference-manifest.js';

const { source, target, admin: _admin, ...rest } = referenceDefinition(documentManifest);
const documents = await networkHarness(defineConnector(referenceDefinition(documentManifest)));
const harnesses = {
  'documents behind a socket': documents,
  'tables in this process': localHarness(defineConnector(referenceDefinition(tableManifest)), {
    said: 'regularExpression',
    refused: 'regularExpression',
  }),
  'a source alone': localHarness(defineConnector({ ...rest, ...(source && { source }) })),
  'a target alone': localHarness(defineConnector({ ...rest, ...(target && { target }) })),
};

afterAll(() => documents[Symbol.asyncDispose]());

for (const [title, harness] of Object.entries(harnesses)) {
  describe(`${title}`, () => {
    describeConnector(harness, { describe, test });
  });
}

describe('the cases', () => {
  test('are at least forty besides those of single kinds, each with an id and a promise of its own', () => {
    const general = conformanceCases.filter(({ id }) => !/^(reads|writes)-[a-z0-9]+$/i.test(id));
    expect(general.length).toBeGreaterThanOrEqual(40);
    for (const aspect of ['id', 'promise'] as const)
      expect(new Set(conformanceCases.map((each) => each[aspect])).size).toBe(conformanceCases.length);
  });

  test('are each run for one of the reference connectors, and each condition rules out another', () => {
    const applicability = conformanceCases.map((each) =>
      Object.values(harnesses).map((harness) => each.appliesTo(harness)),
    );
    const never = conformanceCases.filter((_, index) => !applicability[index]?.some(({ applies }) => applies));
    // Kinds that neither of the two manifests holds.
    expect(never.map(({ id }) => id)).toEqual([]);
    const reasons = applicability.flat().flatMap((each) => (each.applies ? [] : [each.reason]));
    expect(new Set(reasons).size).toBeGreaterThanOrEqual(10);
  });

  test('become one test each in any runner, and one that prints what is left out and why', async () => {
    const titles: string[] = [];
    const bodies: (() => Promise<void>)[] = [];
    const recorder: TestRunner = {
      describe: (title, body) => {
        titles.push(title);
        body();
      },
      test: (title, body, timeout) => {
        expect(timeout).toBeGreaterThan(100_000);
        titles.push(title);
        bodies.push(body);
      },
    };
    const harness = harnesses['a source alone'];
    describeConnector(harness, recorder);
    const applying = conformanceCases.filter((each) => each.appliesTo(harness).applies);
    const left = conformanceCases.length - applying.length;
    expect(titles).toEqual([
      'connector reference',
      ...applying.map(({ id, promise }) => `${id}: ${promise}`),
      `conformance: ${applying.length} cases apply, ${left} do not`,
    ]);
    const printed = vi.spyOn(console, 'info').mockReturnValue();
    await bodies.at(-1)?.();
    expect(printed.mock.calls[0]?.[0]).toContain('acknowledged-is-stored: the connector has no target');
    printed.mockRestore();
  });
});
