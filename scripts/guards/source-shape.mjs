/** Sources keep the house rules that no linter knows: short files, no unfinished work, no way round the type checker. */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { lineAt, nodesOf, parseModule } from './module-syntax.mjs';
import { isPackageSource, projectFiles } from './project-files.mjs';

const MAXIMUM_LINES = 440;
const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*(\.test|\.test-d|\.config)?\.(ts|mjs)$/;
const VAGUE_NAMES = /(^|\/)(utils?|helpers?|common|misc)(\/|\.(test\.)?(ts|mjs)$)/;
const UNFINISHED = /\b(TOD[O]|FIXM[E]|XX[X])\b/;
const CHECKER_OFF = /@ts-(ignor[e]|nochec[k])/;

export const sourceShape = {
  name: 'sources are short, finished and fully typed',
  unit: 'source files',
  atLeast: 40,
  check(root) {
    const files = projectFiles(root).filter((path) => isPackageSource(path) || /^scripts\/.*\.mjs$/.test(path));
    const problems = files.flatMap((path) => problemsIn(path, readFileSync(join(root, path), 'utf8')));
    return { checked: files.length, problems };
  },
};

function problemsIn(path, text) {
  const problems = [];
  const lines = text.split('\n');
  if (lines.length > MAXIMUM_LINES) problems.push(`${path} has ${lines.length} lines; at most ${MAXIMUM_LINES}`);
  if (!KEBAB_CASE.test(basename(path))) problems.push(`${path} is not named in kebab-case`);
  if (VAGUE_NAMES.test(path)) problems.push(`${path} is named for no concept`);
  lines.forEach((line, index) => {
    if (UNFINISHED.test(line)) problems.push(`${path}:${index + 1} is marked as unfinished`);
    if (CHECKER_OFF.test(line)) problems.push(`${path}:${index + 1} switches the type checker off`);
    const isSilenced = /(biome-ignor[e]|oxlint-disabl[e]|eslint-disabl[e])/.test(line);
    if (isSilenced && !/(:\s|--\s)\S.{8,}/.test(line))
      problems.push(`${path}:${index + 1} silences a rule without why`);
  });
  for (const { node } of nodesOf(parseModule(path, text))) {
    if (node.type === 'TSAnyKeyword') problems.push(`${path}:${lineAt(text, node.start)} uses any`);
    if (isDoubleCast(node)) problems.push(`${path}:${lineAt(text, node.start)} casts through unknown`);
    if (isMockedModule(node)) problems.push(`${path}:${lineAt(text, node.start)} mocks a module`);
  }
  return problems;
}

function isDoubleCast(node) {
  const inner = node.type === 'TSAsExpression' ? node.expression : undefined;
  return inner?.type === 'TSAsExpression' && inner.typeAnnotation.type === 'TSUnknownKeyword';
}

function isMockedModule(node) {
  if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') return false;
  const { object, property } = node.callee;
  return object.name === 'vi' && /^(doMock|mock)$/.test(property.name ?? '');
}
