import { createKeyText, entityName, isDatamigratoError } from '@datamigrato/core';
import fc from 'fast-check';
import { deleteApp, initializeApp } from 'firebase-admin/app';
import { getDatabase } from 'firebase-admin/database';
import { describe, expect, it } from 'vitest';
import { firebaseRealtimeConnector } from '../../src/index.js';
import {
  batchesOf,
  call,
  keysOf,
  openDatabase,
  partitionsOf,
  schemaOf,
  serverHost,
  startOwnServer,
  write,
} from './harness.js';

const host = await serverHost();
const database = await openDatabase(host, 'writing');

describe('writing to an embedded Realtime Database', () => {
  it('replaces records whole', async () => {
    await database.write('movies', { a: { old: 1 }, b: { old: 2 } });
    expect(
      await write(database, 'movies', [
        { key: ['a'], fields: { title: 'x' } },
        { key: ['c'], fields: { title: 'y' } },
      ]),
    ).toEqual({ failures: [], unchanged: 0 });
    expect(await database.read('movies')).toEqual({ a: { title: 'x' }, b: { old: 2 }, c: { title: 'y' } });
  });

  it('creates only what is not there, and skips what is', async () => {
    await database.write('once', { a: { old: 1 } });
    const records = [
      { key: ['a'], fields: { n: 1 } },
      { key: ['b'], fields: { n: 2 } },
    ];
    const created = await write(database, 'once', records, 'create');
    expect(created.failures.map(({ index, error }) => [index, error.code])).toEqual([[0, 'DM_RECORD_EXISTS']]);
    expect(await write(database, 'once', [...records, { key: ['c'], fields: { n: 3 } }], 'skip')).toEqual({
      failures: [],
      unchanged: 2,
    });
    expect(await database.read('once')).toEqual({ a: { old: 1 }, b: { n: 2 }, c: { n: 3 } });
  });

  it('nests records under the parts of their keys', async () => {
    await write(database, 'nested/*', [
      { key: ['drama', 'a'], fields: { t: 1 } },
      { key: ['drama', 'b'], fields: { t: 2 } },
    ]);
    expect(await database.read('nested')).toEqual({ drama: { a: { t: 1 }, b: { t: 2 } } });
    expect(await keysOf(database, 'nested/*')).toEqual(['drama/a', 'drama/b']);
  });

  it('S-11 writes nothing outside the node of the entity, and nothing that acts, whatever keys and names are', async () => {
    await database.write('', { fence: { a: 1 }, target: { keep: { v: 1 } } });
    const encoder = firebaseRealtimeConnector.codec.createEncoder(schemaOf('target'));
    const hostile = fc.oneof(
      fc.constantFrom(
        '../fence',
        '..',
        '.',
        '/fence',
        'a/../../fence',
        '.sv',
        '.value',
        '.priority',
        '$key',
        '%2e%2e',
        '.settings/rules',
        'x?auth=1',
        '"',
        '\\',
        '#',
        '[]',
      ),
      fc.string({ unit: 'grapheme', maxLength: 8 }),
    );
    const taken: string[] = [];
    await fc.assert(
      fc.asyncProperty(
        hostile,
        fc.dictionary(hostile, fc.constantFrom<string | number>('timestamp', 1), { minKeys: 1, maxKeys: 3 }),
        async (key, fields) => {
          try {
            const native = encoder.encode({ key: [key], fields: { ...fields, '.sv': { increment: 5 } } });
            await database.endpoint.target().writeBatch(entityName('target'), [native], { ...call, mode: 'replace' });
            taken.push(key);
          } catch (error) {
            if (!isDatamigratoError(error) || error.category !== 'record') throw error;
          }
        },
      ),
      { numRuns: 300 },
    );
    expect(taken.length).toBeGreaterThan(100);
    const root = (await database.read('')) as Record<string, Record<string, unknown>>;
    expect(Object.keys(root).sort()).toEqual(['fence', 'target']);
    expect(root['fence']).toEqual({ a: 1 });
    expect(Object.keys(root['target'] ?? {}).sort()).toEqual([...new Set([...taken, 'keep'])].sort());
    for (const key of taken) expect(root['target']?.[key]).toMatchObject({ '%2Esv': { increment: 5 } });
  }, 60_000);

  it('S-11 100,000 hostile ids stay apart and below the node of the entity', async () => {
    const fenced = await openDatabase(host, 'hostile-ids');
    await fenced.write('fence', { a: 1 });
    const { keyText, limits } = firebaseRealtimeConnector.manifest;
    const text = createKeyText({
      maximumBytes: limits.keyBytes ?? 0,
      forbidden: new RegExp(keyText?.forbidden ?? '', 'u'),
      reserved: new RegExp(keyText?.reserved ?? '', 'u'),
    });
    const pieces = [
      '..',
      '/',
      '.',
      '$',
      '#',
      '[',
      ']',
      '%2F',
      '%',
      's~',
      'i~',
      '.sv',
      '\u0000',
      '\u{1f600}',
      '"',
      '\\',
      '?',
      '&auth=',
      '0',
      '-',
      'fence',
    ];
    const ids = Array.from({ length: 100_000 }, (_, index) => {
      const digits = Array.from(
        index.toString(pieces.length),
        (digit) => pieces[Number.parseInt(digit, pieces.length)],
      );
      return index % 3 === 0 ? digits.join('') : `${digits.join('')}${index}`;
    });
    const distinct = [...new Set(ids)];
    const encoder = firebaseRealtimeConnector.codec.createEncoder(schemaOf('target'));
    for (let start = 0; start < distinct.length; start += 1000) {
      const natives = distinct
        .slice(start, start + 1000)
        .map((id) => encoder.encode({ key: [text.encode(id)], fields: { id } }));
      const { failures } = await fenced.target.writeBatch(entityName('target'), natives, { ...call, mode: 'replace' });
      expect(failures).toEqual([]);
    }
    const root = (await fenced.read('')) as Record<string, Record<string, { id: string }>>;
    expect(Object.keys(root).sort()).toEqual(['fence', 'target']);
    expect(root['fence']).toEqual({ a: 1 });
    const stored = Object.entries(root['target'] ?? {});
    expect(stored).toHaveLength(distinct.length);
    for (const [name, { id }] of stored) if (text.decode(name) !== id) throw new Error(`${name} holds ${id}`);
  }, 120_000);

  it('A-38b is read by the unmodified client as it was written, emoji at every border of its frames included', async () => {
    const text = `x${'\u{1f600}'.repeat(20_000)}`;
    await write(database, 'client', [{ key: ['a'], fields: { text } }]);
    const app = initializeApp(
      {
        databaseURL: `http://${host}?ns=writing`,
        credential: { getAccessToken: async () => ({ access_token: 'owner', expires_in: 3600 }) },
      },
      'oracle',
    );
    try {
      const snapshot = await getDatabase(app).ref('client/a/text').get();
      expect(snapshot.val() === text).toBe(true);
    } finally {
      await deleteApp(app);
    }
  });

  it('refuses what is deeper than the database allows, and takes the rest', async () => {
    let deep: Record<string, unknown> = { end: 1 };
    for (let level = 0; level < 31; level += 1) deep = { d: deep };
    const encoder = firebaseRealtimeConnector.codec.createEncoder(schemaOf('deep'));
    const natives = [
      encoder.encode({ key: ['a'], fields: deep as never }),
      encoder.encode({ key: ['b'], fields: { v: 1 } }),
    ];
    const { failures } = await database.endpoint
      .target()
      .writeBatch(entityName('deep'), natives, { ...call, mode: 'replace' });
    expect(failures.map(({ index, error }) => [index, error.code])).toEqual([[0, 'DM_REALTIME_TOO_DEEP']]);
    expect(await database.read('deep')).toEqual({ b: { v: 1 } });
  });

  it('tells before a run that a place cannot be written to', async () => {
    await database.write('scalar', 5);
    const target = database.endpoint.target();
    expect((await target.planEntity(schemaOf('scalar'), call)).conflicts).toHaveLength(1);
    expect((await target.planEntity(schemaOf('movies', 2), call)).conflicts).toHaveLength(1);
    expect(await target.planEntity(schemaOf('nowhere'), call)).toEqual({
      exists: false,
      statements: [],
      conflicts: [],
      fingerprint: 'absent',
    });
    await expect(target.prepareEntity(schemaOf('scalar'), call)).rejects.toMatchObject({
      code: 'DM_REALTIME_TARGET_CONFLICT',
    });
  });
});

