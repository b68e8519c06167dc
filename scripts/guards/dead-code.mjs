import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { outputAsProblem, runTool } from './run-tool.mjs';

const reporter = fileURLToPath(new URL('knip-counters.mjs', import.meta.url));

export const deadCode = {
  name: 'knip: no dead export, file or dependency',
  unit: 'files',
  atLeast: 40,
  check(root) {
    const result = runTool(root, 'knip', ['--no-progress', '--reporter', reporter]);
    const line = result.stdout.split('\n').find((each) => each.startsWith('{"checked":'));
    if (line === undefined) return { checked: 0, problems: outputAsProblem(result, 'knip') };
    const { checked, problems } = JSON.parse(line);
    const named = problems.map((problem) => problem.replace(`${root}/`, ''));
    return {
      checked,
      problems: named.length > 0 ? named : outputAsProblem(result, `knip (${relative(root, reporter)})`),
    };
  },
};
