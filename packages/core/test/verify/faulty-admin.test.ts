import { describe, expect, it } from 'vitest';
import { type Admin, type Endpoint, planMigration, repairMigration, verifyMigration } from '../../src/index.js';
import { createMemoryStore } from '../memory-connector.js';
import { call, openStore } from '../migrate.js';
import { common, documents, migrated, numbered, recordsOf } from './verified-pair.js';

/** An endpoint whose admin throws, at every call of one of its functions, as a fault in a connector would. */
function failing(endpoint: Endpoint, hook: 'countRecords' | 'deleteRecords'): Endpoint {
  const fail = async (): Promise<never> => {
    throw new TypeError(`fault in ${hook}`);
  };
  const admin = endpoint.admin();
  if (admin === undefined) throw new Error('there is no admin');
  const faulty: Admin = {
    countRecords: hook === 'countRecords' ? fail : (entity, options) => admin.countRecords(entity, options),
    deleteRecords:
      hook === 'deleteRecords' ? fail : (schema, keys, options) => admin.deleteRecords(schema, keys, options),
    dropEntity: (entity, options) => admin.dropEntity(entity, options),
    dropDatabase: (options) => admin.dropDatabase(options),
  };
  return {
    connector: endpoint.connector,
    description: endpoint.description,
    source: () => endpoint.source(),
    target: () => endpoint.target(),
    admin: () => faulty,
    close: () => endpoint.close(),
    [Symbol.asyncDispose]: () => endpoint.close(),
  };
}

describe('a fault in an admin', () => {
  it('R-14 R-25 while sides are counted is never taken for equality', async () => {
    const pair = await migrated(numbered(50));
    for (const side of ['source', 'target'] as const) {
      const faulty = failing(pair[side], 'countRecords');
      await expect(verifyMigration({ ...common, ...pair, [side]: faulty })).rejects.toThrow('fault in countRecords');
    }
    expect((await verifyMigration({ ...common, ...pair })).verdict).toBe('equal');
  });

  it('R-14 R-27 while extra records are deleted is no success, and they are deleted once it is gone', async () => {
    const pair = await migrated(numbered(50));
    const target = recordsOf(pair.middle);
    target.set('["extra"]', { key: ['extra'], fields: { name: 'nobody wrote this' } });
    const faulty = failing(pair.target, 'deleteRecords');
    await expect(repairMigration({ ...common, ...pair, target: faulty, allowDelete: true })).rejects.toThrow(
      'fault in deleteRecords',
    );
    expect(target.has('["extra"]')).toBe(true);
    const again = await repairMigration({ ...common, ...pair, allowDelete: true });
    expect(again).toMatchObject({ entities: [{ deleted: 1 }], verification: { verdict: 'equal' } });
  });

  it('R-14 while a plan estimates is a fault of the plan', async () => {
    const source = await openStore(documents, createMemoryStore({ things: numbered(50) }));
    const target = await openStore(documents, createMemoryStore());
    const faulty = failing(source, 'countRecords');
    await expect(planMigration({ source: faulty, target, options: { sampleSize: 10 }, call })).rejects.toMatchObject({
      message: expect.stringContaining('countRecords'),
    });
  });
});
