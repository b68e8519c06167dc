import {
  type CheckpointStore,
  type Connector,
  createMemoryCheckpointStore,
  createMemoryDeadLetterStore,
  type DeadLetter,
  type Endpoint,
  type MigrationEvent,
  type MigrationPlan,
  type MigrationReport,
  type PlanOptions,
  planMigration,
  type RunSettings,
  runMigration,
} from '../src/index.js';
import type { MemoryStore } from './memory-connector.js';
import { createVirtualRuntime } from './virtual-runtime.js';

export const call = { signal: new AbortController().signal, deadline: 1000 };

export async function openStore(connector: Connector, store: MemoryStore): Promise<Endpoint> {
  return (await connector.configure({ store })).open(call);
}

export interface MigrationOutcome {
  readonly plan: MigrationPlan;
  readonly report: MigrationReport;
  readonly letters: readonly DeadLetter[];
  readonly events: readonly MigrationEvent[];
}

/** Plans and runs a migration between two memory stores. */
export async function migrate(
  source: Endpoint,
  target: Endpoint,
  options: PlanOptions = {},
  more: {
    readonly settings?: Partial<RunSettings>;
    readonly checkpoints?: CheckpointStore;
    readonly stop?: AbortSignal;
    readonly listener?: (event: MigrationEvent) => void;
  } = {},
): Promise<MigrationOutcome> {
  // A few records are cut as many would be.
  const plan = await planMigration({ source, target, options: { partitions: 8, ...options }, call });
  const deadLetters = createMemoryDeadLetterStore();
  const events: MigrationEvent[] = [];
  const report = await runMigration({
    plan,
    source,
    target,
    runtime: createVirtualRuntime(1),
    checkpoints: more.checkpoints ?? createMemoryCheckpointStore(),
    deadLetters,
    listener: (event) => {
      events.push(event);
      more.listener?.(event);
    },
    stop: more.stop ?? new AbortController().signal,
    digestKey: new Uint8Array(32),
    ...(more.settings && { settings: more.settings }),
  });
  return { plan, report, letters: deadLetters.letters, events };
}
