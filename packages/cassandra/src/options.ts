import { resolve } from 'node:path';
import type { ConnectorDefinition } from '@datamigrato/core';
import type { Client } from 'cassandra-driver';
import * as z from 'zod';
import { findUsualFiles, isTokenText } from './credentials.js';
import { type ConsistencyName, consistencyLevels } from './session.js';
import { quietBatchBytes } from './write-group.js';

const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')], {
  error: 'true or false is needed',
});
const text = z.string().min(1);
const consistency = z.enum(Object.keys(consistencyLevels) as [ConsistencyName, ...ConsistencyName[]]);
const count = (maximum: number) => z.coerce.number().int().min(1).max(maximum);

const host = z
  .string()
  .regex(
    /^(?:[\w.-]+(?::\d{1,5})?|\[?[0-9A-Fa-f:.]+(?:%\w+)?\]?(?::\d{1,5})?)$/,
    'must be the name or the address of a host',
  );

const tlsFiles = z.strictObject({
  certificateAuthorityFile: text.optional(),
  certificateFile: text.optional(),
  keyFile: text.optional(),
});

/** The options as a user writes them; numbers and flags may be text, as they are in a connection string. */
const rawOptions = z.strictObject({
  client: z
    .custom<Client>(
      (value) => typeof value === 'object' && value !== null && 'execute' in value && 'metadata' in value,
      'is not a client of cassandra-driver',
    )
    .optional(),
  contactPoints: z
    .union([
      z.array(host).min(1),
      text.transform((list) => list.split(',').map((name) => name.trim())).pipe(z.array(host)),
    ])
    .optional(),
  port: count(65_535).default(9042),
  localDataCenter: text.optional(),
  username: text.optional(),
  password: z.string().optional(),
  keyspaceName: text,
  tls: z.union([flag, tlsFiles]).default(false),
  insecure: flag.default(false),
  secureBundle: text.optional(),
  token: text.optional(),
  databaseId: text.optional(),
  allowAnyBundleHost: flag.default(false),
  directory: text.optional(),
  connectDeadline: count(600_000).default(10_000),
  consistency: consistency.default('localQuorum'),
  readConsistency: consistency.optional(),
  createKeyspace: flag.default(false),
  replication: z.record(text, z.union([text, z.number()])).optional(),
  fetchSize: count(100_000).default(5_000),
  readTtl: flag.default(false),
  readWritetime: flag.default(false),
  writeStrategy: z.enum(['batch', 'single']).default('batch'),
  batchBytes: count(48 * 1024).default(quietBatchBytes),
  timeToLive: count(630_720_000).optional(),
  writeTimestamp: z
    .union([z.bigint(), z.string().regex(/^\d+$/).transform(BigInt), z.number().int().transform(BigInt)])
    .optional(),
});

/** What `cassandraConnector` takes. */
export type CassandraConnectorOptions = z.input<typeof rawOptions>;

/** How the cluster is reached. */
export type Reach =
  | { readonly by: 'client'; readonly client: Client }
  | {
      readonly by: 'nodes';
      readonly contactPoints: readonly string[];
      readonly port: number;
      readonly localDataCenter: string;
      readonly credentials: { readonly username: string; readonly password: string } | undefined;
      /** Absent: no TLS. */
      readonly tls: z.output<typeof tlsFiles> | undefined;
    }
  | {
      readonly by: 'bundle';
      readonly bundleFile: string;
      readonly credentials: { readonly username: string; readonly password: string } | undefined;
      /** A token, or the path of a token file. */
      readonly token: string | undefined;
    };

/** The options once they are checked and completed. */
export interface ConnectionOptions {
  readonly reach: Reach;
  readonly directory: string;
  readonly keyspaceName: string;
  readonly insecure: boolean;
  readonly allowAnyBundleHost: boolean;
  readonly databaseId: string | undefined;
  readonly connectDeadline: number;
  readonly readConsistency: ConsistencyName;
  readonly writeConsistency: ConsistencyName;
  /** Replication of a keyspace that is to be made; undefined where none is. */
  readonly createKeyspace: Readonly<Record<string, string | number>> | undefined;
  readonly fetchSize: number;
  readonly readTtl: boolean;
  readonly readWritetime: boolean;
  readonly writeStrategy: 'batch' | 'single';
  readonly batchBytes: number;
  readonly timeToLive: number | undefined;
  readonly writeTimestamp: bigint | undefined;
  /** What a user should be told about how the cluster is reached. */
  readonly notices: readonly string[];
}

/** Replication of a keyspace that is to be made and of which nothing else was said. */
const singleCopy = { class: 'SimpleStrategy', replication_factor: 1 } as const;

/** Checks options and looks for a bundle and a token file by their usual names where nothing else says how to connect. */
export const optionsSchema: ConnectorDefinition<ConnectionOptions, never, never>['options'] = {
  '~standard': {
    version: 1,
    vendor: 'datamigrato',
    async validate(value) {
      const raw = rawOptions.safeParse(value);
      if (!raw.success) return { issues: raw.error.issues };
      try {
        return { value: await completed(raw.data) };
      } catch (thrown) {
        if (!(thrown instanceof OptionProblem)) throw thrown;
        return { issues: [{ path: [thrown.option], message: thrown.message }] };
      }
    },
  },
};

