import type { StandardSchemaV1 } from '@standard-schema/spec';
import { DatamigratoError, isDatamigratoError } from '../error/datamigrato-error.js';
import type { Admin } from './admin.js';
import type { CallOptions } from './call-options.js';
import type { ConnectorDefinition, EndpointDescription, ParsedUrl } from './connector-definition.js';
import type { Manifest } from './manifest.js';
import type { RecordCodec } from './record-codec.js';
import type { Source } from './source.js';
import type { Target } from './target.js';

/** A connector as core and applications use it: its type parameters are closed over, so that connectors of different stores fit into one list. */
export interface Connector {
  /** Version of the contract that the definition was written for. */
  readonly specVersion: 1;
  readonly id: string;
  readonly version: string;
  readonly schemes: readonly string[];
  readonly manifest: Manifest;
  readonly codec: RecordCodec<unknown>;
  /** What the connector can do, as a definition's members say. */
  readonly capabilities: { readonly source: boolean; readonly target: boolean; readonly admin: boolean };
  parseUrl(url: string): ParsedUrl;
  /** The options that the connector's schema makes of raw ones, as an endpoint that is not yet open. Throws `DM_OPTIONS_INVALID`. */
  configure(rawOptions: unknown): Promise<ConfiguredEndpoint>;
}

/** A store that a user described well enough to be opened. */
export interface ConfiguredEndpoint {
  readonly connector: Connector;
  readonly description: EndpointDescription;
  /** Texts that nobody may see: passwords, tokens, keys, connection strings with any of these. To be kept out of logs before the endpoint is opened. */
  secrets(): Promise<readonly string[]>;
  open(call: CallOptions): Promise<Endpoint>;
}

/** An open store. */
export interface Endpoint extends AsyncDisposable {
  readonly connector: Connector;
  readonly description: EndpointDescription;
  /** Throws `DM_ROLE_MISSING` where the connector cannot read. */
  source(): Source<unknown>;
  /** Throws `DM_ROLE_MISSING` where the connector cannot write. */
  target(): Target<unknown>;
  /** Undefined where the connector has none. */
  admin(): Admin | undefined;
  /** Closes the connection; closing again does nothing. */
  close(): Promise<void>;
}

/**
 * Makes a connector from its definition.
 *
 * The result checks options against the schema, refuses calls after close and closes once.
 *
 * @example
 * ```ts
 * export const memory = defineConnector({ specVersion: 1, id: 'memory', …  });
 * ```
 */
export function defineConnector<Options, Client, Native>(
  definition: ConnectorDefinition<Options, Client, Native>,
): Connector {
  const connector: Connector = {
    specVersion: definition.specVersion,
    id: definition.id,
    version: definition.version,
    schemes: definition.schemes,
    manifest: definition.manifest,
    codec: definition.codec,
    capabilities: {
      source: definition.source !== undefined,
      target: definition.target !== undefined,
      admin: definition.admin !== undefined,
    },
    parseUrl: (url) => definition.parseUrl(url),
    async configure(rawOptions) {
      const options = await checkedOptions(definition.id, definition.options, rawOptions);
      const description = definition.describe(options);
      const codec = definition.codecFor?.(options);
      const configured = codec === undefined ? connector : { ...connector, codec };
      return {
        connector: configured,
        description,
        secrets: async () => (await definition.secrets?.(options)) ?? [],
        open: async (call) => openEndpoint(configured, definition, description, await definition.open(options, call)),
      };
    },
  };
  return connector;
}

async function checkedOptions<Options>(
  id: string,
  schema: StandardSchemaV1<unknown, Options>,
  rawOptions: unknown,
): Promise<Options> {
  const result = await schema['~standard'].validate(rawOptions);
  if (!result.issues) return result.value;
  const problems = result.issues.map((issue) => {
    const path = (issue.path ?? [])
      .map((segment) => String(typeof segment === 'object' ? segment.key : segment))
      .join('.');
    return path === '' ? issue.message : `${path}: ${issue.message}`;
  });
  throw new DatamigratoError({
    code: 'DM_OPTIONS_INVALID',
    category: 'usage',
    message: `The options of connector ${id} are not usable: ${problems.join('; ')}`,
    nextStep: `correct ${problems.length === 1 ? 'this option' : 'these options'}; the connector's README lists all of them`,
  });
}

function openEndpoint<Options, Client, Native>(
  connector: Connector,
  definition: ConnectorDefinition<Options, Client, Native>,
  description: EndpointDescription,
  client: Client,
): Endpoint {
  let closing: Promise<void> | undefined;
  const whileOpen = (): Client => {
    if (closing) {
      throw new DatamigratoError({
        code: 'DM_ENDPOINT_CLOSED',
        category: 'internal',
        message: `The endpoint ${description.id} was used after it was closed`,
      });
    }
    return client;
  };
  const close = (): Promise<void> => {
    closing ??= definition.close(client);
    return closing;
  };
  const missing = (role: string): DatamigratoError =>
    new DatamigratoError({
      code: 'DM_ROLE_MISSING',
      category: 'usage',
      message: `The connector ${definition.id} cannot be used as a ${role}`,
      nextStep: 'run `datamigrato connectors` to see what each connector can do',
    });
  return {
    connector,
    description,
    source() {
      if (!definition.source) throw missing('source');
      return definition.source(whileOpen());
    },
    target() {
      if (!definition.target) throw missing('target');
      return definition.target(whileOpen());
    },
    admin: () => definition.admin?.(whileOpen()),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The error as one of ours: itself, or an unknown one as a fault of this program that keeps its cause. */
export function asDatamigratoError(thrown: unknown, where: string): DatamigratoError {
  if (isDatamigratoError(thrown)) return thrown;
  return new DatamigratoError({
    code: 'DM_INTERNAL',
    category: 'internal',
    message: `An unexpected error in ${where}: ${thrown instanceof Error ? thrown.name : typeof thrown}`,
    cause: thrown,
    nextStep: 'report it with the output of the same command and `--verbose`',
  });
}
