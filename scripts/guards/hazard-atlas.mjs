/** Every hazard that docs/hazards.md calls tested has a test whose name begins with its id, and no test names a hazard that is not there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodesOf, parseModule } from './module-syntax.mjs';
import { projectFiles } from './project-files.mjs';

const listPath = 'docs/hazards.md';
const states = ['tested', 'open', 'elsewhere'];

export const hazardAtlas = {
  name: 'hazards have tests named after them',
  unit: 'hazards covered',
  atLeast: 60,
  check(root) {
    const { hazards, tests } = readAtlas(root);
    const covered = hazards.filter(({ id }) => tests.has(id)).length;
    return { checked: covered, problems: atlasProblems(hazards, tests) };
  },
};

/** The hazards that are listed, and for each id the first place of a test that is named after it. */
export function readAtlas(root) {
  const hazards = listedHazards(readFileSync(join(root, listPath), 'utf8'));
  const tests = new Map();
  for (const path of projectFiles(root).filter((file) => /\.test\.(?:ts|mjs)$/.test(file))) {
    for (const id of namedHazards(path, readFileSync(join(root, path), 'utf8')))
      if (!tests.has(id)) tests.set(id, path);
  }
  return { hazards, tests };
}

/** What is wrong between hazards that are listed and tests by the hazard that they are named after. */
export function atlasProblems(hazards, tests) {
  const ids = hazards.map(({ id }) => id);
  return [
    ...ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `${id} is listed twice`),
    ...hazards
      .filter(({ state }) => !states.includes(state))
      .map(({ id, state }) => `${id} is "${state}", which is none of ${states.join(', ')}`),
    ...hazards
      .filter(({ id, state }) => state === 'tested' && !tests.has(id))
      .map(({ id }) => `${id} is said to be tested, and no test is named after it`),
    ...[...tests]
      .filter(([id]) => !ids.includes(id))
      .map(([id, path]) => `${path} has a test named after ${id}, which ${listPath} does not list`),
  ];
}

/** The rows of every table whose first cell is an id. */
export function listedHazards(markdown) {
  return markdown.split('\n').flatMap((line) => {
    const cells = line.split('|').map((cell) => cell.trim());
    const [, id = '', hazard = '', , state = ''] = cells;
    return /^[ARS]-\d{2}[a-z]?$/.test(id) ? [{ id, hazard, state }] : [];
  });
}

/**
 * The ids with which names of tests in a module begin: `A-23 tells …`, `R-25 A-40 …`, `A-34, A-36: …`.
 *
 * A name may stand in the call or in the table that a test runs over, so every text of the module counts that reads like a name. Tests that are skipped do not.
 */
export function namedHazards(path, text) {
  const program = parseModule(path, text);
  const skipped = [...nodesOf(program)].flatMap(({ node }) => (isSkipped(node) ? [node] : []));
  const ids = new Set();
  for (const { node } of nodesOf(program)) {
    if (skipped.some((call) => call.start <= node.start && node.end <= call.end)) continue;
    for (const id of idsAtStart(textOf(node) ?? '')) ids.add(id);
  }
  return ids;
}

function idsAtStart(name) {
  const ids = [];
  let rest = name;
  for (;;) {
    const [whole, id] = /^([ARS]-\d{2}[a-z]?)(?::|,|(?= ))\s*/.exec(rest) ?? [];
    if (id === undefined) break;
    ids.push(id);
    rest = rest.slice(whole.length);
  }
  return rest.length >= 8 ? ids : [];
}

function textOf(node) {
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node.type === 'TemplateLiteral') return node.quasis.map(({ value }) => value.cooked).join('…');
  return undefined;
}

function isSkipped(node) {
  if (node.type !== 'CallExpression') return false;
  for (let callee = node.callee; callee !== undefined; callee = callee.object ?? callee.callee)
    if (callee.type === 'MemberExpression' && ['skip', 'todo'].includes(callee.property.name)) return true;
  return false;
}
