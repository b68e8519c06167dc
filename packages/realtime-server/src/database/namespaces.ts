import { RequestRefusal } from '../request-refusal.js';
import type { RequestTarget } from '../request-target.js';
import type { Database } from './database.js';

const namespaceName = /^[a-z0-9_-]{1,100}$/;

/** The databases of a server by namespace; each exists from its first use on. */
export class Namespaces {
  readonly #databases = new Map<string, Database>();
  readonly #create: (name: string) => Database;

  constructor(create: (name: string) => Database) {
    this.#create = create;
  }

  /** Names are those of hosts: upper and lower case mean the same. Throws a RequestRefusal where no database can have that name. */
  get(given: string): Database {
    const name = given.toLowerCase();
    const known = this.#databases.get(name);
    if (known !== undefined) return known;
    if (!namespaceName.test(name)) throw new RequestRefusal('No such database.', 'failure', 404);
    const database = this.#create(name);
    this.#databases.set(name, database);
    return database;
  }

  all(): Iterable<Database> {
    return this.#databases.values();
  }
}

/** The namespace that a request names by `?ns=` or else by the first label of its host, or undefined where it names none. */
export function namespaceOf({ parameters, host }: RequestTarget): string | undefined {
  const named = parameters.get('ns');
  if (named !== null) return named;
  const name = host.replace(/:\d+$/, '');
  const isAddress = /^[\d.]+$/.test(name) || name.startsWith('[');
  const [label, ...rest] = name.split('.');
  return isAddress || rest.length === 0 || label === '' ? undefined : label;
}
