/** The README's table of pairs and the pages of docs/conversions say what the manifests say. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { conversionsFolder, readmePath, readStores, renderPages, renderTable, withTable } from '../pair-table.mjs';

export const pairPages = {
  name: 'the table of pairs and its pages are current',
  unit: 'pages',
  atLeast: 12,
  async check(root) {
    const stores = await readStores(root);
    const pages = renderPages(stores);
    return { checked: pages.size, problems: pairProblems(root, pages, renderTable(stores)) };
  },
};

/** What a clone has that is not what the manifests say. */
export function pairProblems(root, pages, table) {
  const textOf = (path) => (existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : '');
  const stale = [...pages].filter(([path, text]) => textOf(path) !== text).map(([path]) => path);
  const readme = textOf(readmePath);
  if (withTable(readme, table) !== readme) stale.push(readmePath);
  const wanted = new Set([...pages.keys()].map((path) => basename(path)));
  const folder = join(root, conversionsFolder);
  const left = existsSync(folder) ? readdirSync(folder).filter((name) => !wanted.has(name)) : [];
  return [
    ...stale.map((path) => `${path} is not what the manifests say: run \`npm run docs\``),
    ...left.map((name) => `${conversionsFolder}/${name} is the page of no pair`),
  ];
}
