import type { LimitChoices } from '@datamigrato/core';
import type { AfterRun, JobOptions } from '../job/job-options.js';
import { conditionOf } from './filter-condition.js';
import type { EntityFlag, FilterFlag } from './flag-values.js';
import { scalarOf } from './scalar.js';
import type { OutputFlags } from './session.js';

/** Flags of every command that moves records. */
export interface RunFlags extends OutputFlags {
  readonly acceptLoss?: boolean;
  /** Destinations that may be written to although they hold records. */
  readonly allowWritesTo?: readonly string[];
  readonly maxDeadLetters?: number;
  readonly maxRate?: number;
  readonly batchRecords?: number;
  /** Until the source is quiet, or for so many milliseconds. */
  readonly catchUp?: 'until-quiet' | number;
  /** Seconds. */
  readonly connectTimeout?: number;
  /** Seconds. */
  readonly timeout?: number;
  /** Seconds. */
  readonly maxOutage?: number;
  /** File for events. */
  readonly events?: string;
  /** True, or how closely both sides are compared at the end. */
  readonly verify?: true | 'counts' | 'digests' | 'records';
}

/** Flags of every command that plans. */
export interface MappingFlags {
  readonly primaryKey?: NonNullable<JobOptions['primaryKey']>;
  readonly groupBy?: readonly string[];
  /** True, or the text between joined names. */
  readonly flatten?: boolean | string;
  readonly filter?: readonly FilterFlag[];
  readonly select?: readonly string[];
  readonly drop?: readonly string[];
  readonly rename?: Readonly<Record<string, string>>;
  readonly constant?: Readonly<Record<string, string>>;
  readonly fidelity?: 'natural' | 'tagged';
  readonly onLimit?: LimitChoices;
  readonly lock?: string;
  readonly writeMode?: 'replace' | 'create' | 'skip';
  readonly sample?: number;
  readonly partitions?: number;
}

/** Flags that name what is moved between two stores. */
export interface StoreFlags {
  readonly entity?: readonly EntityFlag[];
  readonly fromOption?: Readonly<Record<string, string>>;
  readonly toOption?: Readonly<Record<string, string>>;
}

/** Flags of every command that takes up a run that was begun: its stores again, where they are not as they were. */
export interface AgainFlags extends Omit<StoreFlags, 'entity'> {
  readonly from?: string;
  readonly to?: string;
}

/** The options of a call that flags stand for. */
export function mappingOf(flags: MappingFlags): JobOptions {
  const { flatten, constant } = flags;
  return {
    ...(flags.primaryKey !== undefined && { primaryKey: flags.primaryKey }),
    ...(flags.groupBy !== undefined && { groupBy: flags.groupBy }),
    ...(flatten !== undefined && { flatten: typeof flatten === 'string' ? { separator: flatten } : flatten }),
    ...(flags.filter !== undefined && { filter: flags.filter.map(conditionOf) }),
    ...(flags.select !== undefined && { select: flags.select }),
    ...(flags.drop !== undefined && { drop: flags.drop }),
    ...(flags.rename !== undefined && { rename: flags.rename }),
    ...(constant !== undefined && { constants: constantsOf(constant) }),
    ...(flags.fidelity !== undefined && { fidelity: flags.fidelity }),
    ...(flags.onLimit !== undefined && { onLimit: flags.onLimit }),
    ...(flags.lock !== undefined && { lock: flags.lock }),
    ...(flags.writeMode !== undefined && { writeMode: flags.writeMode }),
    ...(flags.sample !== undefined && { sampleSize: flags.sample }),
    ...(flags.partitions !== undefined && { partitions: flags.partitions }),
  };
}

/** The options of a run that flags stand for; times become milliseconds. */
export function runOptionsOf(flags: Omit<RunFlags, 'events' | 'allowWritesTo'>): JobOptions & AfterRun {
  return {
    ...(flags.acceptLoss !== undefined && { acceptLoss: flags.acceptLoss }),
    ...(flags.maxDeadLetters !== undefined && { maximumDeadLetters: flags.maxDeadLetters }),
    ...(flags.maxRate !== undefined && { maximumRate: flags.maxRate }),
    ...(flags.batchRecords !== undefined && { batchRecords: flags.batchRecords }),
    ...(flags.catchUp !== undefined && { catchUp: flags.catchUp }),
    ...(flags.maxOutage !== undefined && { outage: flags.maxOutage * 1000 }),
    ...(flags.connectTimeout !== undefined && { connectDeadline: flags.connectTimeout * 1000 }),
    ...(flags.timeout !== undefined && { deadline: flags.timeout * 1000 }),
    ...(flags.stateFolder !== undefined && { stateFolder: flags.stateFolder }),
    ...(flags.verify !== undefined && { verify: flags.verify }),
  };
}

/** Constants as typed. */
function constantsOf(
  constants: Readonly<Record<string, string>>,
): Readonly<Record<string, string | number | boolean | null>> {
  return Object.fromEntries(Object.entries(constants).map(([name, text]) => [name, scalarOf(text)]));
}
