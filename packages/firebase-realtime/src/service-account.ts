import { constants, open, readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { DatamigratoError, readSmallText, Secret } from '@datamigrato/core';
import { z } from 'zod';

/** What proves to Google that a program acts for a project. */
export interface ServiceAccount {
  readonly projectId: string;
  readonly clientEmail: string;
  readonly privateKey: Secret;
}

/** Largest file that is read: 64 KiB. Google's own are about 2. */
const fileBytesLimit = 64 << 10;

const contents = z.looseObject({
  type: z.literal('service_account'),
  project_id: z.string().min(1).max(200),
  client_email: z.string().min(3).max(500),
  private_key: z
    .string()
    .regex(/^-----BEGIN (?:RSA )?PRIVATE KEY-----\n[\s\S]+\n-----END (?:RSA )?PRIVATE KEY-----\s*$/),
});

/**
 * Reads the JSON file of a service account, as the Firebase console offers it.
 *
 * Other kinds of credential are refused: an `external_account` can name any address or program to get its token from. Nothing but the project, the account and the key is used.
 *
 * @throws DatamigratoError `DM_REALTIME_SERVICE_ACCOUNT`; it never holds what the file does.
 */
export async function readServiceAccount(path: string): Promise<ServiceAccount> {
  const read = await readSmallText(() => open(path, constants.O_RDONLY | constants.O_NONBLOCK), fileBytesLimit);
  if ('refused' in read) throw unusable(path, `it ${read.refused}`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(read.text);
  } catch (error) {
    throw error instanceof SyntaxError ? unusable(path, 'it is not JSON') : error;
  }
  const type = typeof parsed === 'object' && parsed !== null && 'type' in parsed ? parsed.type : undefined;
  if (type !== 'service_account') {
    const known = ['external_account', 'authorized_user', 'impersonated_service_account'].find(
      (other) => other === type,
    );
    throw unusable(
      path,
      known === undefined ? 'its "type" is not "service_account"' : `it is of type ${known}, which is not taken`,
    );
  }
  const checked = contents.safeParse(parsed);
  if (!checked.success) {
    const names = [...new Set(checked.error.issues.map((issue) => String(issue.path[0])))];
    throw unusable(path, `${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} missing or not usable`);
  }
  const { project_id: projectId, client_email: clientEmail, private_key: privateKey } = checked.data;
  return { projectId, clientEmail, privateKey: new Secret(privateKey) };
}

/** The files of service accounts in a folder that have the name under which the Firebase console offers them. */
export async function findServiceAccounts(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /^.+-firebase-adminsdk-.+\.json$/.test(entry.name))
    .map((entry) => entry.name)
    .sort();
}

function unusable(path: string, reason: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_REALTIME_SERVICE_ACCOUNT',
    category: 'usage',
    message: `The service-account file ${JSON.stringify(basename(path))} cannot be used: ${reason}`,
    nextStep: 'download a new private key in the Firebase console under Project settings, Service accounts',
    context: { file: basename(path) },
  });
}
