import { basename, join } from 'node:path';
import { type ConnectorDefinition, DatamigratoError, isDatamigratoError, Secret } from '@datamigrato/core';
import type { App } from 'firebase-admin/app';
import { z } from 'zod';
import { type DatabaseAddress, databaseAddress } from './database-address.js';
import { entityPathOf } from './entity-path.js';
import { findServiceAccounts, readServiceAccount, type ServiceAccount } from './service-account.js';

/** The variable by which Google's libraries are sent to an emulator. */
const emulatorVariable = 'FIREBASE_DATABASE_EMULATOR_HOST';

const text = z.string().min(1);

const rawOptions = z.strictObject({
  referenceUrl: text.meta({
    description:
      'Address of the database, `https://….firebaseio.com` or `https://….firebasedatabase.app`; a path in it is taken for the root.',
  }),
  rootNode: z
    .union([text.transform((node) => [node]), z.array(text).min(1)])
    .optional()
    .meta({ description: 'The node, or nodes, whose children are the records; default: what looks like that.' }),
  serviceAccount: text
    .optional()
    .meta({ description: 'JSON file of a service account, as the Firebase console offers it.' }),
  token: z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'must be an access token, which has neither spaces nor letters beyond ASCII')
    .optional()
    .meta({ description: 'An OAuth 2 access token instead.' }),
  app: z
    .custom<App>(
      (value) => typeof value === 'object' && value !== null && 'options' in value && 'name' in value,
      'is not an app of firebase-admin',
    )
    .optional()
    .meta({ description: 'An app of `firebase-admin` instead, made and deleted by the caller.' }),
  emulator: z
    .union([z.boolean(), text])
    .optional()
    .meta({
      description: `Host and port of an emulator; \`true\`: those in ${emulatorVariable} or in an \`http:\` address.`,
    }),
  directory: text.optional().meta({
    description: 'Where service-account files are looked for by their usual name. Default: the working directory.',
  }),
});

/** How a user describes a Realtime Database. */
export type FirebaseRealtimeOptions = z.input<typeof rawOptions>;

/** What proves that requests are allowed. */
export type Access =
  | { readonly by: 'service-account'; readonly account: ServiceAccount }
  | { readonly by: 'app'; readonly app: App }
  | { readonly by: 'token'; readonly token: Secret }
  | { readonly by: 'owner' }
  | { readonly by: 'nothing' };

/** Checked options: a database that can be opened. */
export interface ConnectionOptions {
  readonly address: DatabaseAddress;
  readonly access: Access;
  /** The entities that there are, by the user's word; undefined where the database is to be looked at. */
  readonly entities: readonly string[] | undefined;
  readonly notices: readonly string[];
}

type OptionsSchema = ConnectorDefinition<ConnectionOptions, unknown, unknown>['options'];

/** Checks options, reads the service account and looks for one by its usual name where nothing else is said. */
export const optionsSchema: OptionsSchema = {
  '~standard': {
    version: 1,
    vendor: 'datamigrato',
    async validate(raw) {
      const checked = rawOptions.safeParse(raw);
      if (!checked.success) return { issues: checked.error.issues };
      try {
        return { value: await completed(checked.data) };
      } catch (error) {
        if (isDatamigratoError(error) && error.code === 'DM_REALTIME_URL')
          return { issues: [{ message: error.message, path: ['referenceUrl'] }] };
        throw error;
      }
    },
  },
};

/** What nobody may see of options: the token, or the private key. */
export async function secretsOf({ access }: ConnectionOptions): Promise<readonly string[]> {
  if (access.by === 'token') return [access.token.reveal()];
  return access.by === 'service-account' ? [access.account.privateKey.reveal()] : [];
}

async function completed(options: z.output<typeof rawOptions>): Promise<ConnectionOptions> {
  const emulator = emulatorOf(options.emulator, options.referenceUrl);
  const address = databaseAddress(options.referenceUrl, emulator.host);
  if (address.namespace !== undefined && !emulator.wanted)
    throw emulatorUnwanted(address.origin, 'The address is http:');
  const notices: string[] = [];
  if (emulator.wanted) notices.push(`an emulator at ${address.origin} takes the place of the database`);
  const access = await accessOf(options, emulator.wanted, notices);
  for (const node of options.rootNode ?? []) entityPathOf(node);
  return { address, access, entities: options.rootNode, notices };
}

/** Whether an emulator is meant, and where it is unless the address tells. */
function emulatorOf(
  option: boolean | string | undefined,
  referenceUrl: string,
): { readonly wanted: boolean; readonly host: string | undefined } {
  const variable = process.env[emulatorVariable];
  if (option === undefined && variable !== undefined && variable !== '')
    throw emulatorUnwanted(variable, `The variable ${emulatorVariable} is set`);
  if (option === undefined || option === false || option === 'false') return { wanted: false, host: undefined };
  if (typeof option === 'string' && option !== 'true') return { wanted: true, host: option };
  if (variable !== undefined && variable !== '') return { wanted: true, host: variable };
  if (/^http:/i.test(referenceUrl)) return { wanted: true, host: undefined };
  throw new DatamigratoError({
    code: 'DM_REALTIME_EMULATOR',
    category: 'usage',
    message: `An emulator is wanted, and nothing says where it is`,
    nextStep: `set ${emulatorVariable}, or give the option emulator as host:port`,
  });
}

function emulatorUnwanted(where: string, why: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_REALTIME_EMULATOR',
    category: 'usage',
    message: `${why}, which would send this job to an emulator at ${where} without anybody having said so`,
    nextStep: 'add the option emulator if that is meant; else unset the variable, or use the https: address',
  });
}

async function accessOf(
  { serviceAccount, token, app, directory }: z.output<typeof rawOptions>,
  emulator: boolean,
  notices: string[],
): Promise<Access> {
  const given = [serviceAccount, token, app].filter((option) => option !== undefined).length;
  if (given > 1) {
    throw new DatamigratoError({
      code: 'DM_OPTIONS_INVALID',
      category: 'usage',
      message: 'Only one of the options serviceAccount, token and app can be used',
      nextStep: 'leave the others out',
    });
  }
  if (token !== undefined) return { by: 'token', token: new Secret(token) };
  // A token of Google's goes to Google alone.
  if (emulator) return { by: 'owner' };
  if (app !== undefined) return { by: 'app', app };
  if (serviceAccount !== undefined) return { by: 'service-account', account: await readServiceAccount(serviceAccount) };
  const folder = directory ?? process.cwd();
  const [found, ...more] = await findServiceAccounts(folder);
  if (found !== undefined && more.length === 0) {
    notices.push(`service account read from ${found}`);
    return { by: 'service-account', account: await readServiceAccount(join(folder, found)) };
  }
  if (found !== undefined) {
    throw new DatamigratoError({
      code: 'DM_REALTIME_SERVICE_ACCOUNT',
      category: 'usage',
      message: `There are several service-account files: ${[found, ...more].map((name) => basename(name)).join(', ')}`,
      nextStep: 'name one of them with the option serviceAccount',
    });
  }
  notices.push('no credential was given: the security rules of the database decide what may be done');
  return { by: 'nothing' };
}
