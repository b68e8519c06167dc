import { type ConfiguredEndpoint, DatamigratoError, type MigrationPlan, type PlannedEndpoint } from '@datamigrato/core';

/** What a run's state belongs to: it is of no use to another plan, other stores or other software. */
export interface RunFingerprint {
  /** Id of the plan. */
  readonly plan: string;
  /** Version of the program that runs it. */
  readonly program: string;
  readonly source: PlannedEndpoint;
  readonly target: PlannedEndpoint;
}

/** One thing that is not as it was. */
export interface FingerprintDifference {
  readonly name: string;
  readonly stored: string;
  readonly now: string;
}

/** The fingerprint of running a plan between two stores. */
export function runFingerprint(
  plan: MigrationPlan,
  sides: { readonly source: Side; readonly target: Side },
  program: string,
): RunFingerprint {
  return { plan: plan.id, program, source: sideOf(sides.source), target: sideOf(sides.target) };
}

/** A store, open or about to be. */
type Side = Pick<ConfiguredEndpoint, 'connector' | 'description'>;

function sideOf({ connector, description }: Side): PlannedEndpoint {
  return { connector: connector.id, version: connector.version, endpoint: description.id };
}

/**
 * What keeps stored state from being used now, in the order of the fingerprint.
 *
 * Versions agree where they are equal up to the patch, or where the stored one is at most two minor versions older within the same major version.
 */
export function fingerprintDifferences(stored: RunFingerprint, now: RunFingerprint): readonly FingerprintDifference[] {
  const facts: readonly (readonly [
    name: string,
    stored: string,
    now: string,
    same: (a: string, b: string) => boolean,
  ])[] = [
    ['plan', stored.plan, now.plan, equal],
    ['version of this program', stored.program, now.program, readsStateOf],
    ...(['source', 'target'] as const).flatMap(
      (side) =>
        [
          [`${side} connector`, stored[side].connector, now[side].connector, equal],
          [`version of the ${side} connector`, stored[side].version, now[side].version, readsStateOf],
          [side, stored[side].endpoint, now[side].endpoint, equal],
        ] as const,
    ),
  ];
  return facts
    .filter(([, before, after, same]) => !same(before, after))
    .map(([name, before, after]) => ({ name, stored: before, now: after }));
}

/** The error for state of another fingerprint, with all differences named. */
export function otherPlan(run: string, differences: readonly FingerprintDifference[]): DatamigratoError {
  const listed = differences.map(({ name, stored, now }) => `${name}: ${stored} then, ${now} now`);
  return new DatamigratoError({
    code: 'DM_STATE_OTHER_PLAN',
    category: 'usage',
    message: `Run ${run} was started as something else (${listed.join('; ')})`,
    nextStep: 'go on with what it was started with, or start the migration anew as another run',
    context: Object.fromEntries(differences.map(({ name, stored, now }) => [name, `${stored} → ${now}`])),
  });
}

function equal(stored: string, now: string): boolean {
  return stored === now;
}

const oldestMinor = 2;

/** Whether software of version `now` goes on with what version `stored` has begun. */
export function readsStateOf(stored: string, now: string): boolean {
  const before = /^(\d+)\.(\d+)\.\d+$/.exec(stored);
  const after = /^(\d+)\.(\d+)\.\d+$/.exec(now);
  if (before === null || after === null) return stored === now;
  const minors = Number(after[2]) - Number(before[2]);
  return before[1] === after[1] && minors >= 0 && minors <= oldestMinor;
}
