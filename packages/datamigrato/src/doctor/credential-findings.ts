import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Finding, ok, warning } from './finding.js';

/** Files that are taken for credentials where nothing else is named. */
const usualNames: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/^secure-connect-.*\.zip$/, 'secure connect bundle of Astra DB'],
  [/-token\.json$/, 'token of Astra DB'],
  [/-firebase-adminsdk-.*\.json$/, 'service account of Firebase'],
];

/** Credential files that lie in a folder under their usual names, and whether others can read them. Does not look into them. */
export async function credentialFindings(folder: string): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const name of (await readdir(folder)).sort()) {
    const what = usualNames.find(([pattern]) => pattern.test(name))?.[1];
    if (what === undefined) continue;
    const { mode } = await stat(join(folder, name));
    const isOpen = process.platform !== 'win32' && (mode & 0o077) !== 0;
    findings.push(
      isOpen
        ? warning('credentials', `${name} (${what}) can be read by other users`, `chmod 600 '${name}'`)
        : ok('credentials', `${name} (${what})`),
    );
  }
  return findings.length > 0 ? findings : [ok('credentials', 'no credential files of the usual names in this folder')];
}