class OptionProblem extends Error {
  readonly option: string;
  constructor(option: string, message: string) {
    super(message);
    this.option = option;
  }
}

async function completed(raw: RawOptions): Promise<ConnectionOptions> {
  const notices: string[] = [];
  const directory = resolve(raw.directory ?? process.cwd());
  const reach = await reachOf(raw, directory, notices);
  if (raw.insecure) {
    notices.push(
      'the nodes’ certificates are not verified (insecure): anybody on the way can read and change everything',
    );
  }
  if (raw.createKeyspace && raw.replication === undefined) {
    notices.push('if the keyspace is made, its data have one copy (SimpleStrategy, 1); say `replication` for more');
  }
  return {
    reach,
    directory,
    keyspaceName: raw.keyspaceName,
    insecure: raw.insecure,
    allowAnyBundleHost: raw.allowAnyBundleHost,
    databaseId: raw.databaseId,
    connectDeadline: raw.connectDeadline,
    readConsistency: raw.readConsistency ?? raw.consistency,
    writeConsistency: raw.consistency,
    createKeyspace: raw.createKeyspace ? (raw.replication ?? singleCopy) : undefined,
    fetchSize: raw.fetchSize,
    readTtl: raw.readTtl,
    readWritetime: raw.readWritetime,
    writeStrategy: raw.writeStrategy,
    batchBytes: raw.batchBytes,
    timeToLive: raw.timeToLive,
    writeTimestamp: raw.writeTimestamp,
    notices,
  };
}

type RawOptions = z.output<typeof rawOptions>;

async function reachOf(raw: RawOptions, directory: string, notices: string[]): Promise<Reach> {
  const ways = [raw.client, raw.contactPoints, raw.secureBundle ?? raw.databaseId].filter((way) => way !== undefined);
  if (ways.length > 1)
    throw new OptionProblem('contactPoints', 'say one of `client`, `contactPoints` and `secureBundle`');
  if ((raw.username === undefined) !== (raw.password === undefined))
    throw new OptionProblem('password', 'say both `username` and `password`, or neither');
  const credentials =
    raw.username === undefined || raw.password === undefined
      ? undefined
      : { username: raw.username, password: raw.password };
  if (raw.client !== undefined) return { by: 'client', client: raw.client };
  if (raw.contactPoints !== undefined) {
    if (raw.localDataCenter === undefined)
      throw new OptionProblem('localDataCenter', 'name the data centre to work in, such as datacenter1');
    const tls = raw.tls === false ? undefined : raw.tls === true ? {} : raw.tls;
    if (tls === undefined && raw.insecure)
      throw new OptionProblem('insecure', 'there is nothing to leave unverified without `tls`');
    if ((tls?.certificateFile === undefined) !== (tls?.keyFile === undefined))
      throw new OptionProblem('tls', 'say both `certificateFile` and `keyFile`, or neither');
    if (tls === undefined && credentials !== undefined)
      notices.push('the password and all data travel unencrypted: set `tls` where the nodes have it');
    return {
      by: 'nodes',
      contactPoints: raw.contactPoints,
      port: raw.port,
      localDataCenter: raw.localDataCenter,
      credentials,
      tls,
    };
  }
  return bundleReach(raw, directory, credentials, notices);
}

async function bundleReach(
  raw: RawOptions,
  directory: string,
  credentials: { readonly username: string; readonly password: string } | undefined,
  notices: string[],
): Promise<Reach> {
  const usual =
    raw.secureBundle === undefined || (raw.token === undefined && credentials === undefined)
      ? await usualFiles(directory)
      : { bundles: [], tokens: [] };
  const found = (kind: string, option: string, names: readonly string[]): string | undefined => {
    if (names.length > 1)
      throw new OptionProblem(
        option,
        `the directory holds more than one ${kind}, ${names.join(' and ')}: name one of them`,
      );
    if (names[0] !== undefined) notices.push(`the ${kind} ${names[0]} was found in the directory and is used`);
    return names[0];
  };
  const bundleFile = raw.secureBundle ?? found('secure connect bundle', 'secureBundle', usual.bundles);
  if (bundleFile === undefined)
    throw new OptionProblem(
      'contactPoints',
      'say how to connect: `contactPoints` and `localDataCenter`, or `secureBundle` and `token` for Astra DB',
    );
  if (raw.insecure) throw new OptionProblem('insecure', 'a connection by a secure connect bundle is always verified');
  const token = raw.token ?? (credentials === undefined ? found('token file', 'token', usual.tokens) : undefined);
  if (token === undefined && credentials === undefined)
    throw new OptionProblem('token', 'name the token file of the database, or say `username` and `password`');
  return {
    by: 'bundle',
    bundleFile: resolve(directory, bundleFile),
    credentials,
    token: token === undefined || isTokenText(token) ? token : resolve(directory, token),
  };
}

async function usualFiles(directory: string): ReturnType<typeof findUsualFiles> {
  try {
    return await findUsualFiles(directory);
  } catch (thrown) {
    throw new OptionProblem('directory', `cannot be listed: ${(thrown as NodeJS.ErrnoException).code}`);
  }
}
