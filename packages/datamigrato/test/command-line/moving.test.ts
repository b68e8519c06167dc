import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MigrationPlan } from '@datamigrato/core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createWorkplace, trialConnector, type Workplace } from './command-line.js';

// Each test runs whole processes, which a busy machine lets wait.
vi.setConfig({ testTimeout: 60_000 });

let workplace: Workplace;
beforeAll(async () => {
  workplace = await createWorkplace();
  const people = [
    { id: 1, name: 'Ada', born: 1815 },
    { id: 2, name: 'Grace', born: 1906, tags: ['navy', 'cobol'] },
    { id: 3, name: 'Edsger\u2028W.', born: 1930, address: { city: 'Rotterdam' } },
  ];
  await writeFile(join(workplace.folder, 'people.json'), JSON.stringify({ data: { data: people } }));
});
afterAll(() => workplace[Symbol.asyncDispose]());

const trial = (query: string): string => `trial:?${query}`;

describe('copy', () => {
  test('moves a file into an archive and says what it did', async () => {
    const { code, stdout, stderr } = await workplace.run(['copy', './people.json', './archive']);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toMatch(/^entity +read +written +unchanged +dead +time +rate\npeople +3 +3 +0 +0 /);
    expect(stdout).toMatch(/✔ all 3 records accounted for/);
    expect(stderr).toMatch(
      /^started: one entity from file:.*people\.json to file:.*archive\nended after [\d.]+ s, the first [\d.]+ s looking at both sides: 3 of 3 records/,
    );
    expect(stdout + stderr).not.toContain('\u001b');
    const folder = /^run: (.*)$/m.exec(stdout)?.[1] ?? '';
    expect((await readdir(folder)).sort()).toEqual([
      'digest-key',
      'events.ndjson',
      'holder-1.json',
      'journal-1.ndjson',
      'mapping.lock.json',
      'plan.json',
      'report.json',
      'run.json',
      'timeline.json',
    ]);
  });

  test('moves records back to an equal archive with the lock', async () => {
    await workplace.run(['copy', './archive', './flat', '--flatten', '--entity', 'people=persons', '--quiet']);
    const [run] = (await readdir(join(workplace.folder, '.datamigrato/runs'))).slice(-1);
    const runs = await readdir(join(workplace.folder, '.datamigrato/runs'));
    const locks = await Promise.all(
      runs.map(async (id) => ({
        id,
        text: await readFile(join(workplace.folder, '.datamigrato/runs', id, 'mapping.lock.json'), 'utf8'),
      })),
    );
    const lock = locks.find(({ text }) => text.includes('persons'))?.id ?? run;
    const { code, stdout } = await workplace.run([
      'copy',
      './flat',
      './back',
      '--lock',
      `.datamigrato/runs/${lock}/mapping.lock.json`,
      '--json',
    ]);
    expect({ code, report: JSON.parse(stdout) }).toMatchObject({
      code: 0,
      report: { entities: [{ source: 'persons', target: 'people' }] },
    });
    const lines = async (archive: string): Promise<readonly string[]> => {
      const folder = join(workplace.folder, archive, 'people');
      const texts = await Promise.all(
        (await readdir(folder))
          .filter((name) => name.endsWith('.ndjson'))
          .map((name) => readFile(join(folder, name), 'utf8')),
      );
      return texts
        .join('')
        .split('\n')
        .filter((line) => line !== '')
        .sort();
    };
    expect(await lines('back')).toEqual(await lines('archive'));
  });

  test('prints one document with --json, and nothing else with --quiet', async () => {
    const { code, stdout, stderr } = await workplace.run(['copy', './people.json', './json', '--json', '--quiet']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 'datamigrato.report/1',
      ledger: { read: 3, written: 3 },
      deadLetterFile: null,
    });
  });

  test('writes every event as a line of JSON', async () => {
    await workplace.run(['copy', './people.json', './events', '--events', 'events.ndjson', '--quiet']);
    const path = join(workplace.folder, 'events.ndjson');
    const events = (await readFile(path, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; schema: string });
    expect(new Set(events.map(({ schema }) => schema))).toEqual(new Set(['datamigrato.event/1']));
    expect([events[0]?.type, events.at(-1)?.type]).toEqual(['migration-started', 'migration-finished']);
    if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test('maps as the flags say', async () => {
    const flags = [
      '--select',
      'name,born',
      '--rename',
      'born=year',
      '--constant',
      'source=file',
      '--primary-key',
      'name',
    ];
    const { code } = await workplace.run(['copy', './people.json', './mapped', ...flags]);
    expect(code).toBe(0);
    const { stdout } = await workplace.run(['inspect', './mapped', '--json']);
    const [entity] = (
      JSON.parse(stdout) as { entities: { schema: { key: { name: string }[]; fields: { name: string }[] } }[] }
    ).entities;
    expect(entity?.schema.key.map(({ name }) => name)).toEqual(['name']);
    expect(entity?.schema.fields.map(({ name }) => name).sort()).toEqual(['id', 'source', 'year']);
  });

  test('ends with 3 where some records are dead, and keeps them', async () => {
    const { code, stdout } = await workplace.run([
      'copy',
      trial('records=50'),
      trial('refuse=10'),
      '--connector',
      trialConnector,
    ]);
    expect(code).toBe(3);
    expect(stdout).toMatch(/! 5 of 50 records could not be written/);
    const path = /^dead letters: (.*)$/m.exec(stdout)?.[1] ?? '';
    const letters = (await readFile(path, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(letters).toHaveLength(5);
    expect(letters[0]).toMatchObject({
      code: 'DM_TRIAL_REFUSED',
      record: { key: '[0]', fields: expect.stringContaining('record 0') },
    });
  });
});

describe('populate', () => {
  test('a second run leaves the same records', async () => {
    const records = async (): Promise<unknown> => {
      const { stdout } = await workplace.run(['inspect', './populated', '--json']);
      return JSON.parse(stdout);
    };
    const rows = [{ name: 'twin' }, { name: 'twin' }, { name: 'single' }];
    await writeFile(join(workplace.folder, 'rows.json'), JSON.stringify({ result: { rows } }));
    const args = [
      'populate',
      './rows.json',
      './populated',
      '--records',
      'result.rows',
      '--allow-writes-to',
      'file:./populated',
    ];
    const first = await workplace.run(args);
    const before = await records();
    const second = await workplace.run(args);
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(before).toMatchObject({ entities: [{ count: { value: 3, exact: true }, schema: { entity: 'rows' } }] });
    expect(await records()).toEqual(before);
  });
});

describe('plan and run', () => {
  test('run does exactly what was planned', async () => {
    const planned = await workplace.run([
      'plan',
      './people.json',
      './planned',
      '--out',
      'plan.json',
      '--entity',
      'people=crew',
    ]);
    expect(planned).toMatchObject({ code: 0, stdout: expect.stringContaining('crew') });
    expect(await readdir(workplace.folder)).not.toContain('planned');
    const plan = JSON.parse(await readFile(join(workplace.folder, 'plan.json'), 'utf8')) as MigrationPlan;
    const { code, stdout } = await workplace.run(['run', 'plan.json', '--to', 'file:./planned', '--json'], {
      DATAMIGRATO_FROM: './people.json',
    });
    expect({ code, report: JSON.parse(stdout) }).toMatchObject({
      code: 0,
      report: { plan: plan.id, entities: [{ target: 'crew' }] },
    });
  });

  test('a plan that was edited does not run', async () => {
    const text = await readFile(join(workplace.folder, 'plan.json'), 'utf8');
    await writeFile(join(workplace.folder, 'edited.json'), text.replaceAll('"crew"', '"staff"'));
    const { code, stderr } = await workplace.run(['run', 'edited.json', '--from', './people.json', '--to', './edited']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('✖ DM_PLAN_CHANGED') });
    expect(await readdir(workplace.folder)).not.toContain('edited');
  });

  test('a plan does not run elsewhere', async () => {
    const { code, stderr } = await workplace.run([
      'run',
      'plan.json',
      '--from',
      './people.json',
      '--to',
      './elsewhere',
    ]);
    expect({ code, stderr }).toEqual({ code: 5, stderr: expect.stringContaining('✖ DM_PLAN_STALE') });
    expect(await readdir(workplace.folder)).not.toContain('elsewhere');
  });

  test('--json prints the plan itself', async () => {
    const { stdout } = await workplace.run(['plan', './people.json', './unmade', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 'datamigrato.plan/1',
      entities: [{ source: 'people', estimate: { records: 3 } }],
    });
  });
});

describe('other verbs', () => {
  test('inspect shows kinds, counts and what is missing', async () => {
    const { code, stdout } = await workplace.run(['inspect', './people.json']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^people {2}3 records, all of them looked at\n/);
    expect(stdout).toMatch(/^address\.city +string 1 +0 +9 B$/m);
    expect(stdout).toMatch(/^tags +array 1 +2 /m);
    expect(stdout).not.toMatch(/Rotterdam|Grace/);
  });

  test('connectors lists what is installed, and what was named', async () => {
    const { code, stdout, stderr } = await workplace.run(['connectors', '--connector', trialConnector]);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(/^connector trial 9\.8\.7: .*trial-connector\.mjs$/m),
    });
    expect(stdout).toMatch(/^mongodb +\d+\.\d+\.\d+ +yes +yes +mongodb: mongodb\+srv: +@datamigrato\/mongodb$/m);
    expect(stdout).toMatch(/^trial-lossy +9\.8\.7 /m);
  });

  test('explain knows the codes of every package', async () => {
    for (const codeName of [
      'DM_PLAN_STALE',
      'dm_consent_missing',
      'DM_MONGODB_AUTH',
      'DM_CASSANDRA_TLS',
      'DM_FILE_NOT_FOUND',
    ]) {
      expect((await workplace.run(['explain', codeName])).stdout).toMatch(
        new RegExp(`^${codeName}\\n.+\\n→ .+\\ncategory: `, 'i'),
      );
    }
    const { code, stderr } = await workplace.run(['explain', 'DM_PLAN_STOLE']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('did you mean DM_PLAN') });
  });

  test('help is there before anything is loaded', async () => {
    for (const args of [['--help'], ['copy', '--help'], ['--version']]) {
      expect(await workplace.run(args)).toMatchObject({ code: 0, stderr: '' });
    }
  });
});
