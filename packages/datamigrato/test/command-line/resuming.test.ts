import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type RunRecord, runRecordText } from '../../src/state/run-record.js';
import { createWorkplace, type Outcome, trialConnector, type Workplace } from './command-line.js';

// Each test runs whole processes, which a busy machine lets wait.
vi.setConfig({ testTimeout: 90_000 });

let workplace: Workplace;
beforeAll(async () => {
  workplace = await createWorkplace();
});
afterAll(() => workplace[Symbol.asyncDispose]());

const trial = ['--connector', trialConnector];
const total = 2_000;
const slow = `trial:?records=${total}&pause=5`;

/** Flags that keep the runs of a test apart from those of the others. */
const state = (name: string): readonly string[] => ['--state-folder', `./state-${name}`, ...trial];

async function runFolder(name: string): Promise<string> {
  const runs = join(workplace.folder, `state-${name}`, 'runs');
  const [run = ''] = await readdir(runs);
  return join(runs, run);
}

interface Status {
  readonly id: string;
  readonly state: string;
  readonly code: string | null;
  readonly ledger?: { readonly read: number; readonly dead: number };
  readonly deadLetters?: number;
}

async function status(name: string): Promise<readonly Status[]> {
  const { stdout } = await workplace.run(['status', '--json', '--state-folder', `./state-${name}`]);
  const document = JSON.parse(stdout) as { readonly schema: string; readonly runs: readonly Status[] };
  expect(document.schema).toBe('datamigrato.status/1');
  return document.runs;
}

async function recordsIn(archive: string): Promise<number> {
  const { stdout } = await workplace.run(['inspect', `./${archive}`, '--json']);
  const { entities } = JSON.parse(stdout) as {
    readonly entities: readonly { readonly count: { readonly value: number } }[];
  };
  return entities[0]?.count.value ?? 0;
}

const refused = (code: number, error: string): object => ({ code, stderr: expect.stringContaining(`✖ ${error} `) });

