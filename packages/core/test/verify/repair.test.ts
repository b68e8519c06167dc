import { describe, expect, it } from 'vitest';
import {
  DatamigratoError,
  plainDocument,
  planMigration,
  repairMigration,
  type Value,
  valueToText,
  verifyMigration,
} from '../../src/index.js';
import { memoryConnector, tableManifest } from '../memory-connector.js';
import { call } from '../migrate.js';
import { common, documents, migrated, numbered, type Pair, recordsOf } from './verified-pair.js';

const tables = memoryConnector('tables', tableManifest);

/** Takes one record away, changes one and adds one. */
function breakIn3Ways(pair: Pair): void {
  const target = recordsOf(pair.middle);
  const changed = target.get('[5]');
  if (changed === undefined) throw new Error('a record is missing');
  target.set('[5]', { ...changed, fields: { ...plainDocument(changed.fields), name: 'changed' } });
  target.delete('[7]');
  target.set('["extra"]', { key: ['extra'], fields: changed.fields });
}

describe('repair', () => {
  it('R-27 mends what differs, deletes only when allowed, and compares again', async () => {
    for (const connector of [documents, tables]) {
      const pair = await migrated(numbered(500), connector);
      const target = recordsOf(pair.middle);
      const changed = target.get([...target.keys()][5] as string);
      if (!changed) throw new Error('a record is missing');
      target.set(valueToText(changed.key), {
        ...changed,
        fields: { ...plainDocument(changed.fields), name: 'changed' },
      });
      target.delete([...target.keys()][7] as string);
      const extra = { key: [connector === tables ? 77777 : 'extra'], fields: changed.fields };
      target.set(valueToText(extra.key), extra);
      const first = await repairMigration({ ...common, ...pair, allowDelete: false });
      expect(first).toMatchObject({
        entities: [{ written: 2, deleted: 0, kept: 1, refused: 0 }],
        verification: { verdict: 'different' },
      });
      const second = await repairMigration({ ...common, ...pair, allowDelete: true });
      expect(second).toMatchObject({
        entities: [{ written: 0, deleted: 1, kept: 0 }],
        verification: { verdict: 'equal' },
      });
    }
  });

  it('A-46 R-27 does not report success for a write that the target acknowledges and does not show', async () => {
    const pair = await migrated(numbered(50));
    const target = recordsOf(pair.middle);
    target.delete('[5]');
    pair.middle.ignores = () => true;
    const report = await repairMigration({ ...common, ...pair, allowDelete: false });
    expect(report.verification?.verdict).toBe('different');
  });

  it('a dry run says what it would do, and does nothing', async () => {
    const pair = await migrated(numbered(50));
    breakIn3Ways(pair);
    const before = new Map(recordsOf(pair.middle));
    const { writes } = pair.middle;
    const kept = await repairMigration({ ...common, ...pair, allowDelete: false, dryRun: true });
    expect(kept.entities).toEqual([
      expect.objectContaining({
        found: { missing: 1, extra: 1, changed: 1, duplicated: 0 },
        written: 2,
        deleted: 0,
        kept: 1,
      }),
    ]);
    const deleted = await repairMigration({ ...common, ...pair, allowDelete: true, dryRun: true });
    expect(deleted).toMatchObject({
      dryRun: true,
      verification: null,
      entities: [{ written: 2, deleted: 1, kept: 0 }],
    });
    expect(recordsOf(pair.middle)).toEqual(before);
    expect(pair.middle.writes).toBe(writes);
  });

  it('R-25 neither writes nor deletes where a side was not read whole', async () => {
    const pair = await migrated(numbered(50));
    const target = recordsOf(pair.middle);
    // A source whose reading ends early would make half of the target look superfluous.
    const source = recordsOf(pair.origin);
    for (let index = 20; index < 50; index += 1) source.delete(`[${index}]`);
    const { source: endpoint } = pair;
    const admin = endpoint.admin();
    if (admin === undefined) throw new Error('the connector cannot count');
    const cutShort = {
      ...endpoint,
      admin: () => ({ ...admin, countRecords: async () => ({ value: 50, exact: true }) }),
    };
    const report = await repairMigration({ ...common, ...pair, source: cutShort, allowDelete: true });
    expect(report.entities[0]).toMatchObject({
      written: 0,
      deleted: 0,
      reason: expect.stringContaining('20 were read'),
    });
    expect(report.verification?.verdict).toBe('inconclusive');
    expect(target.size).toBe(50);
  });

  it('leaves records that the write mode would not have replaced', async () => {
    const pair = await migrated(numbered(20));
    const plan = await planMigration({ ...pair, options: { writeMode: 'skip' }, call });
    breakIn3Ways(pair);
    const report = await repairMigration({ ...common, ...pair, plan, allowDelete: false });
    expect(report.entities[0]).toMatchObject({ written: 1, kept: 2 });
    expect(report.verification?.entities[0]?.tally).toMatchObject({ missing: 0, changed: 1, extra: 1 });
  });

  it('counts what the target refuses, and is not equal then', async () => {
    const pair = await migrated(numbered(20));
    breakIn3Ways(pair);
    pair.middle.onWrite = (_, records) =>
      records.flatMap((record, index) =>
        record.key[0] === 7
          ? [{ index, error: new DatamigratoError({ code: 'DM_TEST_REFUSED', category: 'record', message: 'no' }) }]
          : [],
      );
    const report = await repairMigration({ ...common, ...pair, allowDelete: true });
    expect(report.entities[0]).toMatchObject({ written: 1, refused: 1, deleted: 1 });
    expect(report.verification).toMatchObject({ verdict: 'different', entities: [{ tally: { missing: 1 } }] });
  });

  it('writes thousands of records in batches', async () => {
    const pair = await migrated(numbered(3000));
    const target = recordsOf(pair.middle);
    for (let index = 0; index < 3000; index += 1) if (index % 3 > 0) target.delete(`[${index}]`);
    const report = await repairMigration({ ...common, ...pair, allowDelete: false });
    expect(report.entities[0]).toMatchObject({ written: 2000, refused: 0 });
    expect((await verifyMigration({ ...common, ...pair })).verdict).toBe('equal');
  });

  it('has nothing to do where nothing differs', async () => {
    const pair = await migrated([{ key: [1], fields: { a: null as Value } }]);
    const { writes } = pair.middle;
    expect(await repairMigration({ ...common, ...pair, allowDelete: true })).toMatchObject({
      entities: [{ written: 0, deleted: 0, kept: 0, refused: 0 }],
      verification: { verdict: 'equal' },
    });
    expect(pair.middle.writes).toBe(writes);
  });
});
