import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DeadLetter, entityName, type MigrationPlan, planId } from '@datamigrato/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createDeadLetterFile } from '../../src/state/dead-letter-file.js';
import { createPrivateFolder, writePrivateFile } from '../../src/state/private-file.js';
import { createRunFolder, openRunFolder } from '../../src/state/run-folder.js';
import { newRunId } from '../../src/state/run-id.js';
import { readRunRecord } from '../../src/state/run-record.js';
import { runRecord } from './run-fixture.js';

const onPosix = process.platform !== 'win32';
const wallClock = (): number => Date.UTC(2026, 10, 24);
let folder: string;
let umask: number;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'datamigrato-state-'));
  umask = process.umask();
});
afterEach(async () => {
  process.umask(umask);
  await rm(folder, { recursive: true, force: true });
});

const contents: Omit<MigrationPlan, 'id'> = {
  schema: 'datamigrato.plan/1',
  source: { connector: 'file', version: '0.1.0', endpoint: 'file:a' },
  target: { connector: 'file', version: '0.1.0', endpoint: 'file:b' },
  writeMode: 'replace',
  entities: [],
  excluded: [],
  notices: [],
};
const plan: MigrationPlan = { ...contents, id: planId(contents) };

const letter = (code: string): DeadLetter => ({
  source: entityName('users'),
  target: entityName('users'),
  partition: 'a',
  stage: 'write',
  code,
  message: 'refused',
  record: { key: '[1]', fields: '{"name":"line\u2028break"}' },
  identity: null,
});

describe('a run folder', () => {
  test('has a name that can be typed and sorts by day', () => {
    expect(newRunId(wallClock())).toMatch(/^2026-11-24-[abcdefghjkmnpqrstvwxyz23456789]{4}$/);
    expect(new Set(Array.from({ length: 200 }, () => newRunId(0))).size).toBeGreaterThan(190);
  });

  test.skipIf(!onPosix).each([0o000, 0o022, 0o077, 0o377])('is closed to others under umask %o', async (mask) => {
    process.umask(mask);
    const state = join(folder, 'state');
    await using run = await createRunFolder(state, wallClock);
    await run.begin(plan, runRecord);
    await run.end({ done: true });
    const modes = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;
    expect(await Promise.all([state, join(state, 'runs'), run.path].map(modes))).toEqual([0o700, 0o700, 0o700]);
    const files = await readdir(run.path);
    expect(files.sort()).toEqual(['mapping.lock.json', 'plan.json', 'report.json', 'run.json']);
    for (const file of files) expect(await modes(run.file(file))).toBe(0o600);
  });

  test('holds the plan as it was made', async () => {
    await using run = await createRunFolder(join(folder, 'deep', 'er', 'state'), wallClock);
    await run.begin(plan, runRecord);
    expect(await readRunRecord(run.path)).toEqual({ schema: 'datamigrato.run/1', run: run.id, ...runRecord });
    expect(JSON.parse(await readFile(run.file('plan.json'), 'utf8'))).toEqual(plan);
    expect(JSON.parse(await readFile(run.file('mapping.lock.json'), 'utf8'))).toMatchObject({ plan: plan.id });
  });

  test('lies in a folder that git passes over', async () => {
    const state = join(folder, '.datamigrato');
    await createRunFolder(state, wallClock);
    expect(await readFile(join(state, '.gitignore'), 'utf8')).toBe('*\n');
    await writeFile(join(state, '.gitignore'), 'mine');
    await createRunFolder(state, wallClock);
    expect(await readFile(join(state, '.gitignore'), 'utf8')).toBe('mine');
  });

  test('goes away where the run never began', async () => {
    const unbegun = await createRunFolder(folder, wallClock);
    await createPrivateFolder(unbegun.downloads);
    await unbegun[Symbol.asyncDispose]();
    expect(await readdir(join(folder, 'runs'))).toEqual([]);
  });

  test('keeps what was fetched until the run is finished', async () => {
    const begun = await createRunFolder(folder, wallClock);
    await createPrivateFolder(begun.downloads);
    await begun.begin(plan, runRecord);
    await begun.end({ status: 'interrupted' });
    await begun[Symbol.asyncDispose]();
    const again = openRunFolder(begun.path);
    expect({ id: again.id, names: (await readdir(again.path)).sort() }).toEqual({
      id: begun.id,
      names: ['download', 'mapping.lock.json', 'plan.json', 'report.json', 'run.json'],
    });
    await again.clear();
    await again[Symbol.asyncDispose]();
    expect((await readdir(begun.path)).sort()).toEqual(['mapping.lock.json', 'plan.json', 'report.json', 'run.json']);
  });

  test.each(['', 'null', '{}', '{"schema":"datamigrato.run/2"}'])(
    'with the record %j is not believed',
    async (text) => {
      await using run = await createRunFolder(folder, wallClock);
      await run.begin(plan, runRecord);
      await writePrivateFile(run.file('run.json'), text);
      await expect(readRunRecord(run.path)).rejects.toMatchObject({ code: 'DM_STATE_UNTRUSTED' });
    },
  );
});