describe('the administration of an embedded Realtime Database', () => {
  const admin = database.endpoint.admin();
  if (admin === undefined) throw new Error('the connector has an administration');

  it('counts records at any depth', async () => {
    await database.write(
      'counted',
      Object.fromEntries(Array.from({ length: 2500 }, (_, index) => [`k${index}`, { a: 1 }])),
    );
    await database.write('grouped', { a: { x: { v: 1 }, y: { v: 1 } }, b: { z: { v: 1 } } });
    expect(await admin.countRecords(entityName('counted'), call)).toEqual({ value: 2500, exact: true });
    expect(await admin.countRecords(entityName('grouped/*'), call)).toEqual({ value: 3, exact: true });
    expect(await admin.countRecords(entityName('nowhere'), call)).toEqual({ value: 0, exact: true });
  });

  it('deletes by key, tells what was not there, and empties entities', async () => {
    const deleted = await admin.deleteRecords(schemaOf('counted'), [['k1'], ['k2'], ['no'], ['a/b'], [5]], call);
    expect(deleted.unchanged).toBe(1);
    expect(deleted.failures.map(({ index, error }) => [index, error.code])).toEqual([
      [3, 'DM_REALTIME_KEY'],
      [4, 'DM_REALTIME_KEY'],
    ]);
    expect(await admin.countRecords(entityName('counted'), call)).toEqual({ value: 2498, exact: true });
    await admin.deleteRecords(schemaOf('counted'), 'all', call);
    expect(await database.read('counted')).toBe(null);
    expect(await database.read('grouped')).not.toBe(null);
    await admin.dropEntity(entityName('grouped/*'), call);
    expect(await database.read('grouped')).toBe(null);
  });

  it('drops the whole database below its root, and nothing beside it', async () => {
    await database.write('apps', { shop: { a: { b: 1 } }, other: { c: 1 } });
    const part = await openDatabasePart('writing', 'apps/shop');
    await part.admin()?.dropDatabase(call);
    expect(await database.read('apps')).toEqual({ other: { c: 1 } });
    await admin.dropDatabase(call);
    expect(await database.read('')).toBe(null);
  });
});

