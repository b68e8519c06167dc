import { type ConnectorDefinition, Secret } from '@datamigrato/core';
import { MongoClient } from 'mongodb';
import { z } from 'zod';
import { clientFacts, connectionFacts } from './connection-url.js';
import { readCredentialFile } from './credential-file.js';
import { insecureTls } from './insecure-tls.js';

/** How a user describes a MongoDB database. Exactly one of `clientUrl`, `credFile` and `client`. */
const userOptions = z
  .strictObject({
    clientUrl: z
      .string()
      .min(1)
      .optional()
      .meta({ description: 'Connection string, `mongodb://` or `mongodb+srv://`.' }),
    credFile: z
      .string()
      .min(1)
      .optional()
      .meta({ description: 'YAML file with the entry `client_url`, the connection string.' }),
    client: z
      .custom<MongoClient>(
        (value) => value === undefined || value instanceof MongoClient,
        'must be a MongoClient of the `mongodb` package that @datamigrato/mongodb depends on',
      )
      .optional()
      .meta({ description: 'A client of the driver, made and closed by the caller.' }),
    databaseName: z
      .string()
      .min(1)
      .max(63)
      .regex(/^[^/\\. "$*<>:|?\0]+$/, 'must hold none of / \\ . " $ * < > : | ? or a space')
      .optional()
      .meta({ description: 'The database; default: the one in the path of the connection string.' }),
    insecure: z
      .boolean()
      .optional()
      .meta({ description: 'Allows a connection string that switches the verification of certificates off.' }),
    createIndexes: z
      .boolean()
      .optional()
      .meta({ description: 'As a target: recreates the indexes of a collection that comes from MongoDB.' }),
  })
  .superRefine((options, context) => {
    const given = [options.clientUrl, options.credFile, options.client].filter((option) => option !== undefined);
    if (given.length !== 1) {
      context.addIssue({ code: 'custom', message: 'exactly one of clientUrl, credFile and client is needed' });
    }
  });

/** How a user describes a MongoDB database, unchecked. */
export type MongodbUserOptions = z.input<typeof userOptions>;

/** Checked options: a database that can be opened. */
export interface MongodbOptions {
  readonly connection: Secret | MongoClient;
  /** Scheme and hosts. */
  readonly address: string;
  readonly databaseName: string;
  /** Whether the certificate of the server is taken unverified, by the user's consent. */
  readonly unverified: boolean;
  readonly createIndexes: boolean;
  readonly notices: readonly string[];
}

type OptionsSchema = ConnectorDefinition<MongodbOptions, unknown, unknown>['options'];
type OptionsResult = Awaited<ReturnType<OptionsSchema['~standard']['validate']>>;

/**
 * The schema of the connector's options; reads the credential file where there is one.
 *
 * The second step is not a transform of the first schema: that library starts transforms without waiting for them, to find out whether they are asynchronous.
 */
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

async function resolveOptions(options: z.output<typeof userOptions>): Promise<OptionsResult> {
  const notices: string[] = [];
  if (options.credFile !== undefined) notices.push(`connection string read from ${options.credFile}`);
  const url = options.credFile === undefined ? (options.clientUrl ?? '') : await readCredentialFile(options.credFile);
  const facts =
    options.client === undefined ? connectionFacts(url) : { ...clientFacts(options.client), databaseName: undefined };
  if (facts.unverified) {
    if (options.insecure !== true && options.client === undefined) throw insecureTls(facts.address);
    notices.push(
      'INSECURE: the certificate of the server is not verified; anyone on the way can read and change the data',
    );
  }
  const databaseName = options.databaseName ?? facts.databaseName;
  if (databaseName === undefined) {
    const message = 'is needed where the connection string names no database in its path';
    return { issues: [{ path: ['databaseName'], message }] };
  }
  return {
    value: {
      connection: options.client ?? new Secret(url),
      address: facts.address,
      databaseName,
      unverified: facts.unverified,
      createIndexes: options.createIndexes ?? false,
      notices,
    },
  };
}
