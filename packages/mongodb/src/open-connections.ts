import { createRequire } from 'node:module';
import type { Socket } from 'node:net';

/** What is used here of the driver's connection. */
interface DriverConnection {
  /** Whether it is ready for requests: `hello` is answered, and the login too where there is one. */
  readonly established: boolean;
  /** Ends the request that waits for an answer, and the socket. */
  destroy(): void;
  once(event: 'close', listener: () => void): this;
}

type DriverConnectionClass = new (stream: Socket, options: object) => DriverConnection;

const driver: { readonly Connection: DriverConnectionClass } = createRequire(import.meta.url)(
  'mongodb/lib/cmap/connection.js',
);

/**
 * The connections of one client, from the moment their socket is there.
 *
 * `MongoClient.close()` forgets those that still wait for the first answer of a server: in 7.9.0 neither pool nor monitor knows a connection before its `hello` is answered
 * (`src/cmap/connect.ts`, `src/sdam/monitor.ts`). Behind a network that is silent they would stay for `connectTimeoutMS`, and during authentication for `socketTimeoutMS`:
 * two such connections keep a pool from opening any other. So this takes the place of the class that the driver makes connections of: `connectionType`, an option that the driver reads and does not document.
 * Should it go, opening fails.
 */
export class OpenConnections {
  /** Options that a `MongoClient` must be given for its connections to be known here. */
  readonly clientOptions: { readonly connectionType: DriverConnectionClass };
  readonly #open = new Set<DriverConnection>();
  readonly #longestOpening: number;
  #isOver = false;

  /** `longestOpening`: milliseconds from a connection's socket to its readiness, after which it is given up. */
  constructor(longestOpening: number) {
    this.#longestOpening = longestOpening;
    const add = (connection: DriverConnection): void => this.#add(connection);
    this.clientOptions = {
      connectionType: class extends driver.Connection {
        constructor(stream: Socket, options: object) {
          super(stream, options);
          add(this);
        }
      },
    };
  }

  /** Destroys those that are open now, and each later one at once. */
  destroy(): void {
    this.#isOver = true;
    for (const connection of [...this.#open]) connection.destroy();
  }

  #add(connection: DriverConnection): void {
    this.#open.add(connection);
    const timer = setTimeout(() => {
      if (!connection.established) connection.destroy();
    }, this.#longestOpening).unref();
    connection.once('close', () => {
      clearTimeout(timer);
      this.#open.delete(connection);
    });
    if (this.#isOver) connection.destroy();
  }
}
