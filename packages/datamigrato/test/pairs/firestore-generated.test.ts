import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { valuesEqual, valueToText } from '@datamigrato/core';
import { describeWithServer, firestoreDocuments } from '@datamigrato/testbed';
import { afterAll, expect, it } from 'vitest';
import { Datamigrato } from '../../src/index.js';
import { readArchive, writeArchive } from './archive-records.js';
import { missingRecords } from './dead-letters.js';
import { everyKindRecords } from './every-kind-records.js';
import { firestoreCollection } from './store-references.js';

const folder = await mkdtemp(join(tmpdir(), 'datamigrato-firestore-generated-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

await describeWithServer('firestore', 'generated records of every kind', (emulator) => {
  const project = 'demo-generated';
  const datamigrato = new Datamigrato({ stateFolder: join(folder, 'state') });
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
  const records = everyKindRecords(Number(process.env['RECORDS'] ?? 300), seed);
  afterAll(() => firestoreDocuments(emulator, project).clear());

  for (const [title, mapping] of [
    ['all seen', {}],
    ['late kinds', { sampleSize: 10 }],
    ['tagged', { fidelity: 'tagged' }],
  ] as const) {
    it(`archive → Firestore → archive: ${title} (SEED=${seed})`, async () => {
      const name = title.replaceAll(' ', '-');
      const [origin, back] = [join(folder, name), join(folder, `${name}-back`)];
      await writeArchive(origin, records);
      const there = await datamigrato.migrate({
        from: { connector: 'file', options: { path: origin }, entity: 'all' },
        to: firestoreCollection(emulator, project, name),
        verify: true,
        ...mapping,
      });
      expect(await missingRecords(there)).toEqual([]);
      expect(there.ledger).toMatchObject({ read: records.length, written: records.length });
      await datamigrato.migrate({
        from: firestoreCollection(emulator, project, name),
        to: { connector: 'file', options: { path: back } },
        lock: there.lock,
      });
      const restored = await readArchive(back);
      expect(restored.size).toBe(records.length);
      for (const record of records) {
        const found = restored.get(valueToText(record.key));
        if (found && valuesEqual(found.fields, record.fields)) continue;
        throw new Error(`${valueToText(record.fields)} came back as ${found && valueToText(found.fields)}`);
      }
    }, 120_000);
  }
});
