/** Every package explains itself: a README with a short example that uses the package by its name. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolders, packageManifest } from './project-files.mjs';

const FENCED_EXAMPLE = /^```(?:ts|js|sh|bash|console)\n([\s\S]*?)^```$/gm;
const MAXIMUM_EXAMPLE_LINES = 20;

export const packageReadmes = {
  name: 'each package has a README with an example',
  unit: 'packages',
  atLeast: 7,
  check(root) {
    const folders = packageFolders(root);
    const problems = folders.flatMap((folder) => {
      const path = `packages/${folder}/README.md`;
      if (!existsSync(join(root, path))) return [`${path} is missing`];
      const trouble = readmeTrouble(readFileSync(join(root, path), 'utf8'), packageManifest(root, folder));
      return trouble ? [`${path} ${trouble}`] : [];
    });
    return { checked: folders.length, problems };
  },
};

function readmeTrouble(text, manifest) {
  if (!text.startsWith('# ')) return 'does not begin with a title';
  // A private package is run by a script of the root, so its example names its folder's word, not its package name.
  const mention = manifest.private ? manifest.name.split('/').at(-1) : manifest.name;
  const examples = [...text.matchAll(FENCED_EXAMPLE)].map((match) => match[1]);
  const fitting = examples.filter((code) => code.includes(mention));
  if (fitting.length === 0) return `has no example in a code block that uses ${mention}`;
  const isShort = fitting.some((code) => code.trimEnd().split('\n').length <= MAXIMUM_EXAMPLE_LINES);
  return isShort ? undefined : `has no example of at most ${MAXIMUM_EXAMPLE_LINES} lines`;
}
