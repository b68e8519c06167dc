import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { Database } from './database/database.js';
import { Namespaces, namespaceOf } from './database/namespaces.js';
import { type ChangeLog, forgetfulLog } from './durable/change-log.js';
import { DurableFolder } from './durable/durable-folder.js';
import type { FaultInjector } from './faults.js';
import { documentedLimits, type RealtimeLimits } from './limits.js';
import { RequestRefusal } from './request-refusal.js';
import { requestTarget } from './request-target.js';
import { handleRest } from './rest/handle-rest.js';
import { openRules, Rules } from './rules/rules.js';
import { RulesError } from './rules/rules-error.js';
import type { ServerContext } from './server-context.js';
import { RealtimeServerError } from './server-error.js';
import { nodeText } from './tree/node-text.js';
import { parsePath } from './tree/path.js';
import { Session } from './websocket/session.js';

/** How to start a server; everything may be left out. */
export interface RealtimeServerOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Address to listen on. Default: `127.0.0.1`, which only this machine reaches. */
  readonly host?: string;
  /** The bearer token that is above all rules. Default: `owner`, which is what Firebase's libraries send to an emulator. */
  readonly ownerToken?: string;
  /** Namespace of requests that name none, by `?ns=` or by host. Default: `default`. */
  readonly namespace?: string;
  /** Security rules of every database, as JSON text or as an object. Default: everybody may do everything, and nothing is indexed. */
  readonly rules?: string | Readonly<Record<string, unknown>>;
  /** Where data are kept over restarts and kills. Default: nowhere. */
  readonly folder?: string;
  /** Wait for the disk at every write, so that acknowledged data survive a power failure as well. Default: false. */
  readonly syncWrites?: boolean;
  /** Bytes of log in the folder after which a snapshot takes its place, unless the last snapshot was longer. Default: 16 MiB. */
  readonly snapshotAfterBytes?: number;
  readonly limits?: Partial<RealtimeLimits>;
  /** Milliseconds since 1970, for `{".sv": "timestamp"}`, names of new children and the expiry of tokens. Default: the machine's clock. */
  readonly clock?: () => number;
  /** Is told of an error that is neither a client's nor the caller's doing; the request then fails. Default: a warning of the process. */
  readonly onError?: (error: Error) => void;
}

/** A running Realtime Database server. */
export interface RealtimeServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** `http://127.0.0.1:9000`: the base of REST requests. */
  readonly url: string;
  /** `http://127.0.0.1:9000?ns=demo`: what client libraries call `databaseURL`. */
  databaseUrl(namespace?: string): string;
  /** Empties a database, or all of them; their rules go back to those that the server was started with. Listeners are told. */
  reset(namespace?: string): void;
  /** What stands at a place such as `users/ada`, as parsed JSON with `.priority` and `.value` where there are priorities; null for nothing. */
  read(path: string, namespace?: string): unknown;
  /** Puts JSON data at a place, rules or not. */
  write(path: string, data: unknown, namespace?: string): void;
  /** Replaces the rules of a database. Throws `usage` where they cannot be used. */
  setRules(rules: string | Readonly<Record<string, unknown>>, namespace?: string): void;
  /** From now on every request is put before the injector, which may spoil it; `undefined` ends that. */
  injectFaults(injector: FaultInjector | undefined): void;
  /** Ends every connection of client libraries without a word, as a network does that fails. */
  dropConnections(): void;
  /** Tells every connected client library that its token has expired, and ends streams that were asked for with one. */
  expireTokens(): void;
  /** Ends all connections and gives the port back. */
  stop(): Promise<void>;
}

/**
 * Starts a server and resolves when it listens, within milliseconds.
 *
 * @throws RealtimeServerError `address-in-use`, `folder-in-use`, `folder-damaged`, `usage`
 */
