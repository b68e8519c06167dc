import {
  asDatamigratoError,
  type CallOptions,
  type CheckpointStore,
  type Connector,
  createMemoryCheckpointStore,
  createMemoryDeadLetterStore,
  type DatamigratoError,
  type Endpoint,
  type Ledger,
  type MigrationEvent,
  type MigrationPlan,
  type PlanOptions,
  planMigration,
  type RunSettings,
  runMigration,
} from '@datamigrato/core';
import type { Place } from '../store/drill-store.js';
import { systemRuntime } from '../system-runtime.js';

/** A few records are cut as many would be, so that a fault meets a source that is still being read. */
const planned: PlanOptions = { partitions: 8 };

/** One side of a migration: where it is, and which connector goes there. */
export interface Side {
  readonly connector: Connector;
  readonly place: Place;
  /** The port to go through in place of the server's own. */
  readonly port?: number;
  /** Options of the connector beside the place's own. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Puts something between the pipeline and the store. */
  readonly wrap?: (endpoint: Endpoint) => Endpoint | Promise<Endpoint>;
}

/** What a movement may be given. */
export interface MoveOptions {
  readonly settings?: Partial<RunSettings>;
  readonly onEvent?: (event: MigrationEvent) => void;
  /** Checkpoints of an earlier movement by the same plan, to go on from. */
  readonly checkpoints?: CheckpointStore;
  readonly plan?: MigrationPlan;
}

/** How a migration in this process went. */
export interface Movement {
  /** Undefined where planning failed. */
  readonly plan: MigrationPlan | undefined;
  readonly ledger: Ledger | undefined;
  readonly retries: readonly number[];
  readonly error: DatamigratoError | undefined;
}

/** A migration in this process: the product's planning and pipeline on real stores, with nothing kept on disk. */
export async function move(source: Side, target: Side, options: MoveOptions = {}): Promise<Movement> {
  const { settings = {}, onEvent, checkpoints = createMemoryCheckpointStore() } = options;
  const retries: number[] = [];
  let plan = options.plan;
  try {
    await using from = await openSide(source);
    await using to = await openSide(target);
    plan ??= await planMigration({ source: from, target: to, options: planned, call: patientCall() });
    const { ledger } = await runMigration({
      plan,
      source: from,
      target: to,
      runtime: systemRuntime,
      checkpoints,
      deadLetters: createMemoryDeadLetterStore(),
      listener(event) {
        if (event.type === 'retry-scheduled') retries.push(event.attempt);
        onEvent?.(event);
      },
      stop: new AbortController().signal,
      digestKey: new Uint8Array(32),
      settings,
    });
    return { plan, ledger, retries, error: undefined };
  } catch (thrown) {
    return { plan, ledger: undefined, retries, error: asDatamigratoError(thrown, 'the migration') };
  }
}

/** Opens a side as the pipeline would be given it. */
export async function openSide({ connector, place, port, options, wrap }: Side): Promise<Endpoint> {
  const configured = await connector.configure({ ...place.options(port), ...options });
  const endpoint = await configured.open(patientCall());
  return (await wrap?.(endpoint)) ?? endpoint;
}

/** For what comes before the run, while nothing is in trouble but the machine may be busy. */
function patientCall(): CallOptions {
  return { signal: new AbortController().signal, deadline: 30_000 };
}

/** The plan of a movement, made with nothing in between. */
export async function planOf(source: Side, target: Side): Promise<MigrationPlan> {
  await using from = await openSide(source);
  await using to = await openSide(target);
  return await planMigration({ source: from, target: to, options: planned, call: patientCall() });
}

/** What a ledger says against having moved every record, or nothing. */
export function ledgerFault(ledger: Ledger | undefined, records: number): string | undefined {
  if (ledger === undefined) return 'has no ledger';
  const { read, written, unchanged, dead, filtered } = ledger;
  const isExact = read === records && written + unchanged === records && dead + filtered === 0;
  return isExact ? undefined : `reports ${JSON.stringify(ledger)} of ${records} records`;
}
