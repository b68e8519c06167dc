import { constants, open, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DatamigratoError, readSmallText, Secret } from '@datamigrato/core';

/** Largest credential file that is read, in bytes. */
const fileBytesLimit = 64 << 10;

/** What proves to Google that a program acts for a project. */
export interface ServiceAccount {
  readonly clientEmail: string;
  readonly projectId: string | undefined;
  readonly privateKey: Secret;
}

/**
 * Reads a service account's JSON file.
 *
 * Only `type: service_account` is taken: other types name addresses and programs by which credentials are fetched, which a file should not decide.
 *
 * @throws DatamigratoError `DM_FIRESTORE_CREDENTIAL_FILE`; it never holds the file's contents.
 */
export async function readServiceAccount(path: string): Promise<ServiceAccount> {
  const content = await readCredentialJson(path);
  const type = content['type'];
  if (type !== 'service_account') {
    throw unusable(path, type === 'external_account' ? externalReason : 'it is not that of a service account');
  }
  const { client_email: clientEmail, private_key: privateKey, project_id: projectId } = content;
  const universe = content['universe_domain'];
  if (universe !== undefined && universe !== 'googleapis.com')
    throw unusable(path, 'it is of another cloud than googleapis.com');
  if (typeof clientEmail !== 'string' || !clientEmail.includes('@')) throw unusable(path, 'it has no `client_email`');
  if (typeof privateKey !== 'string' || !privateKey.includes('-----BEGIN PRIVATE KEY-----'))
    throw unusable(path, 'it has no `private_key`');
  if (projectId !== undefined && typeof projectId !== 'string') throw unusable(path, 'its `project_id` is not a text');
  return { clientEmail, projectId, privateKey: new Secret(privateKey) };
}

const externalReason =
  'it is of type external_account, by which a file decides which address is asked or which program is run for credentials';

/**
 * Checks a file of application default credentials before the driver sees it, and gives its project where it names one.
 *
 * @throws DatamigratoError `DM_FIRESTORE_CREDENTIAL_FILE` for a type that was not opted in to.
 */
export async function checkDefaultCredentials(
  path: string,
  allowExternalAccount: boolean,
): Promise<string | undefined> {
  const content = await readCredentialJson(path);
  const type = content['type'];
  const known = type === 'service_account' || type === 'authorized_user';
  if (!known && !(type === 'external_account' && allowExternalAccount)) {
    throw unusable(
      path,
      type === 'external_account' ? externalReason : 'it is neither of a service account nor of a user',
    );
  }
  const projectId = content['project_id'] ?? content['quota_project_id'];
  return typeof projectId === 'string' ? projectId : undefined;
}

/** Files in a folder that have the name under which Firebase's console offers a service account. */
export async function findServiceAccounts(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /-firebase-adminsdk-.*\.json$/.test(entry.name))
    .map((entry) => join(folder, entry.name))
    .sort();
}

async function readCredentialJson(path: string): Promise<Readonly<Record<string, unknown>>> {
  const read = await readSmallText(() => open(path, constants.O_RDONLY | constants.O_NONBLOCK), fileBytesLimit);
  if ('refused' in read) throw unusable(path, `it ${read.refused}`);
  let content: unknown;
  try {
    content = JSON.parse(read.text);
  } catch {
    // The parser's message quotes the file.
    throw unusable(path, 'it is not JSON');
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    throw unusable(path, 'it is not a JSON object');
  return content as Readonly<Record<string, unknown>>;
}

function unusable(path: string, why: string): DatamigratoError {
  const file = basename(path);
  return new DatamigratoError({
    code: 'DM_FIRESTORE_CREDENTIAL_FILE',
    category: 'usage',
    message: `The credential file ${JSON.stringify(file)} cannot be used: ${why}`,
    nextStep: 'give the JSON file of a service account, as the console of Google Cloud or Firebase offers it',
    context: { file },
  });
}
