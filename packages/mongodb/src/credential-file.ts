import { constants, open } from 'node:fs/promises';
import { DatamigratoError, readSmallText } from '@datamigrato/core';
import { isMap, isScalar, parseDocument, visit } from 'yaml';

/** Largest credential file that is read: 16 KiB, far more than a connection string takes, and little enough for whatever YAML to be parsed at once. */
const fileBytesLimit = 16 << 10;

/**
 * Reads a connection string from a YAML file with the one entry `client_url`.
 *
 * The file is plain YAML 1.2 with the core schema: no tags, anchors, aliases or merge keys, no name twice, no other entries.
 *
 * @throws DatamigratoError `DM_MONGODB_CREDENTIAL_FILE`; it never holds the file's contents.
 */
export async function readCredentialFile(path: string): Promise<string> {
  const read = await readSmallText(() => open(path, constants.O_RDONLY | constants.O_NONBLOCK), fileBytesLimit);
  if ('refused' in read) throw unusable(path, `it ${read.refused}`);
  return clientUrlOf(read.text, path);
}

/** The connection string in the text of a credential file. */
export function clientUrlOf(text: string, path: string): string {
  let document: ReturnType<typeof parseDocument>;
  try {
    document = parseDocument(text, {
      version: '1.2',
      schema: 'core',
      merge: false,
      uniqueKeys: true,
      strict: true,
      stringKeys: true,
      intAsBigInt: true,
      prettyErrors: false,
      logLevel: 'error',
    });
  } catch (error) {
    if (error instanceof RangeError) throw unusable(path, 'it is nested too deeply');
    throw error;
  }
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem !== undefined) throw unusable(path, `it is not plain YAML (${problem.code} at offset ${problem.pos[0]})`);
  visit(document, {
    Alias: () => {
      throw unusable(path, 'it holds an alias');
    },
    Node: (_, node) => {
      if ('anchor' in node && node.anchor !== undefined) throw unusable(path, 'it holds an anchor');
      if (node.tag !== undefined) throw unusable(path, 'it holds a tag');
    },
  });
  const contents = document.contents;
  if (!isMap(contents)) throw unusable(path, 'it is not a list of names and values');
  let clientUrl: string | undefined;
  for (const { key, value } of contents.items) {
    const name = isScalar(key) ? key.value : undefined;
    if (name !== 'client_url') throw unusable(path, 'it holds an entry other than `client_url`');
    if (!isScalar(value) || typeof value.value !== 'string') throw unusable(path, '`client_url` is not a text');
    clientUrl = value.value;
  }
  if (clientUrl === undefined || clientUrl === '') throw unusable(path, 'it lacks the entry `client_url`');
  return clientUrl;
}

function unusable(path: string, reason: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_MONGODB_CREDENTIAL_FILE',
    category: 'usage',
    message: `The credential file ${path} cannot be used: ${reason}`,
    nextStep: 'let it hold one line: `client_url: mongodb://user:password@host:27017/database`',
    context: { path },
  });
}
