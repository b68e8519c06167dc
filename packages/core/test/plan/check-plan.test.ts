import { describe, expect, it } from 'vitest';
import {
  type DataRecord,
  type Endpoint,
  type EntityPlan,
  isDatamigratoError,
  type MigrationPlan,
  planId,
  planMigration,
} from '../../src/index.js';
import { checkPlan, type ResumedPlan } from '../../src/plan/check-plan.js';
import { createMemoryStore, documentManifest, memoryConnector } from '../memory-connector.js';
import { call, openStore } from '../migrate.js';

const records: readonly DataRecord[] = Array.from({ length: 20 }, (_, index) => ({
  key: [index],
  fields: { name: `n${index}` },
}));

/** A plan between two stores in memory, of which the target may hold the entity already. */
async function planned(targetExists: boolean) {
  const store = createMemoryStore(targetExists ? { things: records.slice(0, 1) } : {});
  const source = await openStore(
    memoryConnector('documents', documentManifest),
    createMemoryStore({ things: records }),
  );
  const target = await openStore(memoryConnector('copies', documentManifest), store);
  const plan = await planMigration({ source, target, options: {}, call });
  const [entity] = plan.entities;
  if (entity === undefined) throw new TypeError('nothing is planned');
  return { store, source, target, plan, entity };
}

async function outcome(
  plan: MigrationPlan,
  source: Endpoint,
  target: Endpoint,
  resumed?: ResumedPlan,
): Promise<string> {
  try {
    await checkPlan(plan, source, target, call, resumed);
    return 'fits';
  } catch (error) {
    if (isDatamigratoError(error)) return error.code;
    throw error;
  }
}

const ofVersion = (endpoint: Endpoint, version: string): Endpoint => ({
  ...endpoint,
  connector: { ...endpoint.connector, version },
});

const changed = (plan: MigrationPlan, change: Partial<EntityPlan>): MigrationPlan => {
  const contents = { ...plan, entities: plan.entities.map((entity) => ({ ...entity, ...change })) };
  return { ...contents, id: planId(contents) };
};

const sameMinor: ResumedPlan = {
  acceptsVersion: (stored, now) => stored.split('.')[1] === now.split('.')[1],
};

describe('R-11: a plan that is about to run', () => {
  it('fits the stores and versions that it was made with', async () => {
    const { plan, source, target } = await planned(false);
    expect(await outcome(plan, source, target)).toBe('fits');
    expect(await outcome(plan, ofVersion(source, '1.0.1'), target)).toBe('DM_PLAN_STALE');
    expect(await outcome(plan, source, ofVersion(target, '1.0.1'))).toBe('DM_PLAN_STALE');
    expect(await outcome({ ...plan, writeMode: 'skip' }, source, target)).toBe('DM_PLAN_CHANGED');
  });

  it('is stale where somebody has changed the target since', async () => {
    const { plan, source, target, entity, store } = await planned(true);
    expect(await outcome(plan, source, target)).toBe('fits');
    store.entities.set('things', { schema: entity.targetSchema, records: new Map() });
    expect(await outcome(plan, source, target)).toBe('DM_PLAN_STALE');
  });

  it('does not run with a conflict', async () => {
    const { plan, source, target } = await planned(false);
    expect(await outcome(changed(plan, { conflicts: ['a view'] }), source, target)).toBe('DM_PLAN_CONFLICT');
  });
});

describe('R-11: a plan that has begun to run', () => {
  it('goes on with the versions that it is told to accept, and with no other', async () => {
    const { plan, source, target } = await planned(false);
    expect(await outcome(plan, ofVersion(source, '1.0.7'), ofVersion(target, '1.0.1'), sameMinor)).toBe('fits');
    expect(await outcome(plan, ofVersion(source, '1.1.0'), target, sameMinor)).toBe('DM_PLAN_STALE');
    expect(await outcome(plan, source, ofVersion(target, '1.1.0'), sameMinor)).toBe('DM_PLAN_STALE');
  });

  it('takes what its statements have made of the target for its own', async () => {
    const { plan, source, target, entity, store } = await planned(true);
    const altering = changed(plan, { statements: ['ALTER things ADD name'] });
    store.entities.set('things', { schema: entity.targetSchema, records: new Map() });
    expect(await outcome(altering, source, target)).toBe('DM_PLAN_STALE');
    expect(await outcome(altering, source, target, sameMinor)).toBe('fits');
    // It had no statement that could have done this.
    expect(await outcome(plan, source, target, sameMinor)).toBe('DM_PLAN_STALE');
  });

  it('takes any change of the target where it is told to, but not its loss', async () => {
    const { plan, source, target, entity, store } = await planned(true);
    const anyTarget = { ...sameMinor, acceptsChangedTarget: true };
    store.entities.set('things', { schema: entity.targetSchema, records: new Map() });
    expect(await outcome(plan, source, target, anyTarget)).toBe('fits');
    store.entities.delete('things');
    expect(await outcome(plan, source, target, anyTarget)).toBe('DM_PLAN_STALE');
  });
});
