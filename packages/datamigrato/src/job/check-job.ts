import {
  type ConfiguredEndpoint,
  checkLimits,
  type EventListener,
  type LimitCheckSettings,
  type LimitReport,
  type MigrationPlan,
  mayRefuse,
  type PlanOptions,
  planMigration,
  requireWithinLimits,
} from '@datamigrato/core';
import { systemRuntime } from '../runtime.js';
import type { CheckOptions } from './check-options.js';
import type { JobOptions } from './job-options.js';
import { type OpenPair, openPair } from './open-pair.js';
import { connectCall, defaultDeadline } from './request-deadlines.js';

/** A plan, and what trying the source's records against the target's limits has found. */
export interface CheckResult {
  readonly plan: MigrationPlan;
  readonly limits: LimitReport;
}

/** Plans, and tries the source's records against the limits of the target. Writes nothing. */
export async function checkJob(
  source: ConfiguredEndpoint,
  target: ConfiguredEndpoint,
  options: CheckOptions,
  planning: PlanOptions,
): Promise<CheckResult> {
  const { signal = new AbortController().signal, deadline = defaultDeadline, listener = unheard } = options;
  await using pair = await openPair(source, target, connectCall(options, signal));
  const plan = await planMigration({ ...pair, options: planning, call: { signal, deadline } });
  await options.onPlan?.(plan);
  const settings = settingsOf(options);
  const limits = await checkLimits({ ...pair, plan, runtime: systemRuntime, signal, listener, settings });
  await options.onChecked?.(limits);
  return { plan, limits };
}

/** Before a run: tries records where that is asked for, and throws `DM_LIMIT_REFUSED` where some are beyond a limit for which `refuse` was chosen. */
export async function requireChecked(
  plan: MigrationPlan,
  pair: OpenPair,
  options: Pick<JobOptions, 'batchRecords' | 'check' | 'deadline' | 'onChecked' | 'onLimit' | 'outage'>,
  { signal, listener }: { readonly signal: AbortSignal; readonly listener: EventListener },
): Promise<void> {
  const { check, onLimit = {}, onChecked } = options;
  if (check === undefined && !mayRefuse(onLimit)) return;
  const settings = settingsOf(options);
  const limits = await checkLimits({ ...pair, plan, runtime: systemRuntime, signal, listener, settings });
  await onChecked?.(limits);
  requireWithinLimits(limits, onLimit);
}

function settingsOf(
  options: Pick<CheckOptions, 'batchRecords' | 'check' | 'checkedRecords' | 'deadline' | 'listed' | 'outage'>,
): Partial<LimitCheckSettings> {
  const { check, checkedRecords, listed, batchRecords, deadline, outage } = options;
  return {
    ...(check !== undefined && { extent: check }),
    ...(checkedRecords !== undefined && { sampleSize: checkedRecords }),
    ...(listed !== undefined && { listed }),
    ...(batchRecords !== undefined && { batchRecords }),
    ...(deadline !== undefined && { deadline }),
    ...(outage !== undefined && { outage }),
  };
}

function unheard(): void {}
