import { countIn, outputAsProblem, runTool } from './run-tool.mjs';

export const format = {
  name: 'biome: format and lint',
  unit: 'files',
  atLeast: 60,
  check(root) {
    const result = runTool(root, 'biome', ['ci', '--colors=off', '--error-on-warnings', '--max-diagnostics=100', '.']);
    return {
      checked: countIn(result.stdout + result.stderr, /Checked ([\d,]+) files?/),
      problems: outputAsProblem(result, 'biome'),
    };
  },
};

export const lint = {
  name: 'oxlint: type-aware lint, no warnings',
  unit: 'files',
  atLeast: 60,
  check(root) {
    const result = runTool(root, 'oxlint', ['--type-aware', '--deny-warnings']);
    return {
      checked: countIn(result.stdout + result.stderr, /on ([\d,]+) files?/),
      problems: outputAsProblem(result, 'oxlint'),
    };
  },
};
