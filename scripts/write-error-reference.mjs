/** Writes docs/errors.md anew from what was built of the packages. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCatalogues, referencePath, renderReference } from './error-reference.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const path = join(root, referencePath);
mkdirSync(dirname(path), { recursive: true });
writeFileSync(path, renderReference(await readCatalogues(root)));