describe.skipIf(!onPosix)('S-08 a state folder is refused', () => {
  test('that is a link', async () => {
    await mkdir(join(folder, 'elsewhere'));
    await symlink(join(folder, 'elsewhere'), join(folder, 'state'));
    await expect(createRunFolder(join(folder, 'state'), wallClock)).rejects.toMatchObject({ code: 'DM_STATE_UNSAFE' });
  });

  test('in which others can write', async () => {
    const state = join(folder, 'state');
    await mkdir(state);
    await chmod(state, 0o777);
    await expect(createRunFolder(state, wallClock)).rejects.toMatchObject({ code: 'DM_STATE_UNSAFE' });
  });

  test('that is a file', async () => {
    await writeFile(join(folder, 'state'), '');
    await expect(createRunFolder(join(folder, 'state'), wallClock)).rejects.toMatchObject({ code: 'DM_STATE_UNSAFE' });
  });

  test('whose parent cannot be made', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(createRunFolder(join(folder, 'file', 'state'), wallClock)).rejects.toMatchObject({
      code: 'DM_STATE_UNWRITABLE',
    });
  });
});

describe('a private file', () => {
  test.skipIf(!onPosix)('is not written through a planted link', async () => {
    const victim = join(folder, 'victim');
    await writeFile(victim, 'untouched');
    const path = join(folder, 'report.json');
    await symlink(victim, `${path}.part`);
    await expect(writePrivateFile(path, 'new')).rejects.toMatchObject({ code: 'DM_STATE_UNWRITABLE' });
    expect(await readFile(victim, 'utf8')).toBe('untouched');
  });
});

describe('a dead-letter file', () => {
  test('has a line for each letter, in the order of the calls', async () => {
    const path = join(folder, 'dead-letters.ndjson');
    const codes = Array.from({ length: 50 }, (_, index) => `DM_${index}`);
    {
      await using file = createDeadLetterFile(path);
      await Promise.all(codes.map((code) => file.append([letter(code)])));
      expect(file.count).toBe(50);
    }
    const lines = (await readFile(path, 'utf8')).split('\n');
    expect(lines.pop()).toBe('');
    expect(lines.map((line) => JSON.parse(line) as DeadLetter)).toEqual(
      codes.map((code) => ({ schema: 'datamigrato.dead-letter/1', ...letter(code) })),
    );
  });

  test('is not made without a letter, and never takes the place of another file', async () => {
    const path = join(folder, 'dead-letters.ndjson');
    await createDeadLetterFile(path)[Symbol.asyncDispose]();
    expect(await readdir(folder)).toEqual([]);
    await writeFile(path, 'earlier');
    await using file = createDeadLetterFile(path);
    await expect(file.append([letter('DM_A')])).rejects.toMatchObject({ code: 'DM_STATE_UNWRITABLE' });
    expect(await readFile(path, 'utf8')).toBe('earlier');
  });
});
