/** Writes the README's table of pairs and docs/conversions anew from what was built of the connectors. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { conversionsFolder, readmePath, readStores, renderPages, renderTable, withTable } from './pair-table.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const stores = await readStores(root);
const pages = renderPages(stores);
mkdirSync(join(root, conversionsFolder), { recursive: true });
const wanted = new Set([...pages.keys()].map((path) => basename(path)));
for (const name of readdirSync(join(root, conversionsFolder)))
  if (!wanted.has(name)) rmSync(join(root, conversionsFolder, name));
for (const [path, text] of pages) writeFileSync(join(root, path), text);
const readme = join(root, readmePath);
writeFileSync(readme, withTable(readFileSync(readme, 'utf8'), renderTable(stores)));
