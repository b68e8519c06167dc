import type { ConformanceHarness } from './harness.js';

/** One promise of the connector contract, and how it is proved. */
export interface ConformanceCase {
  /** Stable and unique, such as `resume-from-every-position`. */
  readonly id: string;
  /** What is looked at, in a few words. */
  readonly title: string;
  /** What a connector promises, as one sentence. */
  readonly promise: string;
  /** Whether the connector makes this promise, by its manifest, its roles and how its store is reached. Looks at these alone. */
  appliesTo(harness: ConformanceHarness): Applicability;
  /** Proves the promise or throws: a {@link ConformanceFailure} that says what was seen instead. */
  run(harness: ConformanceHarness): Promise<void>;
}

/** Whether a case is run, or why not. */
export type Applicability = { readonly applies: true } | { readonly applies: false; readonly reason: string };

/** A promise that was not kept. */
export class ConformanceFailure extends Error {
  override readonly name: string = 'ConformanceFailure';
}

/** Decides whether a case applies: undefined where it does, else why not. */
export type Condition = (harness: ConformanceHarness) => string | undefined;

/** What {@link defineCase} makes a case of. */
export interface CaseDefinition {
  readonly id: string;
  readonly title: string;
  readonly promise: string;
  readonly when?: readonly Condition[];
  run(harness: ConformanceHarness): Promise<void>;
}

/** A case with its conditions and a limit of time, so that a connector which never answers fails rather than hangs. */
export function defineCase({ id, title, promise, when = [], run }: CaseDefinition): ConformanceCase {
  return {
    id,
    title,
    promise,
    appliesTo(harness) {
      for (const condition of when) {
        const reason = condition(harness);
        if (reason !== undefined) return { applies: false, reason };
      }
      return { applies: true };
    },
    async run(harness) {
      try {
        await within(100_000, run(harness), `the case ${id}`);
      } catch (thrown) {
        if (thrown instanceof ConformanceFailure) throw thrown;
        throw new ConformanceFailure(`an ordinary call failed: ${textOf(thrown)}`, { cause: thrown });
      }
    },
  };
}

function textOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return 'code' in thrown ? `${String(thrown.code)}: ${thrown.message}` : `${thrown.name}: ${thrown.message}`;
}

/** Waits so many milliseconds and no longer. The timer is gone afterwards. */
export async function within<Result>(milliseconds: number, promise: Promise<Result>, what: string): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new ConformanceFailure(`${what} did not end within ${milliseconds} ms`)),
      milliseconds,
    );
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}
