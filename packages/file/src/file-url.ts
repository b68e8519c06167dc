import { fileURLToPath } from 'node:url';
import type { ParsedUrl } from '@datamigrato/core';
import { fileError } from './errors.js';
import { fileOptionsSchema } from './options.js';

/**
 * Options from `file:./dump/`, `file:movies.json` or `file:///absolute/folder`, with options of the connector after a `?`.
 *
 * A relative path is taken letter by letter, since `new URL('file:./dump/')` would make `/dump/` of it; only after `file://` are `%` escapes read.
 * A path that holds a `?` is given as the option `path` instead. Throws `DM_FILE_URL_INVALID`.
 */
export function parseFileUrl(url: string): ParsedUrl {
  if (!/^file:/i.test(url)) throw invalid('it does not begin with `file:`');
  const rest = url.slice('file:'.length);
  const queryAt = rest.indexOf('?');
  const path = pathOf(queryAt < 0 ? rest : rest.slice(0, queryAt));
  const options: Record<string, string | string[]> = { path };
  for (const [name, value] of new URLSearchParams(queryAt < 0 ? '' : rest.slice(queryAt + 1))) {
    if (name === 'path' || !Object.hasOwn(fileOptionsSchema.shape, name)) {
      throw invalid(`it has a parameter that is no option: ${name}`);
    }
    options[name] = name === 'key' && value.includes(',') ? value.split(',') : value;
  }
  return { options };
}

function pathOf(text: string): string {
  if (text === '') throw invalid('it names no path');
  if (!text.startsWith('//')) return text;
  if (!text.startsWith('///')) {
    throw invalid('it names a host; a relative path follows `file:` directly, an absolute one `file://`');
  }
  try {
    return fileURLToPath(`file:${text.replaceAll('#', '%23')}`);
  } catch {
    throw invalid('its path is not a path of this system');
  }
}

function invalid(problem: string): Error {
  return fileError('DM_FILE_URL_INVALID', `The connection string is not usable: ${problem}`);
}
