/** The guide for connector authors quotes its example to the letter, and the example is as short as the guide says. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lineAt } from './module-syntax.mjs';
import { projectFiles } from './project-files.mjs';

const GUIDE = 'docs/writing-a-connector.md';
const EXAMPLE = 'examples/yaml-connector/';
const MAXIMUM_LINES_OF_CODE = 200;
const FENCED_CODE = /^```ts\n([\s\S]*?)^```$/gm;

export const quotedExample = {
  name: 'the guide for connectors quotes its example',
  unit: 'quotes',
  atLeast: 10,
  check(root) {
    if (!existsSync(join(root, GUIDE))) return { checked: 0, problems: [`${GUIDE} is missing`] };
    const guide = readFileSync(join(root, GUIDE), 'utf8');
    const files = projectFiles(root).filter((path) => path.startsWith(EXAMPLE) && path.endsWith('.ts'));
    const sources = files.map((path) => readFileSync(join(root, path), 'utf8'));
    const quotes = [...guide.matchAll(FENCED_CODE)];
    const problems = quotes
      .filter(([, code]) => !sources.some((source) => source.includes(code)))
      .map((quote) => `${GUIDE}:${lineAt(guide, quote.index)} quotes what is not in ${EXAMPLE}`);
    const lines = sources.reduce((sum, source) => sum + linesOfCode(source), 0);
    if (lines > MAXIMUM_LINES_OF_CODE)
      problems.push(`${EXAMPLE} has ${lines} lines of code; the guide promises at most ${MAXIMUM_LINES_OF_CODE}`);
    return { checked: quotes.length, problems };
  },
};

/** Lines that are neither empty nor a comment. */
function linesOfCode(source) {
  return source.split('\n').filter((line) => !/^\s*(?:$|\/\*|\*|\/\/)/.test(line)).length;
}
