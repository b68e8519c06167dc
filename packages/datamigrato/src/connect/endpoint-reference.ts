import { type Connector, DatamigratoError } from '@datamigrato/core';
import type { ConnectorSet } from './connector-set.js';
import { type RecordableStore, recordOf, type StoreTemplate } from './store-record.js';

/**
 * A store as a user names it: a connection string, or a connector with its options.
 *
 * Connection strings: `mongodb://…`, `mongodb+srv://…`, `cassandra://…`, `astra://…`, `firestore://…`, `rtdb://…`, `file:…`, those of further connectors, and a plain path, which is the same as `file:` before it.
 */
export type EndpointReference = string | EndpointOptions;

/** A connector and its options. */
export interface EndpointOptions {
  /** A connector, or the id of one that comes with this package. */
  readonly connector: string | Connector;
  /** What the connector's own documentation says. */
  readonly options?: object;
  /** The entity to read or write: a collection, a table, a file. */
  readonly entity?: string;
  /** What a run keeps in its folder to reach the store again, in place of `options`: `${NAME}` stands for an environment variable. Default: `options` without what may be secret. */
  readonly template?: StoreTemplate;
}

/** A store that is described well enough to be opened, and the entity that the reference names. */
export interface ResolvedReference extends RecordableStore {
  readonly entity: string | undefined;
}

/** Finds the connector of a reference, checks its options, and tells who listens of the secrets in them and in the files that they name. Opens nothing. */
export async function resolveReference(
  reference: EndpointReference,
  connectors: ConnectorSet,
): Promise<ResolvedReference> {
  const { connector, options, entity } =
    typeof reference === 'string' ? await readReference(reference, connectors) : reference;
  const found = typeof connector === 'string' ? await connectors.byId(connector) : connector;
  const configured = await found.configure(options ?? {});
  for (const secret of await configured.secrets()) {
    connectors.secrets.register(secret);
    connectors.secrets.registerUrl(secret);
  }
  return { configured, entity, record: recordOf(reference, found.id) };
}

/** The connector and the unchecked options of a connection string or path. */
export async function readReference(text: string, connectors: ConnectorSet): Promise<EndpointOptions> {
  const scheme = schemeOf(text);
  if (scheme === undefined) {
    if (text === '') throw empty();
    return { connector: await connectors.byId('file'), options: { path: text } };
  }
  const isRealtime = realtimeAddress.test(text);
  if (!isRealtime && (scheme === 'https' || scheme === 'http')) throw webAddress(scheme);
  const connector = await (isRealtime ? connectors.byId('firebase-realtime') : connectors.byScheme(scheme));
  // `mongodb:` alone means the connector, and all else comes as options.
  if (text.length === scheme.length + 1) return { connector, options: {} };
  const { options, entity } = connector.parseUrl(text);
  return { connector, options, ...(entity !== undefined && { entity }) };
}

/** Web addresses that are stores: those of Realtime Databases, as the Firebase console shows them. */
const realtimeAddress = /^https:\/\/[a-z0-9-]+(?:\.firebaseio\.com|\.[a-z0-9-]+\.firebasedatabase\.app)(?:[/?]|$)/i;

/** The scheme of a connection string in lower case; undefined for a path, also one with a drive letter. */
export function schemeOf(text: string): string | undefined {
  return /^([A-Za-z][A-Za-z0-9+.-]+):/.exec(text)?.[1]?.toLowerCase();
}

function empty(): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_URL_EMPTY',
    category: 'usage',
    message: 'The connection string is empty',
    nextStep: 'check the variable that it comes from; `datamigrato connectors` lists the forms there are',
  });
}

function webAddress(scheme: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_CONNECTOR_UNKNOWN',
    category: 'usage',
    message: `No connector for "${scheme}:": a document on the web is no store`,
    nextStep: 'put its records into a store with `datamigrato populate <url> <to>`',
  });
}
