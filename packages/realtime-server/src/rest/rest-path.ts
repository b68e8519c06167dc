import { RequestRefusal, refusals } from '../request-refusal.js';
import { hasKeyCharactersOnly } from '../tree/build-node.js';
import type { Path } from '../tree/path.js';

const reservedNames = new Set(['.priority', '.info', '.settings']);
const suffix = '.json';

/** The place that `/a/b.json` names. Throws where the URL names none. */
export function parseRestPath(pathname: string): Path {
  if (!pathname.endsWith(suffix))
    throw new RequestRefusal('Not found: the path of a place ends in .json.', 'failure', 404);
  const path: string[] = [];
  for (const part of pathname.slice(0, -suffix.length).split('/')) {
    if (part === '') continue;
    const key = decodePart(part);
    if (!hasKeyCharactersOnly(key) && !reservedNames.has(key)) throw refusals.invalidPath();
    path.push(key);
  }
  return path;
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    throw error instanceof URIError ? refusals.invalidPath() : error;
  }
}
