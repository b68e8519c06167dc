import { readFile } from 'node:fs/promises';
import { DatamigratoError } from '@datamigrato/core';

/** Largest file that a variable ending in `_FILE` may name, in bytes. */
const maximumSecretBytes = 64 * 1024;

/**
 * Puts environment variables into a connection string: `mongodb://app:${SHOP_PASSWORD}@host/shop`.
 *
 * A variable that is not set is read from the file that `<NAME>_FILE` names, without its last line break. Values are percent-encoded, so that any password fits, unless `encode` says otherwise.
 * Resolves to the string and to the values that were put in, which are secrets.
 *
 * @throws DatamigratoError `DM_VARIABLE_MISSING`.
 */
export async function expandVariables(
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
  encode: (value: string) => string = encodeURIComponent,
): Promise<{ readonly text: string; readonly secrets: readonly string[] }> {
  const secrets: string[] = [];
  let expanded = '';
  let from = 0;
  for (const match of text.matchAll(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g)) {
    const [whole, name = ''] = match;
    const value = await variable(name, environment);
    if (value === undefined) throw missing(name);
    secrets.push(value);
    expanded += text.slice(from, match.index) + encode(value);
    from = match.index + whole.length;
  }
  return { text: expanded + text.slice(from), secrets };
}

/** An environment variable, or what the file named by `<NAME>_FILE` holds, or undefined. */
export async function variable(
  name: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const value = environment[name];
  if (value !== undefined) return value;
  const path = environment[`${name}_FILE`];
  if (path === undefined) return undefined;
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw unreadable(name, path, 'it cannot be read', error);
  }
  if (bytes.length > maximumSecretBytes) throw unreadable(name, path, `it has more than ${maximumSecretBytes} bytes`);
  return bytes.toString('utf8').replace(/\r?\n$/, '');
}

function missing(name: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_VARIABLE_MISSING',
    category: 'usage',
    message: `The environment has neither ${name} nor ${name}_FILE`,
    nextStep: `set ${name}, or ${name}_FILE to the path of a file that holds the value`,
    context: { name },
  });
}

function unreadable(name: string, path: string, why: string, cause?: unknown): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_VARIABLE_MISSING',
    category: 'usage',
    message: `The file ${path} that ${name}_FILE names is not usable: ${why}`,
    nextStep: `correct ${name}_FILE`,
    context: { name },
    ...(cause !== undefined && { cause }),
  });
}