export async function startRealtimeServer(options: RealtimeServerOptions = {}): Promise<RealtimeServer> {
  const server = new EmbeddedServer(options);
  try {
    await server.listen(options.port ?? 0);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

class EmbeddedServer implements RealtimeServer {
  readonly host: string;
  readonly #context: ServerContext;
  readonly #rules: Rules;
  readonly #http: Server;
  readonly #websockets: WebSocketServer;
  readonly #sessions = new Set<Session>();
  readonly #folder: DurableFolder | undefined;
  #injector: FaultInjector | undefined;
  #port = 0;
  #stopped: Promise<void> | undefined;

  constructor(options: RealtimeServerOptions) {
    this.host = options.host ?? '127.0.0.1';
    this.#rules = parseRules(options.rules ?? openRules);
    const limits = { ...documentedLimits, ...options.limits };
    // A message that is too long is refused with an answer, unless it is far too long.
    const maxPayload = 2 * limits.messageBytes;
    this.#websockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload });
    const clock = options.clock ?? Date.now;
    const report = options.onError ?? ((error: Error) => process.emitWarning(error));
    const log = (): ChangeLog => this.#folder ?? forgetfulLog;
    const namespaces = new Namespaces((name) => new Database(name, { limits, rules: this.#rules, log, clock }));
    this.#folder = openFolder(options, namespaces, report);
    this.#context = {
      namespaces,
      defaultNamespace: options.namespace ?? 'default',
      limits,
      ownerToken: options.ownerToken ?? 'owner',
      expirableStreams: new Set(),
      clock,
      report,
      faults: () => this.#injector,
    };
    this.#http = createServer((request, response) => {
      handleRest(request, response, this.#context).catch((error: Error) => {
        // A client that goes away in the middle of its request is nobody's fault.
        if (!request.destroyed || request.complete) this.#context.report(error);
        response.destroy();
      });
    });
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `http://${this.host.includes(':') ? `[${this.host}]` : this.host}:${this.#port}`;
  }

  databaseUrl(namespace: string = this.#context.defaultNamespace): string {
    return `${this.url}?ns=${namespace}`;
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#http.once('error', (cause: NodeJS.ErrnoException) => {
        const isTaken = cause.code === 'EADDRINUSE';
        const what = `The server cannot listen on ${this.host}:${port}${isTaken ? ', which is in use' : ''}: ${cause.message}`;
        reject(new RealtimeServerError(isTaken ? 'address-in-use' : 'server-failed', what, { cause }));
      });
      this.#http.listen(port, this.host, resolve);
    });
    const address = this.#http.address();
    if (typeof address === 'object' && address !== null) this.#port = address.port;
  }

  reset(namespace?: string): void {
    const databases =
      namespace === undefined ? [...this.#context.namespaces.all()] : [this.#context.namespaces.get(namespace)];
    for (const database of databases) {
      database.changeRules(this.#rules);
      database.write({ type: 'owner' }, [], [{ path: [], data: null }]);
    }
  }

  read(path: string, namespace: string = this.#context.defaultNamespace): unknown {
    const { tree, limits } = this.#context.namespaces.get(namespace);
    return JSON.parse(nodeText(tree.get(parsePath(path)), 'export', limits.readBytes));
  }

  write(path: string, data: unknown, namespace: string = this.#context.defaultNamespace): void {
    try {
      this.#context.namespaces.get(namespace).write({ type: 'owner' }, parsePath(path), [{ path: [], data }]);
    } catch (error) {
      if (error instanceof RequestRefusal) throw new RealtimeServerError('usage', error.message, { cause: error });
      throw error;
    }
  }

  setRules(
    rules: string | Readonly<Record<string, unknown>>,
    namespace: string = this.#context.defaultNamespace,
  ): void {
    this.#context.namespaces.get(namespace).changeRules(parseRules(rules));
  }

  injectFaults(injector: FaultInjector | undefined): void {
    this.#injector = injector;
  }

  dropConnections(): void {
    for (const session of this.#sessions) session.drop();
  }

  expireTokens(): void {
    for (const session of this.#sessions) session.revokeAuth('Auth token is expired');
    for (const expire of this.#context.expirableStreams) expire();
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    // What clients want written when they are gone is written before the folder is closed.
    const gone = Array.from(this.#websockets.clients, (socket) => {
      const closed = once(socket, 'close');
      socket.terminate();
      return closed;
    });
    await Promise.all(gone);
    const closed = this.#http.listening
      ? new Promise<void>((resolve, reject) =>
          this.#http.close((error) => (error === undefined ? resolve() : reject(error))),
        )
      : Promise.resolve();
    this.#http.closeAllConnections();
    await closed;
    this.#folder?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const target = requestTarget(request);
    let database: Database;
    try {
      if (target.pathname !== '/.ws' || target.parameters.get('v') !== '5') throw new RequestRefusal('Not found.');
      database = this.#context.namespaces.get(namespaceOf(target) ?? this.#context.defaultNamespace);
    } catch (error) {
      if (!(error instanceof RequestRefusal)) throw error;
      socket.once('error', () => socket.destroy());
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    this.#websockets.handleUpgrade(request, socket, head, (websocket) => {
      const session = new Session(websocket, database, this.#context, target.host);
      this.#sessions.add(session);
      websocket.once('close', () => this.#sessions.delete(session));
    });
  }
}

function openFolder(
  { folder, syncWrites = false, snapshotAfterBytes = 16 * 1024 * 1024 }: RealtimeServerOptions,
  namespaces: Namespaces,
  report: (error: Error) => void,
): DurableFolder | undefined {
  if (folder === undefined) return undefined;
  const options = { folder, syncWrites, snapshotAfterBytes, report, databases: () => namespaces.all() };
  return DurableFolder.open(options, (entry) => {
    const database = namespaces.get(entry.namespace);
    database.restore(entry.type === 'rules' ? { rules: parseRules(entry.text) } : entry);
  });
}

function parseRules(rules: string | Readonly<Record<string, unknown>>): Rules {
  try {
    return new Rules(typeof rules === 'string' ? rules : JSON.stringify(rules));
  } catch (error) {
    if (error instanceof RulesError) throw new RealtimeServerError('usage', error.message, { cause: error });
    throw error;
  }
}
