import { spawnSync } from 'node:child_process';
import {
  appendFile,
  chmod,
  copyFile,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { journalLine } from '../../src/state/journal-line.js';
import type { RunFingerprint } from '../../src/state/run-fingerprint.js';
import {
  checkpoint,
  codeOf,
  films,
  fingerprint,
  journalLines,
  journalPath,
  openStore,
  partitions,
} from './run-fixture.js';
import { runFolder } from './temporary-folder.js';

async function begun(saves: number): Promise<string> {
  const folder = await runFolder();
  await using store = await openStore(folder, 'create');
  await store.partitions.save(films, films, partitions);
  for (let save = 1; save <= saves; save += 1) await store.save(checkpoint(save, save * 1000));
  return folder;
}

describe('the state of a run', () => {
  it('comes back as it was saved: the newest checkpoint of each partition, the cut and the key', async () => {
    const folder = await runFolder();
    let key: Uint8Array;
    {
      await using store = await openStore(folder, 'create');
      key = store.digestKey;
      expect(store).toMatchObject({ runId: 'run-1', epoch: 1, resumed: undefined });
      expect(await store.partitions.load(films, films)).toBeUndefined();
      await store.partitions.save(films, films, partitions);
      await store.save(checkpoint(0, 1000));
      await store.save(checkpoint(1, 500));
      await store.save(checkpoint(0, 2000, true));
    }
    await using store = await openStore(folder, 'resume');
    expect(store.epoch).toBe(2);
    expect(store.digestKey).toEqual(key);
    expect(await store.load()).toEqual([checkpoint(0, 2000, true), checkpoint(1, 500)]);
    expect(await store.partitions.load(films, films)).toEqual(partitions);
    expect(store.resumed).toMatchObject({
      ledger: { read: 2500, written: 2475, dead: 25 },
      outcome: undefined,
      torn: 0,
    });
  });

  it('keeps the saves of partitions that come together in one line', async () => {
    const folder = await runFolder();
    await using store = await openStore(folder, 'create');
    await store.partitions.save(films, films, partitions);
    const before = (await journalLines(folder)).length;
    const first = store.save(checkpoint(0, 1));
    await Promise.resolve();
    const others = [1, 2, 3].map((partition) => store.save(checkpoint(partition, 1)));
    await Promise.all([first, ...others]);
    expect((await journalLines(folder)).length - before).toBeLessThanOrEqual(2);
    expect(await store.load()).toHaveLength(4);
  });

  it('is written anew once it has grown, and says the same', async () => {
    const folder = await runFolder();
    {
      await using store = await openStore(folder, 'create', { compaction: 10_000 });
      await store.partitions.save(films, films, partitions);
      let largest = 0;
      for (let save = 1; save <= 400; save += 1) {
        await store.save(checkpoint(save, save * 10));
        largest = Math.max(largest, (await stat(await journalPath(folder))).size);
      }
      expect(largest).toBeLessThan(12_000);
    }
    await using store = await openStore(folder, 'resume');
    expect(new Set((await store.load()).map((one) => one.ledger.read))).toEqual(new Set([3970, 3980, 3990, 4000]));
    expect(await store.partitions.load(films, films)).toEqual(partitions);
  });

  it('drops a last line that was torn, and nothing else', async () => {
    const folder = await begun(5);
    const path = await journalPath(folder);
    await appendFile(path, '{"crc":"00000000","line":{"epo');
    // The holder said that five groups and the cut were durable, and they are.
    await using store = await openStore(folder, 'resume');
    expect(store.resumed).toMatchObject({ torn: 30, ledger: { read: 14_000 } });
  });

  it('R-10: refuses a journal that lost lines which were durable, even whole ones at its end', async () => {
    const folder = await begun(5);
    const path = await journalPath(folder);
    const lines = (await readFile(path, 'utf8')).split('\n');
    await writeFile(path, `${lines.slice(0, 3).join('\n')}\n`);
    expect(await codeOf(openStore(folder, 'resume'))).toBe('DM_STATE_UNTRUSTED');
    // Being refused changes nothing: it is refused again.
    expect(await codeOf(openStore(folder, 'resume'))).toBe('DM_STATE_UNTRUSTED');
  });

  it('remembers how the run ended, until it goes on', async () => {
    const folder = await begun(1);
    const outcome = { status: 'failed', at: '2026-11-24T10:00:00.000Z', code: 'DM_ENDPOINT_UNAVAILABLE' } as const;
    {
      await using store = await openStore(folder, 'resume');
      await store.end(outcome);
    }
    {
      await using store = await openStore(folder, 'resume');
      expect(store.resumed?.outcome).toEqual(outcome);
    }
    await using store = await openStore(folder, 'resume');
    expect(store.resumed?.outcome).toBeUndefined();
  });

  it('never starts over: what is missing is refused, and what is there is not created', async () => {
    const folder = await begun(2);
    expect(await codeOf(openStore(folder, 'create'))).toBe('DM_RUN_BEGUN');
    expect(await codeOf(openStore(join(dirname(folder), 'run-2'), 'resume'))).toBe('DM_RUN_UNKNOWN');
    await rm(await journalPath(folder));
    expect(await codeOf(openStore(folder, 'resume'))).toBe('DM_STATE_UNTRUSTED');
  });

  it('refuses the state of another run, and another key', async () => {
    const folder = await begun(2);
    const other = await begun(2);
    const key = await readFile(join(other, 'digest-key'));
    await copyFile(join(folder, 'digest-key'), join(other, 'digest-key'));
    expect(await codeOf(openStore(other, 'resume'))).toBe('DM_STATE_UNTRUSTED');
    await writeFile(join(other, 'digest-key'), key.subarray(1));
    expect(await codeOf(openStore(other, 'resume'))).toBe('DM_STATE_UNTRUSTED');
    await rm(join(other, 'digest-key'));
    expect(await codeOf(openStore(other, 'resume'))).toBe('DM_STATE_UNTRUSTED');
    await rename(folder, join(dirname(folder), 'run-9'));
    expect(await codeOf(openStore(join(dirname(folder), 'run-9'), 'resume'))).toBe('DM_STATE_UNTRUSTED');
  });

  it('refuses to record a partition that the entity was not cut into, and a second cut', async () => {
    const folder = await begun(2);
    await using store = await openStore(folder, 'resume');
    const foreign = { ...checkpoint(0, 5000), partition: { id: 'a-f', range: { from: 'a', to: 'z' } } };
    expect(await codeOf(store.save(foreign))).toBe('DM_STATE_MISUSED');
    expect(await codeOf(store.partitions.save(films, films, partitions.slice(0, 3)))).toBe('DM_STATE_MISUSED');
    await store.save(checkpoint(0, 5000));
  });
});

describe('R-11: a run is its plan, its stores and its versions', () => {
  const source = fingerprint.source;
  const target = fingerprint.target;
  const refused: readonly (readonly [string, Partial<RunFingerprint>])[] = [
    ['plan', { plan: 'b'.repeat(64) }],
    ['plan', { plan: '' }],
    ['version of this program', { program: '0.7.0' }],
    ['version of this program', { program: '0.3.9' }],
    ['version of this program', { program: '1.4.1' }],
    ['version of this program', { program: '0.4.1-beta.1' }],
    ['source connector', { source: { ...source, connector: 'cassandra' } }],
    ['version of the source connector', { source: { ...source, version: '0.7.0' } }],
    ['version of the source connector', { source: { ...source, version: '0.3.0' } }],
    ['version of the source connector', { source: { ...source, version: '1.4.0' } }],
    ['source', { source: { ...source, endpoint: 'mongodb://localhost/other' } }],
    ['target connector', { target: { ...target, connector: 'file' } }],
    ['version of the target connector', { target: { ...target, version: '0.8.0' } }],
    ['version of the target connector', { target: { ...target, version: 'next' } }],
    ['target', { target: { ...target, endpoint: 'cassandra://elsewhere/shop' } }],
  ];
  const taken: readonly (readonly [string, Partial<RunFingerprint>])[] = [
    ['the same', {}],
    ['a later patch', { program: '0.4.9' }],
    ['an earlier patch', { program: '0.4.0' }],
    ['one minor version later', { program: '0.5.0', source: { ...source, version: '0.5.0' } }],
    ['two minor versions later', { program: '0.6.3', target: { ...target, version: '0.6.0' } }],
  ];

  it.each(refused)('another %s is refused and named', async (name, change) => {
    const folder = await begun(1);
    const opening = openStore(folder, 'resume', { fingerprint: { ...fingerprint, ...change } });
    await expect(opening).rejects.toMatchObject({
      code: 'DM_STATE_OTHER_PLAN',
      message: expect.stringContaining(`${name}:`),
    });
    await using store = await openStore(folder, 'resume');
    expect(await store.load()).toHaveLength(1);
  });

  it.each(taken)('%s is taken', async (_name, change) => {
    const folder = await begun(1);
    await using store = await openStore(folder, 'resume', { fingerprint: { ...fingerprint, ...change } });
    expect(await store.load()).toHaveLength(1);
  });

  it('every difference is listed at once', async () => {
    const folder = await begun(1);
    const now = {
      ...fingerprint,
      plan: 'c'.repeat(64),
      source: { ...source, endpoint: 'mongodb://b', version: '9.0.0' },
    };
    await expect(openStore(folder, 'resume', { fingerprint: now })).rejects.toMatchObject({
      context: {
        plan: `${'a'.repeat(64)} → ${'c'.repeat(64)}`,
        'version of the source connector': '0.4.0 → 9.0.0',
        source: 'mongodb://localhost/shop → mongodb://b',
      },
    });
  });

  it('a journal of another format is refused by its name', async () => {
    const folder = await begun(1);
    const header = JSON.parse((await journalLines(folder))[0] as string) as { readonly line: object };
    const { bytes } = journalLine({ ...header.line, schema: 'datamigrato.journal/2' }, 0);
    await writeFile(await journalPath(folder), bytes);
    await expect(openStore(folder, 'resume')).rejects.toMatchObject({
      code: 'DM_STATE_UNTRUSTED',
      message: expect.stringContaining('datamigrato.journal/2'),
    });
  });

  it('a journal of format 1 is read, whatever wrote it', async () => {
    const folder = await runFolder('2026-11-24-k7mw');
    const stored = new URL('./stored-run-format-1/', import.meta.url);
    for (const name of ['journal-1.ndjson', 'digest-key']) {
      await copyFile(new URL(name, stored), join(folder, name));
      await chmod(join(folder, name), 0o600);
    }
    await using store = await openStore(folder, 'resume');
    expect(store.epoch).toBe(2);
    expect(await store.load()).toEqual([checkpoint(0, 2000, true), checkpoint(1, 500)]);
    expect(await store.partitions.load(films, films)).toEqual(partitions);
  });
});

describe('S-08: files of a run', () => {
  it.each(['000', '022', '077'])('are closed to others at umask %s', async (mask) => {
    const before = process.umask(Number.parseInt(mask, 8));
    try {
      const folder = await begun(1);
      const names = await readdir(folder);
      expect(names.sort()).toEqual(['digest-key', 'holder-1.json', 'journal-1.ndjson']);
      for (const name of names) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
    } finally {
      process.umask(before);
    }
  });

  it('are not read through a link, from others or where others can write', async () => {
    for (const name of ['journal-1.ndjson', 'digest-key', 'holder-1.json']) {
      const folder = await begun(1);
      const path = join(folder, name);
      await chmod(path, 0o620);
      expect(await codeOf(openStore(folder, 'resume'))).toBe('DM_STATE_UNSAFE');
      await chmod(path, 0o600);
      await rename(path, join(dirname(folder), name));
      await symlink(join(dirname(folder), name), path);
      expect(await codeOf(openStore(folder, 'resume'))).toBe('DM_STATE_UNSAFE');
    }
    const folder = await begun(1);
    await symlink(folder, join(dirname(folder), 'linked'));
    expect(await codeOf(openStore(join(dirname(folder), 'linked'), 'resume'))).toBe('DM_STATE_UNSAFE');
  });

  it('are not waited for where somebody put a pipe', async () => {
    const folder = await begun(1);
    const path = await journalPath(folder);
    await rm(path);
    expect(spawnSync('mkfifo', ['-m', '600', path]).status).toBe(0);
    expect(await codeOf(openStore(folder, 'resume'))).toBe('DM_STATE_UNSAFE');
  });

  it('are not created through a link that lies in wait', async () => {
    const folder = await runFolder();
    const elsewhere = join(dirname(folder), 'elsewhere');
    await mkdir(elsewhere);
    for (const name of ['journal-1.ndjson.part', 'digest-key.part'])
      await symlink(join(elsewhere, name), join(folder, name));
    {
      await using store = await openStore(folder, 'create');
      expect(store.runId).toBe(basename(folder));
    }
    expect(await readdir(elsewhere)).toEqual([]);
  });
});
