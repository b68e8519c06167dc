import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { moveBetweenDatabases } from './databases.js';
import { moveBetweenFiles } from './files.js';
import { say } from './say.js';

/** What the servers of the databases need of a machine. */
const needs = ['java', 'mvn', 'python3'] as const;

function missingPrograms(): readonly string[] {
  return needs.filter(
    (program) => spawnSync(program, [program === 'java' ? '-version' : '--version'], { stdio: 'ignore' }).status !== 0,
  );
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { with: { type: 'string' } } });
  const wanted = values.with?.split(',').sort().join(',');
  if (wanted !== undefined && wanted !== 'cassandra,mongodb' && wanted !== 'file') {
    throw new Error(`--with takes mongodb,cassandra or file, not ${values.with}`);
  }
  const missing = missingPrograms();
  const folder = await mkdtemp(join(tmpdir(), 'datamigrato-demo-'));
  const started = performance.now();
  try {
    if (wanted === 'cassandra,mongodb' || (wanted === undefined && missing.length === 0))
      await moveBetweenDatabases(folder);
    else {
      if (wanted === undefined)
        say(`databases are left out: ${missing.join(', ')} not found here. The same verbs, between files`);
      await moveBetweenFiles(folder);
    }
    say(`done in ${Math.round((performance.now() - started) / 1000)} s`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`\n✖ the demonstration failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
