import type { Runtime } from '../flow/runtime.js';
import type { DifferingKeys } from './compare-keys.js';
import { type DescribedDifferences, type Describing, describeDifferences } from './describe-differences.js';
import type { DifferenceTally } from './verification-report.js';

/** Milliseconds before differing records are read again the first time; each further wait is twice as long. */
const firstPause = 500;

/** How long differences are waited for. */
export interface Settling {
  readonly runtime: Runtime;
  /** Milliseconds, from the first look at the differences. */
  readonly within: number;
}

/** Differences that remained, and for how many milliseconds they were seen to. */
export interface SettledDifferences extends DescribedDifferences {
  readonly differedFor: number;
}

/**
 * Describes the records that differ, and looks at those again and again, for as long as there is time, that still do: where a side moves, the other may follow.
 *
 * Each look reads both sides.
 */
export async function settleDifferences(
  found: DifferingKeys,
  describing: Describing,
  { runtime, within }: Settling,
): Promise<SettledDifferences> {
  const begun = runtime.monotonicNow();
  const settled = new Map<string, keyof DifferenceTally>();
  let pause = firstPause;
  let look = await describeDifferences(found, describing);
  for (;;) {
    for (const [key, difference] of look.settled) settled.set(key, difference);
    const left = within - (runtime.monotonicNow() - begun);
    if (look.remaining.size === 0 || left <= 0) break;
    await runtime.sleep(Math.min(pause, left), describing.signal);
    pause *= 2;
    look = await describeDifferences(look.remaining, describing);
  }
  const { differences, remaining } = look;
  return { differences, remaining, settled, differedFor: remaining.size === 0 ? 0 : runtime.monotonicNow() - begun };
}
