import { randomBytes } from 'node:crypto';
import {
  createMemoryCheckpointStore,
  createMemoryDeadLetterStore,
  type Endpoint,
  type EventListener,
  type MigrationReport,
  planMigration,
  type RunSettings,
  runMigration,
} from '@datamigrato/core';
import type { WorkOutcome } from '../leg/leg-task.js';
import type { PipelineEndpoint } from '../store/benchmark-store.js';
import { processRuntime } from './process-runtime.js';

/** A migration whose both sides are connected. */
export interface OpenPipeline {
  /** Plans and runs it, with everything on: checkpoints, ledger, digests. `listener` hears of its events. */
  run(listener?: EventListener): Promise<WorkOutcome>;
  close(): Promise<void>;
}

/** Connects both sides of a migration. `settings` are for measuring what a setting does; nothing means the defaults that every user gets. */
export async function openPipeline(
  from: PipelineEndpoint,
  to: PipelineEndpoint,
  settings: Partial<RunSettings> = {},
): Promise<OpenPipeline> {
  const call = { signal: new AbortController().signal, deadline: 60_000 };
  const source = await (await from.connector.configure(from.options)).open(call);
  const target = await (await to.connector.configure(to.options)).open(call);
  return {
    async run(listener = () => {}) {
      const started = performance.now();
      const plan = await planMigration({
        source,
        target,
        options: { entities: [{ source: from.entity, target: to.entity }] },
        call,
      });
      const planSeconds = (performance.now() - started) / 1000;
      const deadLetters = createMemoryDeadLetterStore();
      const report = await runMigration({
        plan,
        source,
        target,
        runtime: processRuntime,
        checkpoints: createMemoryCheckpointStore(),
        deadLetters,
        listener,
        stop: call.signal,
        digestKey: randomBytes(32),
        settings,
      });
      requireAllWritten(report, deadLetters.letters[0]?.message);
      return { records: report.ledger.written, details: { planSeconds } };
    },
    close: () => closeBoth(source, target),
  };
}

/** A figure of a run that lost or rejected records would be worth nothing. */
function requireAllWritten(report: MigrationReport, firstLetter: string | undefined): void {
  if (report.ledger.read === report.ledger.written) return;
  throw new Error(
    `The pipeline did not write every record: ${JSON.stringify(report.ledger)}${firstLetter === undefined ? '' : `, first: ${firstLetter}`}`,
  );
}

async function closeBoth(source: Endpoint, target: Endpoint): Promise<void> {
  await source.close();
  await target.close();
}
