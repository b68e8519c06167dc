import { conformanceCases } from './conformance-cases.js';
import type { ConformanceHarness } from './harness.js';

/** What test runners have in common: those of vitest, jest and `node:test` fit as they are. */
export interface TestRunner {
  describe(title: string, body: () => void): unknown;
  test(title: string, body: () => Promise<void>): unknown;
}

/**
 * Registers a test for every case that applies to the connector, and one that prints which do not and why.
 *
 * A case may take up to 100 seconds where a connector hangs, and most take a few milliseconds: give tests as much time, so that the case says what hangs.
 *
 * @example
 * ```ts
 * import { describe, test } from 'node:test';
 * describeConnector(harness, { describe, test });
 * ```
 */
export function describeConnector(harness: ConformanceHarness, { describe, test }: TestRunner): void {
  describe(`connector ${harness.connector.id}`, () => {
    const left: string[] = [];
    for (const each of conformanceCases) {
      const applicability = each.appliesTo(harness);
      if (applicability.applies) test(`${each.id}: ${each.promise}`, () => each.run(harness));
      else left.push(`  ${each.id}: ${applicability.reason}`);
    }
    test(`conformance: ${conformanceCases.length - left.length} cases apply, ${left.length} do not`, async () => {
      if (left.length > 0) console.info(`Not promised by connector ${harness.connector.id}:\n${left.join('\n')}`);
    });
  });
}
