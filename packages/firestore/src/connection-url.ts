import { DatamigratoError, type ParsedUrl } from '@datamigrato/core';

const booleans = new Set(['applicationDefault', 'allowExternalAccount', 'rampUp', 'missingParents']);

/**
 * Raw options from `firestore://project/database/collection?option=value`, such as `firestore://shop-1234/(default)/users/*\/messages`.
 *
 * Parts are percent-decoded; the options are those of the connector. Nothing else of a URL (user, password, port, fragment) has a meaning.
 */
export function parseConnectionUrl(url: string): ParsedUrl {
  const match = /^firestore:\/\/([^/?#@]*)(?:\/([^/?#]*))?(?:\/([^?#]*))?(?:\?([^#]*))?$/i.exec(url);
  if (match === null) throw invalidUrl('it has parts that no such string has, such as a user, a `#` or no `//`');
  const [, project = '', database = '', entity = '', query = ''] = match;
  const options: Record<string, unknown> = {};
  if (project !== '') options['projectId'] = decoded(project);
  if (database !== '') options['databaseId'] = decoded(database);
  for (const [name, value] of new URLSearchParams(query)) {
    if (Object.hasOwn(options, name)) throw invalidUrl('an option stands twice in it');
    options[name] = optionValue(name, value);
  }
  const path = decoded(entity);
  return { options, ...(path !== '' && { entity: path }) };
}

function optionValue(name: string, value: string): string | boolean {
  if (!booleans.has(name) && name !== 'emulator') return value;
  if (value === 'true' || value === '') return true;
  return value === 'false' ? false : value;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalidUrl('it has a `%` that no two hexadecimal digits follow');
  }
}

function invalidUrl(reason: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_FIRESTORE_URL',
    category: 'usage',
    message: `The connection string of Firestore cannot be used: ${reason}`,
    nextStep: 'write it as `firestore://project/(default)/collection`, with `?emulator=127.0.0.1:8080` for an emulator',
  });
}
