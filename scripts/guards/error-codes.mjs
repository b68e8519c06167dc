/** Every error code that a source names is explained once, every explanation belongs to a code that some source names, and docs/errors.md says the same. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCatalogues, referencePath, renderReference } from '../error-reference.mjs';
import { lineAt, nodesOf, parseModule } from './module-syntax.mjs';
import { isPackageSource, isTestFile, projectFiles } from './project-files.mjs';

const ERROR_CODE = /^DM_[A-Z0-9_]+$/;

export const errorCodes = {
  name: 'error codes are explained, and the reference is current',
  unit: 'codes',
  atLeast: 60,
  async check(root) {
    const catalogues = await readCatalogues(root);
    const named = codesInSources(root);
    const explained = catalogues.flatMap(({ catalogue }) => Object.keys(catalogue));
    return {
      checked: named.size,
      problems: [...codeProblems(named, explained), ...referenceProblems(root, renderReference(catalogues))],
    };
  },
};

/** What is wrong between the codes that sources name, with a place each, and those that are explained. */
export function codeProblems(named, explained) {
  const twice = explained.filter((code, index) => explained.indexOf(code) !== index);
  return [
    ...[...named]
      .filter(([code]) => !explained.includes(code))
      .map(([code, place]) => `${place} names ${code}, which no errorCatalogue explains`),
    ...explained.filter((code) => !named.has(code)).map((code) => `${code} is explained, but no source names it`),
    ...twice.map((code) => `${code} is explained by two packages`),
  ];
}

/** Codes by the first place that names them, as strings of the sources proper. */
function codesInSources(root) {
  const named = new Map();
  for (const path of projectFiles(root).filter((file) => isPackageSource(file) && !isTestFile(file))) {
    const text = readFileSync(join(root, path), 'utf8');
    for (const { node } of nodesOf(parseModule(path, text))) {
      const code = node.type === 'Literal' && typeof node.value === 'string' ? node.value : undefined;
      if (code !== undefined && ERROR_CODE.test(code) && !named.has(code))
        named.set(code, `${path}:${lineAt(text, node.start)}`);
    }
  }
  return named;
}

function referenceProblems(root, wanted) {
  const path = join(root, referencePath);
  const current = existsSync(path) && readFileSync(path, 'utf8') === wanted;
  return current ? [] : [`${referencePath} is not what the packages say: run \`npm run docs\``];
}
