import { conformanceCases } from './conformance-cases.js';
import type { ConformanceHarness } from './harness.js';

/** Longer than any case takes. */
const testTimeout = 110_000;

/** What test runners have in common: those of vitest, jest and `node:test` fit as they are. */
export interface TestRunner {
  describe(title: string, body: () => void): unknown;
  /** The third argument are milliseconds, for runners that end a test by themselves. */
  test(title: string, body: () => Promise<void>, timeout: number): unknown;
}

/**
 * Registers a test for every case that applies to the connector, and one that prints which do not and why.
 *
 * Most cases take a few milliseconds. One in which a connector hangs ends by itself after 100 seconds, and says what hangs.
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
      if (applicability.applies) test(`${each.id}: ${each.promise}`, () => each.run(harness), testTimeout);
      else left.push(`  ${each.id}: ${applicability.reason}`);
    }
    const print = async (): Promise<void> => {
      if (left.length > 0) console.info(`Not promised by connector ${harness.connector.id}:\n${left.join('\n')}`);
    };
    test(
      `conformance: ${conformanceCases.length - left.length} cases apply, ${left.length} do not`,
      print,
      testTimeout,
    );
  });
}
