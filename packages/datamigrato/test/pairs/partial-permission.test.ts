import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRealtimeServer } from '@datamigrato/realtime-server';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Datamigrato, type EndpointOptions } from '../../src/index.js';
import { readArchive } from './archive-records.js';
import { deadLettersOf } from './dead-letters.js';
import { realtimeNode } from './store-references.js';

vi.setConfig({ testTimeout: 60_000 });

/** Everybody with a token may read `open` and `inbox`, and write `inbox` but for two of its children. */
const rules = {
  rules: {
    open: { '.read': 'auth != null' },
    inbox: {
      '.read': 'auth != null',
      $id: { '.write': "auth != null && $id !== 'r150' && $id !== 'r299'" },
    },
  },
};
const database = 'partly';
const server = await startRealtimeServer({ rules });
const folder = await mkdtemp(join(tmpdir(), 'datamigrato-permission-'));
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

/** An unsigned token of a user, as test tools make them. */
const token = [{ alg: 'none' }, { sub: 'ada' }]
  .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
  .concat('')
  .join('.');

const datamigrato = new Datamigrato({ stateFolder: join(folder, 'state') });

/** A node as the user with the token reaches it. */
function node(entity: string): EndpointOptions {
  const reference = realtimeNode(server, database, entity);
  return { ...reference, options: { ...reference.options, token } };
}

const archive = (name: string): EndpointOptions => ({ connector: 'file', options: { path: join(folder, name) } });

/** What stands in the database, rules aside. */
async function stored(path: string): Promise<unknown> {
  const answer = await fetch(`http://${server.host}:${server.port}/${path}.json?ns=${database}`, {
    headers: { authorization: 'Bearer owner' },
  });
  return await answer.json();
}

async function namesIn(path: string): Promise<readonly string[]> {
  return Object.keys((await stored(path)) as object).sort();
}

async function store(path: string, value: unknown): Promise<void> {
  await fetch(`http://${server.host}:${server.port}/${path}.json?ns=${database}`, {
    method: 'PUT',
    headers: { authorization: 'Bearer owner' },
    body: JSON.stringify(value),
  });
}

describe('permission for a part of a Realtime Database alone', () => {
  beforeEach(async () => {
    await store('', {
      open: { a: { n: 1 }, b: { n: 2 } },
      closed: { c: { n: 3 } },
      inbox: { theirs: { n: 0 } },
    });
  });

  it('is enough for that part', async () => {
    const { ledger } = await datamigrato.migrate({ from: node('open'), to: archive('open') });
    expect(ledger).toMatchObject({ read: 2, written: 2, dead: 0 });
  });

  it('what may not be read is named, and nothing is written for it', async () => {
    const refused = datamigrato.migrate({ from: node('closed'), to: archive('closed') });
    await expect(refused).rejects.toMatchObject({
      code: 'DM_REALTIME_UNAUTHORIZED',
      category: 'endpoint',
      message: expect.stringContaining('closed'),
    });
    await expect(readArchive(join(folder, 'closed'))).rejects.toMatchObject({ code: 'DM_ENTITY_MISSING' });
  });

  it('of several nodes one that may not be read keeps all from being moved', async () => {
    const { entity: _, ...reference } = realtimeNode(server, database, '');
    const from = { ...reference, options: { ...reference.options, token, rootNode: ['open', 'closed'] } };
    await expect(datamigrato.migrate({ from, to: archive('several') })).rejects.toMatchObject({
      code: 'DM_REALTIME_UNAUTHORIZED',
      message: expect.stringContaining('closed'),
    });
    await expect(readArchive(join(folder, 'several'))).rejects.toMatchObject({ code: 'DM_ENTITY_MISSING' });
  });

  const ids = Array.from({ length: 300 }, (_, index) => `r${String(index).padStart(3, '0')}`);
  const records = async (): Promise<EndpointOptions> => {
    const path = join(folder, 'records.ndjson');
    await writeFile(path, ids.map((id, number) => JSON.stringify({ id, number })).join('\n'));
    return { connector: 'file', options: { path }, entity: 'records' };
  };

  it('records that may not be written are dead letters, which are written once they may; nothing else is touched', async () => {
    const from = await records();
    const result = await datamigrato.migrate({ from, to: node('inbox'), primaryKey: 'id', batchRecords: 50 });
    expect(result.ledger).toMatchObject({ read: 300, written: 298, dead: 2 });
    const letters = await deadLettersOf(result);
    expect(letters.map(({ code, stage }) => [code, stage])).toEqual([
      ['DM_REALTIME_RECORD_REFUSED', 'write'],
      ['DM_REALTIME_RECORD_REFUSED', 'write'],
    ]);
    const allowed = ids.filter((id) => id !== 'r150' && id !== 'r299');
    expect(await namesIn('inbox')).toEqual([...allowed, 'theirs']);
    server.setRules({ rules: { inbox: { '.read': 'auth != null', '.write': 'auth != null' } } }, database);
    try {
      const again = await datamigrato.retry({ run: result.runId, to: node('inbox') });
      expect(again.ledger).toMatchObject({ read: 2, written: 2, dead: 0 });
    } finally {
      server.setRules(rules, database);
    }
    expect(await namesIn('inbox')).toEqual([...ids, 'theirs']);
    expect(await stored('closed')).toEqual({ c: { n: 3 } });
  });

  it('a node of which nothing may be written ends the run and stays as it was', async () => {
    const migration = datamigrato.migrate({ from: await records(), to: node('open'), primaryKey: 'id' });
    await expect(migration).rejects.toMatchObject({
      code: 'DM_REALTIME_UNAUTHORIZED',
      category: 'endpoint',
      message: expect.stringContaining('open'),
    });
    expect(await stored('')).toMatchObject({ open: { a: { n: 1 }, b: { n: 2 } }, inbox: { theirs: { n: 0 } } });
    expect(await namesIn('open')).toEqual(['a', 'b']);
  });
});
