import type { CallOptions, EndpointDescription } from '@datamigrato/core';
import firestore from '@google-cloud/firestore';
import gax from 'google-gax';
import { codeOf, deadlineExceeded, status, translateError } from './errors.js';
import { MessageStream } from './message-stream.js';
import type { FirestoreClientLike, FirestoreOptions } from './options.js';
import { createMetadata, type FirestoreStub, type Streaming, type Unary } from './stub.js';

/** An open database. */
export interface FirestoreDatabase {
  readonly stub: FirestoreStub;
  /** The endpoint as it may be shown. */
  readonly where: string;
  /** `projects/…/databases/…` */
  readonly database: string;
  /** What names of documents begin with: {@link database} and `/documents`. */
  readonly documents: string;
  readonly isEmulator: boolean;
  readonly rampUp: boolean;
  readonly missingParents: boolean;
  /** Paths of the sub-collections that lie in their parents' records. */
  readonly embed: readonly string[];
  /** Sends a request with one answer: it ends within the deadline and as soon as the call is aborted. Failures of the driver are thrown as they are. */
  ask<Request, Response>(method: Unary<Request, Response>, request: Request, call: CallOptions): Promise<Response>;
  /** Sends a request with many answers. */
  stream<Request, Message>(
    method: Streaming<Request, Message>,
    request: Request,
    call: CallOptions,
    where: string,
  ): MessageStream<Message>;
  close(): Promise<void>;
}

/** What may be shown of an endpoint. */
export function describeEndpoint(options: FirestoreOptions): EndpointDescription {
  const { projectId, databaseId, access, embed, notices } = options;
  const said = [
    ...(access.type === 'emulator' ? [`emulator=${access.host}:${access.port}`] : []),
    // What a record is made of depends on it, and what is deleted with one.
    ...(embed.length > 0 ? [`embed=${embed.join(',')}`] : []),
  ];
  const query = said.length === 0 ? '' : `?${said.join('&')}`;
  return { id: `firestore://${projectId}/${databaseId}${query}`, notices };
}

/**
 * Connects and asks for an answer, so that wrong credentials, projects and addresses show at once.
 *
 * @throws DatamigratoError within the deadline: `DM_ENDPOINT_UNREACHABLE`, `DM_FIRESTORE_AUTH`, `DM_FIRESTORE_PERMISSION`, …
 */
export async function openDatabase(options: FirestoreOptions, call: CallOptions): Promise<FirestoreDatabase> {
  const { id: where } = describeEndpoint(options);
  const client = createClient(options);
  const database = `projects/${options.projectId}/databases/${options.databaseId}`;
  const { access } = options;
  const isEmulator = access.type === 'emulator' || (access.type === 'client' && access.isEmulator);
  const close = async (): Promise<void> => {
    if (access.type !== 'client') await client.close();
  };
  try {
    const stub = (await waitFor(client.initialize(), call, where)) as FirestoreStub;
    const metadata = createMetadata(database, isEmulator);
    const opened: FirestoreDatabase = {
      stub,
      where,
      database,
      documents: `${database}/documents`,
      isEmulator,
      rampUp: options.rampUp && !isEmulator,
      missingParents: options.missingParents,
      embed: options.embed,
      ask: (method, request, asked) => ask(method.bind(stub), request, metadata, asked),
      stream: (method, request, asked, doing) => new MessageStream(method.call(stub, request, metadata), asked, doing),
      close,
    };
    await opened
      .ask(stub.listCollectionIds, { parent: opened.documents, pageSize: 1, pageToken: '' }, call)
      .catch((error: unknown) => {
        // No security rule lets a user list collections: a client of theirs has reached the database, and may read what it names.
        if (access.type !== 'client' || codeOf(error) !== status.permissionDenied) throw error;
      });
    return opened;
  } catch (error) {
    // A client that could not be set up says so here once more.
    await close().catch(() => undefined);
    if (call.signal.aborted) throw call.signal.reason;
    throw translateError(error, where);
  }
}

function createClient({ projectId, access }: FirestoreOptions): FirestoreClientLike {
  // Said here, so that no variable of the environment names another cloud, and nothing asks the network which one it is in.
  const universe = { universeDomain: 'googleapis.com', clientOptions: { universeDomain: 'googleapis.com' } };
  // A server that is back is found within two seconds, where the driver would wait for up to two minutes.
  const reconnecting = { 'grpc.initial_reconnect_backoff_ms': 200, 'grpc.max_reconnect_backoff_ms': 2_000 };
  // All calls share one connection: one that has gone dead without a word is given up within 40 seconds, where the driver would keep it.
  const noticing = { 'grpc.keepalive_time_ms': 30_000, 'grpc.keepalive_timeout_ms': 10_000 };
  const settings = { ...universe, ...reconnecting, ...noticing, projectId };
  switch (access.type) {
    case 'client':
      return access.client;
    case 'emulator': {
      const sslCreds = gax.grpc.credentials.createInsecure();
      return new firestore.v1.FirestoreClient({
        ...settings,
        servicePath: access.host,
        port: access.port,
        sslCreds,
      });
    }
    case 'service-account':
      return new firestore.v1.FirestoreClient({
        ...settings,
        credentials: { client_email: access.account.clientEmail, private_key: access.account.privateKey.reveal() },
      });
    case 'application-default':
      return new firestore.v1.FirestoreClient(settings);
  }
}

function ask<Request, Response>(
  method: Unary<Request, Response>,
  request: Request,
  metadata: gax.grpc.Metadata,
  { signal, deadline }: CallOptions,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const underWay = method(request, metadata, { deadline: Date.now() + deadline }, (error, response) => {
      signal.removeEventListener('abort', onAbort);
      if (error !== null) reject(error);
      else resolve(response as Response);
    });
    const onAbort = (): void => {
      underWay.cancel();
      reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** Waits for what has no deadline of its own: credentials may come from a network that does not answer. */
async function waitFor<Result>(
  promise: Promise<Result>,
  { signal, deadline }: CallOptions,
  where: string,
): Promise<Result> {
  signal.throwIfAborted();
  const timer = new AbortController();
  const either = AbortSignal.any([signal, timer.signal]);
  const timeout = setTimeout(() => timer.abort(deadlineExceeded(where, deadline)), deadline);
  try {
    return await new Promise<Result>((resolve, reject) => {
      either.addEventListener('abort', () => reject(either.reason), { once: true });
      promise.then(resolve, reject);
    });
  } finally {
    clearTimeout(timeout);
  }
}
