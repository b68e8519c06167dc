import type { Database } from '../database/database.js';
import { checkReadable } from '../database/read.js';
import { Subscription, type Update } from '../database/subscription.js';
import type { Query } from '../query/query.js';
import { runQuery } from '../query/run-query.js';
import { parseWireQuery } from '../query/wire-query.js';
import type { RequestRefusal } from '../request-refusal.js';
import { childrenHash, nodeHash } from '../tree/node-hash.js';
import { type Path, pathText } from '../tree/path.js';
import { Branch } from '../tree/tree-node.js';
import type { Answer } from './answer-request.js';
import type { Session } from './session.js';

/** The places that a connection listens to. */
export class SessionListens {
  readonly #session: Session;
  readonly #database: Database;
  readonly #subscriptions = new Map<string, Subscription>();

  constructor(session: Session, database: Database) {
    this.#session = session;
    this.#database = database;
  }

  /** Sends the data unless the client's hash says that it has it, and every change from then on. */
  begin(path: Path, fields: Record<string, unknown>): Answer {
    const query = parseWireQuery(fields['q']);
    checkReadable(this.#database, this.#session.identity, path, query);
    const name = listenName(path, fields['q']);
    const tag = query === undefined ? undefined : fields['t'];
    const subscription = new Subscription(path, query, 'export', {
      updated: (update) => this.#session.push(update.type === 'put' ? 'd' : 'm', updateBody(update, tag)),
      mayRead: () => this.#database.mayRead(this.#session.identity, path, query),
      failed: (reason) => this.#failed(name, reason),
    });
    const data = subscription.begin(this.#database.tree, this.#database.limits.readBytes);
    this.#drop(name);
    this.#subscriptions.set(name, subscription);
    this.#database.subscribe(subscription);
    // Most listens begin with the hash of nothing, for which no hash of the data need be made.
    const isKnown = fields['h'] === '' ? data === 'null' : fields['h'] === this.#hash(path, query);
    if (!isKnown) this.#session.push('d', updateBody({ type: 'put', path, data }, tag));
    const isIndexed = query === undefined || this.#database.isIndexed(path, query.index);
    return { status: 'ok', data: isIndexed ? '{}' : '{"w":["no_index"]}' };
  }

  end(path: Path, fields: Record<string, unknown>): Answer {
    this.#drop(listenName(path, fields['q']));
    return { status: 'ok', data: '""' };
  }

  /** To be called when the client has become somebody else: ends what that one may not read. */
  recheck(): void {
    for (const subscription of [...this.#subscriptions.values()]) subscription.recheck();
  }

  endAll(): void {
    for (const name of [...this.#subscriptions.keys()]) this.#drop(name);
  }

  #hash(path: Path, query: Query | undefined): string {
    const node = this.#database.tree.get(path);
    if (query === undefined) return nodeHash(node);
    if (!(node instanceof Branch)) return '';
    const chosen = new Set(runQuery(node, query));
    return childrenHash(
      node,
      node.sortedKeys().filter((key) => chosen.has(key)),
    );
  }

  /** A listen that may not go on is revoked; one whose data has become too big ends the connection, as Firebase does. */
  #failed(name: string, reason: RequestRefusal): void {
    const subscription = this.#subscriptions.get(name);
    if (subscription === undefined) return;
    this.#drop(name);
    if (reason.status === 'permission_denied') {
      const query = subscription.query === undefined ? {} : { q: [queryOfName(name)] };
      this.#session.push('c', JSON.stringify({ p: pathText(subscription.path), ...query }));
    } else {
      this.#session.fail('The specified payload is too large, please request a location with less data.');
    }
  }

  #drop(name: string): void {
    const subscription = this.#subscriptions.get(name);
    if (subscription === undefined) return;
    this.#subscriptions.delete(name);
    this.#database.unsubscribe(subscription);
  }
}

const separator = '\n';

function listenName(path: Path, query: unknown): string {
  return `${pathText(path)}${separator}${JSON.stringify(query ?? {})}`;
}

function queryOfName(name: string): unknown {
  return JSON.parse(name.slice(name.indexOf(separator) + 1));
}

function updateBody({ path, data }: Update, tag: unknown): string {
  const tagged = typeof tag === 'number' ? `,"t":${tag}` : '';
  return `{"p":${JSON.stringify(pathText(path))},"d":${data}${tagged}}`;
}
