import type { Estimate, MigrationEvent, MigrationPlan } from '@datamigrato/core';

/** How far a migration is. */
export interface Progress {
  readonly entities: readonly EntityProgress[];
  readonly retries: number;
}

/** How far one entity is. */
export interface EntityProgress {
  readonly source: string;
  readonly target: string;
  readonly status: 'waiting' | 'running' | 'finished';
  readonly read: number;
  /** Records with a fate: acknowledged by the target or dead. */
  readonly done: number;
  /** Those of them that earlier starts of the run had seen to. */
  readonly doneBefore: number;
  readonly dead: number;
  readonly estimate: Estimate;
  readonly partitions: {
    readonly planned: number;
    readonly started: number;
    readonly finished: number;
    readonly recordsOfFinished: number;
  };
  /** When it began and ended, in milliseconds of the clock that events are given. */
  readonly startedAt: number | undefined;
  readonly finishedAt: number | undefined;
  /** `done` at some moments of the last 10 s, oldest first. */
  readonly samples: readonly { readonly at: number; readonly done: number }[];
}

/** Milliseconds over which a rate is taken. */
const rateWindow = 10_000;
const sampleInterval = 250;

/** The progress of a plan that has not begun. */
export function startOf(plan: Pick<MigrationPlan, 'entities'>): Progress {
  return {
    retries: 0,
    entities: plan.entities.map(({ source, target, estimate, partitions }) => ({
      source,
      target,
      status: 'waiting',
      read: 0,
      done: 0,
      doneBefore: 0,
      dead: 0,
      estimate,
      partitions: { planned: partitions, started: 0, finished: 0, recordsOfFinished: 0 },
      startedAt: undefined,
      finishedAt: undefined,
      samples: [],
    })),
  };
}

/** The progress after an event at a moment. */
export function afterEvent(progress: Progress, event: MigrationEvent, now: number): Progress {
  if (event.type === 'retry-scheduled') return { ...progress, retries: progress.retries + 1 };
  if (!('source' in event)) return progress;
  const index = progress.entities.findIndex(({ source }) => source === event.source);
  const entity = progress.entities[index];
  if (entity === undefined) return progress;
  return { ...progress, entities: progress.entities.with(index, afterEntityEvent(entity, event, now)) };
}

function afterEntityEvent(
  entity: EntityProgress,
  event: Extract<MigrationEvent, { readonly source: unknown }>,
  now: number,
): EntityProgress {
  switch (event.type) {
    case 'entity-prepared':
      return { ...entity, status: 'running', startedAt: now, samples: [{ at: now, done: 0 }] };
    case 'partition-resumed':
      return afterResumption(entity, event);
    case 'partition-started':
      return { ...entity, partitions: { ...entity.partitions, started: entity.partitions.started + 1 } };
    case 'partition-finished': {
      const { finished, recordsOfFinished } = entity.partitions;
      const partitions = {
        ...entity.partitions,
        finished: finished + 1,
        recordsOfFinished: recordsOfFinished + event.ledger.read,
      };
      return { ...entity, partitions };
    }
    case 'batch-checked':
      return entity;
    case 'batch-read':
      return { ...entity, read: entity.read + event.records };
    case 'batch-written':
      return sampled({ ...entity, done: entity.done + event.records }, now);
    case 'record-dead':
      // A change that becomes a dead letter while catching up is none of the records that were read.
      return sampled({ ...entity, done: Math.min(entity.done + 1, entity.read), dead: entity.dead + 1 }, now);
    case 'entity-finished': {
      const { read, dead } = event.ledger;
      return sampled({ ...entity, status: 'finished', read, done: read, dead, finishedAt: now }, now);
    }
    case 'changes-applied':
    case 'checkpoint-saved':
      return entity;
  }
}

/** What was done before counts, but took no time of this start. */
function afterResumption(
  entity: EntityProgress,
  { ledger, finished }: Extract<MigrationEvent, { readonly type: 'partition-resumed' }>,
): EntityProgress {
  const { partitions } = entity;
  const { read, dead } = ledger;
  return {
    ...entity,
    read: entity.read + read,
    done: entity.done + read,
    doneBefore: entity.doneBefore + read,
    dead: entity.dead + dead,
    samples: entity.samples.map(({ at, done }) => ({ at, done: done + read })),
    partitions: finished
      ? {
          ...partitions,
          started: partitions.started + 1,
          finished: partitions.finished + 1,
          recordsOfFinished: partitions.recordsOfFinished + read,
        }
      : partitions,
  };
}

function sampled(entity: EntityProgress, now: number): EntityProgress {
  const last = entity.samples.at(-1);
  if (last !== undefined && now - last.at < sampleInterval) return entity;
  const recent = entity.samples.filter(({ at }, index, all) => now - at <= rateWindow || index === all.length - 1);
  return { ...entity, samples: [...recent, { at: now, done: entity.done }] };
}

/** How many records an entity has, as well as can be told by now. */
export interface Total {
  readonly records: number;
  /** Whether nothing but the exact number is known. */
  readonly exact: boolean;
  /** Whether more was read than the estimate said and nothing better can be told: then neither a share nor a time follows. */
  readonly passed: boolean;
}

/** The total of an entity: counted, estimated, or, once the estimate is proven wrong, told from the partitions that are finished. Never less than what was read. */
export function totalOf(entity: EntityProgress): Total {
  if (entity.status === 'finished') return { records: entity.read, exact: true, passed: false };
  const { estimate, read, partitions } = entity;
  if (read <= estimate.records) return { records: estimate.records, exact: estimate.exact, passed: false };
  const open = Math.max(partitions.planned, partitions.started) - partitions.finished;
  if (partitions.finished > 0 && open > 0) {
    const mean = partitions.recordsOfFinished / partitions.finished;
    return { records: Math.max(read, Math.round(mean * (partitions.finished + open))), exact: false, passed: false };
  }
  return { records: read, exact: false, passed: true };
}

/** Records a second over the last 10 s, or over all its time for an entity that is finished; undefined where too little has happened. */
export function rateOf(entity: EntityProgress, now: number): number | undefined {
  const { startedAt, finishedAt } = entity;
  if (startedAt === undefined) return undefined;
  if (finishedAt !== undefined)
    return finishedAt > startedAt ? ((entity.done - entity.doneBefore) * 1000) / (finishedAt - startedAt) : undefined;
  const first = entity.samples.find(({ at }) => now - at <= rateWindow) ?? entity.samples.at(-1);
  if (first === undefined || now - first.at < sampleInterval) return undefined;
  return ((entity.done - first.done) * 1000) / (now - first.at);
}

/** Milliseconds until an entity is done at its present rate, or undefined where nobody can tell. */
export function timeLeft(entity: EntityProgress, now: number): number | undefined {
  const total = totalOf(entity);
  const rate = rateOf(entity, now);
  if (entity.status !== 'running' || total.passed || rate === undefined || rate === 0) return undefined;
  return ((total.records - entity.done) * 1000) / rate;
}
