import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { type ConnectorDefinition, DatamigratoError } from '@datamigrato/core';
import { z } from 'zod';
import {
  checkDefaultCredentials,
  findServiceAccounts,
  readServiceAccount,
  type ServiceAccount,
} from './service-account.js';

/** The slice of `v1.FirestoreClient` that is used. */
export interface FirestoreClientLike {
  initialize(): Promise<object>;
  close(): Promise<void>;
}

/** The environment variable by which Google's own libraries are sent to an emulator. */
const emulatorVariable = 'FIRESTORE_EMULATOR_HOST';

/** A sub-collection of every document of a collection, at any depth. */
const subCollection = /^(?!\.{1,2}\/)[^/*][^/]*(?:\/\*\/(?!\.{1,2}(?:\/|$)|dm_split$)[^/]+)+$/u;

const address = /^(?:\[[0-9A-Fa-f:]+\]|[A-Za-z0-9.-]+):\d{1,5}$/;

/** How a user describes a Firestore database. */
const userOptions = z.strictObject({
  projectId: z
    .string()
    .regex(/^(?:[a-z0-9.-]+:)?[a-z0-9-]+$/, 'must be the id of a project, such as `shop-1234`')
    .optional()
    .meta({ description: 'The project; default: the one that the credentials name.' }),
  databaseId: z
    .string()
    .regex(/^(?:\(default\)|[a-z][a-z0-9-]{2,62})$/, 'must be `(default)` or the id of a database')
    .default('(default)')
    .meta({ description: 'The database of the project.' }),
  serviceAccount: z.string().min(1).optional().meta({
    description:
      'JSON file of a service account; default: the one `*-firebase-adminsdk-*.json` of the working directory.',
  }),
  applicationDefault: z
    .boolean()
    .optional()
    .meta({ description: 'Uses the application default credentials of this machine or of the cloud that it runs in.' }),
  allowExternalAccount: z
    .boolean()
    .optional()
    .meta({ description: 'Allows application default credentials of the type `external_account`.' }),
  emulator: z
    .union([z.boolean(), z.string().regex(address, 'must be `host:port`')])
    .optional()
    .meta({
      description:
        '`host:port` of an emulator; `true`: the one that FIRESTORE_EMULATOR_HOST names; `false`: none, whatever it names.',
    }),
  client: z
    .custom<FirestoreClientLike>(
      (value) =>
        value === undefined ||
        (typeof value === 'object' && value !== null && 'initialize' in value && 'batchWrite' in value),
      'must be a `v1.FirestoreClient` of the `@google-cloud/firestore` package',
    )
    .optional()
    .meta({
      description:
        'A `v1.FirestoreClient`, made and closed by the caller; needs `projectId`, and `emulator` where it leads to one.',
    }),
  rampUp: z.boolean().default(true).meta({
    description:
      'As a target: starts with 500 writes a second and allows half as many more every five minutes. Never for an emulator.',
  }),
  missingParents: z.boolean().default(true).meta({
    description:
      'As a source: gives documents that exist only as parents of others as empty records, for which the names of all documents below a collection are read.',
  }),
  embed: z
    .union([z.string().transform((text) => text.split(',')), z.array(z.string()).readonly()])
    .pipe(z.array(z.string().regex(subCollection, 'must be the path of a sub-collection, such as `users/*/messages`')))
    .default([])
    .meta({
      description:
        'Sub-collections that lie in the records of their parents as arrays, such as `users/*/messages`; in one text they are separated by commas.',
    }),
});

/** How a user describes a Firestore database, unchecked. */
export type FirestoreUserOptions = z.input<typeof userOptions>;

/** How requests are authorised. */
type Access =
  | { readonly type: 'emulator'; readonly host: string; readonly port: number }
  | { readonly type: 'service-account'; readonly account: ServiceAccount }
  | { readonly type: 'application-default' }
  /** Whether the client leads to an emulator has to be said, too: nothing in it tells. */
  | { readonly type: 'client'; readonly client: FirestoreClientLike; readonly isEmulator: boolean };

/** Checked options: a database that can be opened. */
export interface FirestoreOptions {
  readonly projectId: string;
  readonly databaseId: string;
  readonly access: Access;
  readonly rampUp: boolean;
  readonly missingParents: boolean;
  /** Paths of the sub-collections that lie in their parents' records, sorted. */
  readonly embed: readonly string[];
  readonly notices: readonly string[];
}

type OptionsSchema = ConnectorDefinition<FirestoreOptions, unknown, unknown>['options'];
type OptionsResult = Awaited<ReturnType<OptionsSchema['~standard']['validate']>>;
type CheckedOptions = z.output<typeof userOptions>;

/** The schema of the connector's options; reads and checks the credential file where there is one. Connects to nothing. */
export const optionsSchema: OptionsSchema = {
  '~standard': {
    version: 1,
    vendor: 'datamigrato',
    async validate(raw) {
      const checked = await userOptions['~standard'].validate(raw);
      return checked.issues === undefined ? await resolveOptions(checked.value) : checked;
    },
  },
};

async function resolveOptions(options: CheckedOptions): Promise<OptionsResult> {
  const found = await findAccess(options);
  const projectId = options.projectId ?? found.projectId;
  if (projectId === undefined) {
    return { issues: [{ path: ['projectId'], message: 'is needed: nothing else names the project' }] };
  }
  const { databaseId, rampUp, missingParents } = options;
  const embed = [...new Set(options.embed)].sort();
  return {
    value: { projectId, databaseId, access: found.access, rampUp, missingParents, embed, notices: found.notices },
  };
}

interface FoundAccess {
  readonly access: Access;
  readonly projectId?: string | undefined;
  readonly notices: readonly string[];
}

async function findAccess(options: CheckedOptions): Promise<FoundAccess> {
  if (options.client !== undefined) {
    const isEmulator = options.emulator !== undefined && options.emulator !== false;
    return { access: { type: 'client', client: options.client, isEmulator }, notices: [] };
  }
  const emulator = emulatorOf(options.emulator);
  if (emulator !== undefined)
    return { access: emulator, notices: [`${emulator.host}:${emulator.port} is an emulator`] };
  if (options.serviceAccount !== undefined) {
    const account = await readServiceAccount(options.serviceAccount);
    return { access: { type: 'service-account', account }, projectId: account.projectId, notices: [] };
  }
  if (options.applicationDefault !== true) {
    const [path, ...others] = await findServiceAccounts('.');
    if (others.length > 0) throw noCredentials('the working directory has several files `*-firebase-adminsdk-*.json`');
    if (path !== undefined) {
      const account = await readServiceAccount(path);
      const notices = [`service account read from ${basename(path)}`];
      return { access: { type: 'service-account', account }, projectId: account.projectId, notices };
    }
  }
  return await applicationDefault(options);
}

/** The emulator that was consented to. The variable alone redirects nothing: what it asks of other programs is not said to this one. */
function emulatorOf(emulator: boolean | string | undefined): (Access & { readonly type: 'emulator' }) | undefined {
  if (emulator === false) return undefined;
  const named = process.env[emulatorVariable];
  if (emulator === undefined) {
    if (named === undefined || named === '') return undefined;
    throw new DatamigratoError({
      code: 'DM_FIRESTORE_EMULATOR_UNASKED',
      category: 'usage',
      message: `The variable ${emulatorVariable} names an emulator, and nothing says whether it is meant`,
      nextStep: 'set the option `emulator` to true for the emulator, or to false for the database in the cloud',
    });
  }
  const text = emulator === true ? named : emulator;
  if (text === undefined || !address.test(text)) {
    throw new DatamigratoError({
      code: 'DM_FIRESTORE_EMULATOR_UNASKED',
      category: 'usage',
      message: `The option \`emulator\` is true, and the variable ${emulatorVariable} names no \`host:port\``,
      nextStep: 'set the option to the address of the emulator, such as `127.0.0.1:8080`',
    });
  }
  const colon = text.lastIndexOf(':');
  return { type: 'emulator', host: text.slice(0, colon), port: Number(text.slice(colon + 1)) };
}

async function applicationDefault(options: CheckedOptions): Promise<FoundAccess> {
  const named = process.env['GOOGLE_APPLICATION_CREDENTIALS'];
  const usual = join(
    process.env['CLOUDSDK_CONFIG'] ?? join(homedir(), '.config', 'gcloud'),
    'application_default_credentials.json',
  );
  const path = named || ((await exists(usual)) ? usual : undefined);
  if (path === undefined && options.applicationDefault !== true) throw noCredentials('none were given or found');
  const projectId =
    path === undefined ? undefined : await checkDefaultCredentials(path, options.allowExternalAccount === true);
  const source = path === undefined ? 'of the machine that this runs on' : `read from ${basename(path)}`;
  return { access: { type: 'application-default' }, projectId, notices: [`application default credentials ${source}`] };
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return false;
    throw error;
  }
}

function noCredentials(why: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_FIRESTORE_CREDENTIALS',
    category: 'usage',
    message: `There are no credentials for Firestore: ${why}`,
    nextStep:
      'give the file of a service account as `serviceAccount`, set `applicationDefault` to true, or name an `emulator`',
  });
}
