import { createMemoryCheckpointStore, type MigrationPlan } from '@datamigrato/core';
import type { DrillResult } from '../report/drill-result.js';
import { comparePlace } from '../store/compare.js';
import type { Place } from '../store/drill-store.js';
import { pairName, type RunningPair } from '../store/pair.js';
import { failingAt, type Hook, hooks } from './failing-endpoint.js';
import { ledgerFault, move, planOf, type Side } from './move.js';

/** The calls of each hook that throw. */
const calls = [1, 3] as const;

/** Hooks that are called before there is a run. */
const planning: ReadonlySet<Hook> = new Set(['open', 'listEntities', 'inferSchema', 'planEntity']);

/**
 * a fault in a connector, thrown from each of its hooks, ends the run as a fault; its checkpoints are never ahead of the target.
 *
 * What was durable is then gone on from without the fault, and both sides are compared.
 */
export async function runHookDrill(pair: RunningPair, source: Place, records: number): Promise<DrillResult> {
  const started = performance.now();
  const name = pairName({ source: pair.source.store, target: pair.target.store });
  const violations: string[] = [];
  let [tried, lost, duplicated, wrong] = [0, 0, 0, 0];
  const plain: Omit<Side, 'wrap'> = { connector: pair.source.store.connector, place: source };
  for (const side of ['source', 'target'] as const) {
    for (const hook of hooks[side]) {
      for (const nth of calls) {
        const target = await pair.target.place(`drill_hooks_${side}_${hook.toLowerCase()}_${nth}`);
        const to: Side = { connector: pair.target.store.connector, place: target };
        let thrown = false;
        const wrap: NonNullable<Side['wrap']> = (endpoint) =>
          failingAt(endpoint, hook, nth, () => {
            thrown = true;
          });
        const checkpoints = createMemoryCheckpointStore();
        const settings = { batchRecords: Math.ceil(records / 20), checkpointInterval: { records: 1, milliseconds: 1 } };
        const plan: MigrationPlan | undefined = planning.has(hook) ? undefined : await planOf(plain, to);
        const first = await move(
          side === 'source' ? { ...plain, wrap } : plain,
          side === 'target' ? { ...to, wrap } : to,
          { settings, checkpoints, ...(plan !== undefined && { plan }) },
        );
        if (thrown) {
          tried += 1;
          const where = `${hook}, call ${nth}:`;
          const isCaught = first.error?.category === 'internal' || (first.ledger?.dead ?? 0) > 0;
          if (!isCaught) {
            wrong += 1;
            violations.push(`${where} ended with ${first.error?.code ?? 'success'}`);
          }
          // Records that the fault made dead letters are done with, and rightly not in the target; all others must be.
          const dead = first.ledger?.dead ?? 0;
          if (first.ledger === undefined) {
            const second = await move(plain, to, {
              settings,
              checkpoints,
              ...(first.plan !== undefined && { plan: first.plan }),
            });
            const fault = second.error?.message ?? ledgerFault(second.ledger, records);
            if (fault !== undefined) violations.push(`${where} taken up again ${fault}`);
          }
          const compared = await comparePlace(target, records);
          if (compared.lost !== dead) violations.push(`${where} ${compared.lost} records are missing, ${dead} dead`);
          lost += Math.abs(compared.lost - dead);
          duplicated += compared.duplicated;
        }
      }
    }
  }
  return {
    drill: `faults in hooks ${name}`,
    tried,
    lost,
    duplicated,
    false: wrong,
    milliseconds: performance.now() - started,
    measured: `${records} records each`,
    violations,
  };
}