describe.skipIf(process.platform === 'win32')('a run that was ended', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('R-13: %s in order: resume without flags does the rest and reads nothing twice', async (signal, code) => {
    const name = signal.toLowerCase();
    const first = await workplace.runUntilWritten(['copy', slow, `./${name}`, ...state(name)], 500, signal);
    expect(first).toMatchObject({
      code,
      stdout: '',
      stderr: expect.stringMatching(/→ go on with `datamigrato resume /),
    });
    expect(await status(name)).toMatchObject([
      { state: 'interrupted', code: 'DM_INTERRUPTED', ledger: { read: first.read } },
    ]);
    const second = await workplace.runWatched(['resume', '--json', ...state(name)]);
    expect(second.stderr).toMatch(/^Run \S+, begun at \S+, goes on: [\d,]+ records of it are done$/m);
    expect({ code: second.code, report: JSON.parse(second.stdout) }).toMatchObject({
      code: 0,
      report: { ledger: { read: total, written: total, dead: 0 }, earlier: { ledger: { read: first.read } } },
    });
    expect(first.read + second.read).toBe(total);
    expect(await recordsIn(name)).toBe(total);
  });

  test('R-13: a second signal ends it at once, and what was not acknowledged is done again', async () => {
    const args = ['copy', slow, './twice', ...state('twice')];
    const first = await workplace.start(args, (child) => {
      child.stderr?.on('data', (text: string) => {
        if (text.includes('started:')) setTimeout(() => child.kill('SIGINT'), 200);
        if (text.includes('finishing')) child.kill('SIGINT');
      });
    });
    expect(first).toMatchObject({ code: 130, stderr: expect.stringContaining('SIGINT: ending at once') });
    expect(await workplace.run(['resume', ...state('twice')])).toMatchObject({ code: 0 });
    expect(await recordsIn('twice')).toBe(total);
  });

  test('R-01: killed: resume without flags does the rest, and reads at most one checkpoint interval twice', async () => {
    const args = ['copy', slow, './killed', ...state('killed')];
    const first = await workplace.runUntilWritten(args, 1_200, 'SIGKILL');
    expect(first).toMatchObject({ code: null, stdout: '' });
    const [run] = await status('killed');
    expect(run).toMatchObject({ state: 'interrupted', code: null });
    const second = await workplace.runWatched(['resume', run?.id ?? '', ...state('killed')]);
    expect(second).toMatchObject({ code: 0, stdout: expect.stringMatching(/✔ all 2,000 records[\s\S]*^resumed: /m) });
    expect(first.read + second.read).toBeLessThanOrEqual(total + 1_000 + 20);
    expect(first.read + second.read).toBeGreaterThanOrEqual(total);
    expect(await recordsIn('killed')).toBe(total);
  });

  test('R-12: a second process ends with 7 within 2 s, and the first goes on', async () => {
    let second: Promise<Outcome> | undefined;
    let milliseconds = 0;
    await workplace.runUntilWritten(['copy', slow, './locked', ...state('locked')], 200, 'SIGINT');
    const first = await workplace.start(['resume', ...state('locked')], (child) => {
      child.stderr?.on('data', (text: string) => {
        if (second !== undefined || !text.includes('started:')) return;
        const began = performance.now();
        second = workplace.run(['resume', ...state('locked')]).finally(() => {
          milliseconds = performance.now() - began;
        });
      });
    });
    expect(await second).toMatchObject(refused(7, 'DM_RUN_LOCKED'));
    // Starting a process on a busy machine takes time of its own.
    expect(milliseconds).toBeLessThan(6_000);
    expect(first).toMatchObject({ code: 0 });
    expect(await recordsIn('locked')).toBe(total);
  });

  test('R-12: a process that sleeps past its lease loses the run, and writes nothing more once it wakes up', async () => {
    let resumed: Outcome | undefined;
    let atWakeUp = 0;
    const endless = 'trial:?records=1000000&pause=5';
    const first = await workplace.runUntilWritten(
      ['copy', endless, 'trial:', ...state('asleep')],
      300,
      'SIGSTOP',
      async (child, events) => {
        // Its lease is 15 s, and it is watched for 1.5 s after that.
        for (let attempt = 0; attempt < 12 && resumed?.code !== 0; attempt += 1) {
          await sleep(2_000);
          resumed = await workplace.run(['resume', '--from', `trial:?records=${total}`, ...state('asleep')]);
        }
        atWakeUp = (await readFile(events, 'utf8')).split('\n').length;
        child.kill(resumed?.code === 0 ? 'SIGCONT' : 'SIGKILL');
      },
    );
    expect(resumed).toMatchObject({ code: 0 });
    expect(first).toMatchObject(refused(7, 'DM_RUN_LOCKED'));
    expect(first.stderr).toContain('was taken over by another process while this one did not answer');
    // What it was about when it was stopped, and at most what its timers let through before it looks.
    const after = first.events.slice(atWakeUp - 1);
    expect(after.filter(({ type }) => type === 'checkpoint-saved')).toEqual([]);
    expect(after.filter(({ type }) => type === 'batch-written').length).toBeLessThanOrEqual(4);
    expect(await status('asleep')).toMatchObject([{ state: 'finished', ledger: { read: total } }]);
  });

  test('R-06: by a target that was gone for too long: 9, and resume once it is back', async () => {
    await writeFile(join(workplace.folder, 'gone'), '');
    const args = ['copy', slow, 'trial:?gone=gone', ...state('gone'), '--max-outage', '1'];
    expect(await workplace.run(args)).toMatchObject(refused(9, 'DM_ENDPOINT_UNAVAILABLE'));
    expect(await status('gone')).toMatchObject([{ state: 'failed', code: 'DM_ENDPOINT_UNAVAILABLE' }]);
    await rm(join(workplace.folder, 'gone'));
    expect(await workplace.run(['resume', '--to', 'trial:?gone=gone', ...state('gone')])).toMatchObject({ code: 0 });
    expect(await status('gone')).toMatchObject([{ state: 'finished', code: null, ledger: { read: total } }]);
  });

  test('R-09: by a disk without room for its state: 8, and resume once there is room', async () => {
    // A limit on the size of files stands in for a full disk: enough for the plan, too little for the journal.
    const args = ['copy', 'trial:?records=15000&pause=1', 'trial:', ...state('full')];
    const limited = await workplace.runLimited(args, 10);
    expect(limited).toMatchObject(refused(8, 'DM_STATE_UNWRITABLE'));
    expect(limited.stderr).toMatch(/EFBIG[\s\S]*datamigrato resume/);
    expect(await workplace.run(['resume', '--json', ...state('full')])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('"read": 15000'),
    });
  });
});

test.skipIf(process.platform === 'win32')('R-09: a disk without room for the plan begins no run: 8', async () => {
  expect(await workplace.runLimited(['copy', 'trial:', 'trial:', ...state('begin')], 2)).toMatchObject(
    refused(8, 'DM_STATE_UNWRITABLE'),
  );
  expect(await readdir(join(workplace.folder, 'state-begin/runs'))).toEqual([]);
});

describe('a run is refused', () => {
  test('R-11: where there is none of that name, and where there is none at all: 2', async () => {
    expect(await workplace.run(['resume', ...state('none')])).toMatchObject(refused(2, 'DM_RUN_UNKNOWN'));
    expect(await workplace.run(['resume', '2026-11-24-aaaa', ...state('none')])).toMatchObject(
      refused(2, 'DM_RUN_UNKNOWN'),
    );
    expect(await status('none')).toEqual([]);
  });

  test('R-11: with another store: 2, and says which; the run goes on with its own', async () => {
    await workplace.run(['copy', 'trial:?records=50', 'trial:?refuse=2', ...state('other'), '--max-dead-letters', '3']);
    const other = await workplace.run(['resume', '--to', './elsewhere', ...state('other')]);
    expect(other).toMatchObject(refused(2, 'DM_STATE_OTHER_PLAN'));
    expect(other.stderr).toContain('target connector: trial then, file now');
    expect(await readdir(workplace.folder)).not.toContain('elsewhere');
    expect(await workplace.run(['resume', '--to', 'trial:', ...state('other')])).toMatchObject({ code: 0 });
  });

  test('R-10: whose plan, journal or record was changed: 8', async () => {
    for (const name of ['plan.json', 'journal-1.ndjson', 'run.json']) {
      const own = `changed-${name.slice(0, 4)}`;
      await workplace.run(['copy', 'trial:', 'trial:?refuse=2', ...state(own), '--max-dead-letters', '3']);
      const path = join(await runFolder(own), name);
      const text = await readFile(path, 'utf8');
      await writeFile(path, text.replace('"trial', '"trail'));
      expect(await workplace.run(['resume', ...state(own)])).toMatchObject(refused(8, 'DM_STATE_UNTRUSTED'));
      expect(await status(own)).toMatchObject([{ state: name === 'plan.json' ? 'failed' : 'untrusted' }]);
    }
  });

  test('from another working directory, unless its stores are named again: 2', async () => {
    await workplace.run(['copy', 'trial:?records=50', 'trial:?refuse=2', ...state('moved'), '--max-dead-letters', '3']);
    const path = join(await runFolder('moved'), 'run.json');
    const [, line = ''] = /"line":(.*)\}\n$/.exec(await readFile(path, 'utf8')) ?? [];
    await writeFile(path, runRecordText({ ...(JSON.parse(line) as RunRecord), folder: '/elsewhere' }));
    const outcome = await workplace.run(['resume', ...state('moved')]);
    expect(outcome).toMatchObject(refused(2, 'DM_RUN_ELSEWHERE'));
    const named = ['--from', 'trial:?records=50', '--to', 'trial:'];
    expect(await workplace.run(['resume', ...named, ...state('moved')])).toMatchObject({ code: 0 });
  });
});

describe('a run keeps no secret', () => {
  const secret = 'c4n4ry-hunter2';

  async function textsOf(name: string): Promise<string> {
    const folder = await runFolder(name);
    const names = (await readdir(folder)).filter((file) => file !== 'digest-key');
    return (await Promise.all(names.map((file) => readFile(join(folder, file), 'utf8')))).join('\n');
  }

  const failing = ['--max-dead-letters', '3'];

  test('S-06: one that was written out has to be given again, and the error says how', async () => {
    const from = `trial:?records=50&password=${secret}`;
    await workplace.run(['copy', from, 'trial:?refuse=2', ...state('secret'), ...failing]);
    expect(await textsOf('secret')).not.toContain(secret);
    const missing = await workplace.run(['resume', '--to', 'trial:', ...state('secret')]);
    expect(missing).toMatchObject(refused(2, 'DM_STORE_UNNAMED'));
    expect(missing.stderr).toMatch(/add --from <connection string>, or set DATAMIGRATO_FROM/);
    const given = await workplace.run(['resume', '--to', 'trial:', ...state('secret')], { DATAMIGRATO_FROM: from });
    expect(given).toMatchObject({ code: 0 });
    expect(given.stdout + given.stderr + (await textsOf('secret'))).not.toContain(secret);
  });

  test('S-06: one from the environment is found there again', async () => {
    const from = 'trial:?records=50&password=${TRIAL_PASSWORD}';
    const environment = { TRIAL_PASSWORD: secret };
    await workplace.run(['copy', from, 'trial:?refuse=2', ...state('variable'), ...failing], environment);
    expect(await textsOf('variable')).toContain('${TRIAL_PASSWORD}');
    expect(await textsOf('variable')).not.toContain(secret);
    const missing = await workplace.run(['resume', '--to', 'trial:', ...state('variable')]);
    expect(missing).toMatchObject(refused(2, 'DM_VARIABLE_MISSING'));
    const found = await workplace.run(['resume', '--to', 'trial:', ...state('variable')], environment);
    expect(found).toMatchObject({ code: 0 });
    expect(await textsOf('variable')).not.toContain(secret);
  });
});

describe('a plan that was run', () => {
  test('R-23: changes nothing the second time, and says so; --restart moves everything again', async () => {
    const quick = `trial:?records=${total}`;
    await workplace.run(['plan', quick, './planned', '--out', 'plan.json', ...trial]);
    const args = ['run', 'plan.json', '--from', quick, '--to', './planned', ...state('plan')];
    expect(await workplace.runWatched(args)).toMatchObject({ code: 0, read: total });
    const again = await workplace.runWatched(args);
    expect(again).toMatchObject({ code: 0, read: 0, events: [] });
    expect(again.stdout).toMatch(/run \S+ was finished at .*: nothing was read or written now/);
    expect(await workplace.runWatched(['resume', ...state('plan')])).toMatchObject({ code: 0, read: 0 });
    const restarted = await workplace.runWatched([...args, '--restart', '--allow-writes-to', 'file:./planned']);
    expect(restarted).toMatchObject({ code: 0, read: total });
    expect(await recordsIn('planned')).toBe(total);
    expect(await status('plan')).toMatchObject([{ state: 'finished' }, { state: 'finished' }]);
  });

  test('goes on where it was interrupted', async () => {
    await workplace.run(['plan', slow, './rest', '--out', 'rest.json', ...trial]);
    const args = ['run', 'rest.json', '--from', slow, '--to', './rest', ...state('rest')];
    const first = await workplace.runUntilWritten(args, 500, 'SIGINT');
    const second = await workplace.runWatched(args);
    expect([first.code, second.code]).toEqual([130, 0]);
    expect(first.read + second.read).toBe(total);
  });
});

describe('dead letters', () => {
  interface Report {
    readonly runId: string;
    readonly ledger: { readonly read: number; readonly written: number; readonly dead: number };
    readonly deadLetterFile: string | null;
  }
  const reportIn = ({ stdout }: Outcome): Report => JSON.parse(stdout) as Report;

  test('R-07: are written by retry once what was in their way is gone, and every record is accounted for', async () => {
    const copied = await workplace.run(['copy', 'trial:?records=700', 'trial:?refuse=7', ...state('dead'), '--json']);
    const report = reportIn(copied);
    expect({ code: copied.code, ledger: report.ledger }).toMatchObject({
      code: 3,
      ledger: { read: 700, written: 600, dead: 100 },
    });
    const fewer = await workplace.run(['retry', report.runId, '--to', 'trial:?refuse=14', ...state('dead'), '--json']);
    const retried = reportIn(fewer);
    expect({ code: fewer.code, ledger: retried.ledger }).toMatchObject({
      code: 3,
      ledger: { read: 100, written: 50, dead: 50 },
    });
    // The next retry is about what this one has left.
    const rest = await workplace.runWatched(['retry', report.runId, '--to', 'trial:', ...state('dead'), '--json']);
    expect({ code: rest.code, ledger: reportIn(rest).ledger }).toMatchObject({
      code: 0,
      ledger: { read: 50, written: 50, dead: 0 },
    });
    const none = await workplace.runWatched(['retry', report.runId, '--to', 'trial:', ...state('dead')]);
    expect(none).toMatchObject({
      code: 0,
      read: 0,
      stdout: expect.stringContaining('nothing was read or written now'),
    });
    expect((await status('dead')).map(({ ledger }) => ledger?.dead)).toEqual([0, 50, 100]);
  });

  test('R-08: too many of them end it with 4, no more than one window after the limit; resume with a higher one does the rest', async () => {
    const args = ['copy', 'trial:?records=2000', 'trial:?refuse=2', ...state('many'), '--max-dead-letters', '20'];
    const first = await workplace.run(args);
    expect(first).toMatchObject(refused(4, 'DM_TOO_MANY_DEAD_LETTERS'));
    const [before] = await status('many');
    expect(before).toMatchObject({ state: 'failed', code: 'DM_TOO_MANY_DEAD_LETTERS' });
    // Two writes of ten records are under way at a time.
    expect(before?.ledger?.dead).toBeLessThanOrEqual(20 + 20);
    expect(await workplace.run(['retry', before?.id ?? '', ...state('many')])).toMatchObject(
      refused(2, 'DM_RUN_UNFINISHED'),
    );
    const second = await workplace.run(['resume', '--max-dead-letters', '2000', '--json', ...state('many')]);
    const { ledger, deadLetterFile } = reportIn(second);
    expect({ code: second.code, ledger }).toMatchObject({ code: 3, ledger: { read: 2000, written: 1000, dead: 1000 } });
    const letters = (await readFile(deadLetterFile ?? '', 'utf8')).trimEnd().split('\n');
    expect(letters).toHaveLength(1000);
    expect(new Set(letters.map((line) => (JSON.parse(line) as { record: { key: string } }).record.key)).size).toBe(
      1000,
    );
  });

  test('R-07: a thousand among a hundred thousand survive a kill, each once, and a kill of their retry', async () => {
    const [records, dead] = [100_000, 1_000];
    const limit = ['--max-dead-letters', '5000'];
    const copying = ['copy', `trial:?records=${records}`, 'trial:?refuse=100', ...limit, ...state('poison')];
    // Slow enough that no machine has finished before the kill arrives.
    const slowly = [...copying, '--max-rate', '20000'];
    expect(await workplace.runUntilWritten(slowly, 20_000, 'SIGKILL')).toMatchObject({ code: null });
    const outcome = await workplace.run(['resume', ...limit, '--json', ...state('poison')]);
    const { ledger, deadLetterFile, runId } = reportIn(outcome);
    expect({ code: outcome.code, ledger }).toMatchObject({ code: 3, ledger: { read: records, dead } });
    const letters = (await readFile(deadLetterFile ?? '', 'utf8')).trimEnd().split('\n');
    const keys = letters.map((line) => (JSON.parse(line) as { record: { key: string } }).record.key);
    expect(keys).toHaveLength(dead);
    expect(new Set(keys)).toEqual(new Set(Array.from({ length: dead }, (_, index) => `[${100 * index}]`)));
    const retrying = ['retry', runId, '--to', 'trial:', '--max-rate', '500', ...state('poison')];
    expect(await workplace.runUntilWritten(retrying, 200, 'SIGKILL')).toMatchObject({ code: null });
    const done = await workplace.run(['resume', '--to', 'trial:', '--json', ...state('poison')]);
    expect({ code: done.code, ledger: reportIn(done).ledger }).toMatchObject({
      code: 0,
      ledger: { read: dead, written: dead, dead: 0 },
    });
  });
});

test('resume without a name takes the newest run that is not finished; where that stops again, the error names it and another', async () => {
  await workplace.runUntilWritten(['copy', slow, './older', ...state('newest')], 200, 'SIGINT');
  const tooMany = ['trial:?records=50', 'trial:?refuse=2', ...state('newest'), '--max-dead-letters', '3'];
  await workplace.run(['copy', ...tooMany]);
  const [newest, older] = (await status('newest')).map(({ id }) => id);
  const resumed = await workplace.run(['resume', '--max-dead-letters', '3', ...state('newest')]);
  expect(resumed).toMatchObject(refused(4, 'DM_TOO_MANY_DEAD_LETTERS'));
  expect(resumed.stderr).toContain(
    `this was run ${newest}, the newest that is not finished; another goes on with \`datamigrato resume ${older}\``,
  );
  const named = await workplace.run(['resume', newest ?? '', '--max-dead-letters', '3', ...state('newest')]);
  expect(named).toMatchObject(refused(4, 'DM_TOO_MANY_DEAD_LETTERS'));
  expect(named.stderr).not.toContain('the newest that is not finished');
  expect(await workplace.run(['resume', older ?? '', ...state('newest')])).toMatchObject({ code: 0 });
});

test('status shows runs as a table, and one in full', async () => {
  expect((await workplace.run(['status', '--state-folder', './state-empty'])).stdout).toMatch(/^no runs yet/);
  await workplace.run([
    'copy',
    'trial:?records=50&refuse=2',
    'trial:?refuse=2',
    ...state('table'),
    '--max-dead-letters',
    '3',
  ]);
  const [{ deadLetters = 0 } = {}] = await status('table');
  const letters = await readFile(join(await runFolder('table'), 'dead-letters-1.ndjson'), 'utf8');
  expect(letters.trimEnd().split('\n')).toHaveLength(deadLetters);
  const { code, stdout } = await workplace.run(['status', '--state-folder', './state-table']);
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: expect.stringMatching(
      /^run +state +read +dead +partitions +started\n(\S+) +failed +0 +[1-9]\d* +0\/1 .*\n {2}trial: → trial:\n\nnext: datamigrato resume \1\n$/,
    ),
  });
  const [, run = ''] = /^(\d{4}-\d\d-\d\d-[a-z0-9]{4}) /m.exec(stdout) ?? [];
  const one = await workplace.run(['status', run, '--state-folder', './state-table']);
  expect(one.stdout).toMatch(/failed {2}DM_TOO_MANY_DEAD_LETTERS\ntrial: → trial:\n[\s\S]*next: datamigrato resume/);
  expect(await workplace.run(['status', 'nothing', '--state-folder', './state-table'])).toMatchObject(
    refused(2, 'DM_RUN_UNKNOWN'),
  );
});
