import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';
import type { Pipeline } from './simulate.js';

/** A change to one source file of the pipeline that breaks it. */
export interface Breakage {
  /** File in `src/pipeline`. */
  readonly file: string;
  /** Text that stands in it exactly once. */
  readonly from: string;
  readonly to: string;
}

/**
 * Core as it would be with a mistake in it: its own sources, one of them changed while they are loaded.
 *
 * Throws where the text to be changed is not there or not alone, so that no mistake is ever proved to be noticed that was not made.
 */
export async function brokenPipeline({ file, from, to }: Breakage): Promise<Pipeline> {
  let changes = 0;
  const { module } = await runnerImport<Pipeline>(fileURLToPath(new URL('../../src/index.ts', import.meta.url)), {
    configFile: false,
    logLevel: 'error',
    plugins: [
      {
        name: 'break-pipeline',
        enforce: 'pre',
        transform(code, id) {
          if (!id.endsWith(`/src/pipeline/${file}`)) return undefined;
          changes += code.split(from).length - 1;
          return code.replace(from, () => to);
        },
      },
    ],
  });
  if (changes !== 1) throw new Error(`the text to be changed stands ${changes} times in ${file}: ${from}`);
  return { planMigration: module.planMigration, runMigration: module.runMigration };
}
