import { join } from 'node:path';
import type { NamingContext } from '../connect/named-store.js';
import { deadLetterPath } from '../state/dead-letter-file.js';
import { deadLetterEndpoint } from './dead-letter-source.js';
import type { StartOptions } from './job-options.js';
import { openPair } from './open-pair.js';
import { readLock } from './read-lock.js';
import { type NamedStores, type RecordedRun, storeOf } from './recorded-run.js';
import { connectCall } from './request-deadlines.js';
import type { BegunRun } from './run-in-folder.js';

/** What writes the dead letters of a run again: all of a begun run but its own folder. The run's source is not asked. */
export async function deadLetterRun(
  { plan, summary, record }: RecordedRun,
  job: {
    readonly named: NamedStores;
    readonly context: NamingContext;
    readonly options: Pick<StartOptions, 'connectDeadline'>;
  },
): Promise<Omit<BegunRun, 'folder' | 'mode'>> {
  const connector = await job.context.connectors.byId(plan.source.connector);
  const letters = deadLetterEndpoint({ plan, connector, path: deadLetterPath(summary.folder, summary.epoch) });
  const { description } = letters;
  const source = { connector, description, secrets: async () => [], open: async () => letters };
  const target = await storeOf({ plan, summary, record }, 'to', job.named.to, job.context);
  return {
    plan,
    lock: await readLock(join(summary.folder, 'mapping.lock.json')),
    isRetry: true,
    sides: { source, target },
    open: (signal) => openPair(source, target, connectCall(job.options, signal)),
  };
}
