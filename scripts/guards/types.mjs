/** tsc accepts each package with its tests, and looked at every TypeScript file of it, `*.test-d.ts` included. */
import { dirname, join, relative, sep } from 'node:path';
import { packageFolders, projectFiles } from './project-files.mjs';
import { outputAsProblem, runTool } from './run-tool.mjs';

export const types = {
  name: 'tsc: every TypeScript file type-checks',
  unit: 'files',
  atLeast: 60,
  check(root) {
    const examples = projectFiles(root).filter((path) => /^examples\/[^/]+\/tsconfig\.json$/.test(path));
    const programs = [
      '.',
      ...packageFolders(root).map((folder) => `packages/${folder}`),
      ...examples.map((path) => dirname(path)),
    ];
    const seen = new Set();
    const problems = programs.flatMap((program) => {
      const result = runTool(root, 'tsc', ['--noEmit', '--pretty', 'false', '--listFiles', '-p', join(root, program)]);
      const lines = result.stdout.split(/\r?\n/);
      for (const line of lines) seen.add(relative(root, line).split(sep).join('/'));
      const errors = lines.filter((line) => /error TS\d+/.test(line));
      if (result.status === 0) return [];
      return errors.length > 0 ? errors : outputAsProblem(result, `tsc -p ${program}`);
    });
    const files = projectFiles(root).filter((path) => /\.(ts|mts|cts)$/.test(path));
    const unseen = files.filter((path) => !seen.has(path));
    problems.push(...unseen.map((path) => `${path} belongs to no tsconfig.json`));
    return { checked: files.length - unseen.length, problems };
  },
};
