import { withDeadline } from '../flow/deadline.js';
import type { RecordKey } from '../record/data-record.js';
import type { Mending } from './repair-migration.js';

/** Keys that one call deletes. */
const keysAtOnce = 1000;

/** What became of records that only the target has. */
export interface Deleted {
  readonly deleted: number;
  readonly refused: number;
}

/** Reads the target for the records with these keys and deletes them. */
export async function deleteExtra(keys: ReadonlySet<string>, mending: Mending): Promise<Deleted> {
  const total = { deleted: 0, refused: 0 };
  if (keys.size === 0) return total;
  const { sides, entity, repair, settings } = mending;
  const found: RecordKey[] = [];
  await sides.actual.scan(
    entity.actual.partitions ?? [],
    () => ({
      record(record) {
        if (keys.has(sides.fingerprints.ofKey(record.key))) found.push(record.key);
      },
    }),
    repair.signal,
  );
  const { target, runtime, signal } = repair;
  for (let start = 0; start < found.length; start += keysAtOnce) {
    const some = found.slice(start, start + keysAtOnce);
    const result = await withDeadline(
      async (inner) =>
        target.admin()?.deleteRecords(sides.plan.targetSchema, some, { signal: inner, deadline: settings.deadline }),
      {
        runtime,
        deadline: 2 * settings.deadline,
        signal,
        what: `the answer of ${target.description.id} to a deletion`,
      },
    );
    const refused = result?.failures.length ?? some.length;
    total.deleted += some.length - refused;
    total.refused += refused;
  }
  return total;
}
