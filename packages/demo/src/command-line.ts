import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

/** The command line of the package, as a user starts it. */
const executable = join(dirname(require.resolve('datamigrato/package.json')), 'bin', 'datamigrato.mjs');

/** Says the command, runs it where the demo runs, and fails with it. */
export async function datamigrato(folder: string, ...words: readonly string[]): Promise<void> {
  process.stdout.write(`\n$ datamigrato ${words.map(quoted).join(' ')}\n`);
  const child = spawn(process.execPath, [executable, ...words], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', resolve);
  });
  if (code !== 0) throw new DemoFailure(`datamigrato ${words[0]} ended with code ${code}`);
}

/** The demonstration did not show what it is there to show. */
export class DemoFailure extends Error {
  override readonly name = 'DemoFailure';
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`;
}