async function openDatabasePart(namespace: string, path: string) {
  const options = { referenceUrl: `https://${namespace}.firebaseio.com/${path}`, emulator: host };
  return (await firebaseRealtimeConnector.configure(options)).open(call);
}

describe('faults of an embedded Realtime Database', async () => {
  const server = await startOwnServer();
  const own = await openDatabase(`${server.host}:${server.port}`, 'default');
  const record = (name: string) => ({ key: [name], fields: { v: 1 } });

  const failing = async (
    fault: Parameters<typeof server.injectFaults>[0],
    work: () => Promise<unknown>,
  ): Promise<unknown> => {
    server.injectFaults(fault);
    try {
      await work();
      return 'none';
    } catch (error) {
      return isDatamigratoError(error) ? [error.code, error.category, error.retry] : error;
    } finally {
      server.injectFaults(undefined);
    }
  };

  it('are told apart by what is known of the request', async () => {
    const one = (): Promise<unknown> => write(own, 'f', [record('a')]);
    const refuse = (httpStatus: number) => () => ({
      type: 'refuse' as const,
      status: 'x',
      httpStatus,
      message: 'secret words',
    });
    expect(await failing(() => ({ type: 'drop', when: 'after-work' }), one)).toEqual([
      'DM_REALTIME_UNAVAILABLE',
      'transient',
      'ambiguous',
    ]);
    expect(await failing(refuse(503), one)).toEqual(['DM_REALTIME_UNAVAILABLE', 'transient', 'ambiguous']);
    expect(await failing(refuse(429), one)).toEqual(['DM_REALTIME_THROTTLED', 'transient', 'throttled']);
    expect(await failing(refuse(404), one)).toEqual(['DM_REALTIME_DATABASE_MISSING', 'endpoint', undefined]);
  });

  it('of one record in a batch leave the others written', async () => {
    server.injectFaults(({ action, bytes }) =>
      action === 'PATCH' && bytes > 500
        ? {
            type: 'refuse',
            status: 'x',
            httpStatus: 400,
            message: 'Data to write exceeds the maximum size that can be modified with a single request.',
          }
        : undefined,
    );
    const records = Array.from({ length: 40 }, (_, index) => ({
      key: [`k${index}`],
      fields: { v: index === 7 ? 'x'.repeat(600) : 'y' },
    }));
    const result = await write(own, 'g', records);
    server.injectFaults(undefined);
    expect(result.failures.map(({ index, error }) => [index, error.code])).toEqual([[7, 'DM_REALTIME_TOO_LARGE']]);
    expect(Object.keys((await own.read('g')) as object)).toHaveLength(39);
  });

  it('make pages smaller where answers are too large', async () => {
    await own.write('h', Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`k${index}`, { v: index }])));
    let refused = 0;
    server.injectFaults(({ action }) => {
      refused += 1;
      return action === 'GET' && refused > 2 && refused < 5
        ? {
            type: 'refuse',
            status: 'x',
            httpStatus: 400,
            message: 'Data requested exceeds the maximum size that can be accessed with a single request.',
          }
        : undefined;
    });
    expect(await keysOf(own, 'h')).toHaveLength(400);
    server.injectFaults(undefined);
  });

  it('do not come from many small groups, which are read together, nor from a huge one among them', async () => {
    const small = Object.fromEntries(
      Array.from({ length: 400 }, (_, index) => [`g${index + 1000}`, { a: { v: 1 }, b: { v: 2 } }]),
    );
    const huge = Object.fromEntries(
      Array.from({ length: 180 }, (_, index) => [`r${index + 100}`, { v: 'x'.repeat(100_000) }]),
    );
    await own.write('many', { ...small, g1200x: huge });
    let requests = 0;
    server.injectFaults(() => {
      requests += 1;
      return undefined;
    });
    const keys = await keysOf(own, 'many/*');
    server.injectFaults(undefined);
    expect(new Set(keys).size).toBe(980);
    expect(keys).toEqual([...keys].sort());
    expect(requests).toBeLessThan(150);
    const [partition] = await partitionsOf(own, 'many/*', 1);
    if (partition === undefined) throw new Error('no partition');
    const rest = await batchesOf(own, partition, { after: ['g1200x', 'r278'] });
    expect(rest.flatMap(({ records }) => records.map(({ key }) => key.join('/')))).toEqual(
      keys.slice(keys.indexOf('g1200x/r278') + 1),
    );
  });

  it('do not make a request outlast its deadline or an abort', async () => {
    server.injectFaults(() => ({ type: 'stall' }));
    const target = own.endpoint.target();
    const encoder = firebaseRealtimeConnector.codec.createEncoder(schemaOf('s'));
    const natives = [encoder.encode(record('a'))];
    await expect(
      target.writeBatch(entityName('s'), natives, { ...call, deadline: 100, mode: 'replace' }),
    ).rejects.toMatchObject({ code: 'DM_DEADLINE_EXCEEDED' });
    const controller = new AbortController();
    const writing = target.writeBatch(entityName('s'), natives, {
      signal: controller.signal,
      deadline: 60_000,
      mode: 'replace',
    });
    setTimeout(() => controller.abort(new Error('enough')), 50);
    await expect(writing).rejects.toThrow('enough');
    server.injectFaults(undefined);
  });

  it('after which nobody knows whether a record was created are settled by looking', async () => {
    server.injectFaults(({ action }) => (action === 'PUT' ? { type: 'drop', when: 'after-work' } : undefined));
    const first = await write(own, 'c', [record('a')], 'create');
    server.injectFaults(undefined);
    expect(first.failures.map(({ error }) => error.retry)).toEqual(['ambiguous']);
    expect(await write(own, 'c', [record('a')], 'create')).toEqual({ failures: [], unchanged: 0 });
    expect((await write(own, 'c', [{ key: ['a'], fields: { v: 2 } }], 'create')).failures).toHaveLength(1);
  });

  it('of rules that deny one path name that path, and others are read', async () => {
    server.setRules({ rules: { open: { '.read': true, '.write': true } } });
    const configured = await firebaseRealtimeConnector.configure({
      referenceUrl: 'https://default.firebaseio.com',
      emulator: `${server.host}:${server.port}`,
      token: unsignedToken(),
    });
    await own.write('open', { a: { v: 1 } });
    await own.write('shut', { a: { v: 1 } });
    const endpoint = await configured.open(call);
    const infer = (entity: string) => endpoint.source().inferSchema(entityName(entity), { ...call, sampleSize: 5 });
    expect((await infer('open')).sample?.records).toBe(1);
    await expect(infer('shut')).rejects.toMatchObject({
      code: 'DM_REALTIME_UNAUTHORIZED',
      message: expect.stringContaining('node shut'),
    });
    await endpoint.close();
  });

  it('show a token that is not accepted at once', async () => {
    const configured = await firebaseRealtimeConnector.configure({
      referenceUrl: 'https://default.firebaseio.com',
      emulator: `${server.host}:${server.port}`,
      token: 'wrong-token-canary',
    });
    const error: unknown = await configured.open(call).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'DM_REALTIME_AUTH', category: 'endpoint' });
    expect(JSON.stringify(error) + String(error)).not.toContain('canary');
  });

  it('of a server that is not there say so', async () => {
    const configured = await firebaseRealtimeConnector.configure({
      referenceUrl: 'https://default.firebaseio.com',
      emulator: '127.0.0.1:9',
    });
    await expect(configured.open(call)).rejects.toMatchObject({
      code: 'DM_ENDPOINT_UNREACHABLE',
      category: 'transient',
    });
  });
});

/** A token of a user, as emulators take it. */
function unsignedToken(): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none', typ: 'JWT' })}.${part({ sub: 'u1', user_id: 'u1', exp: 4102444800 })}.`;
}
