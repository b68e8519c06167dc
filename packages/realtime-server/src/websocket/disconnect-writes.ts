import { type Assignment, parseAssignments } from '../database/assignment.js';
import { RequestRefusal } from '../request-refusal.js';
import { isAtOrBelow, type Path } from '../tree/path.js';
import type { Answer } from './answer-request.js';
import type { Session } from './session.js';

interface DisconnectWrite {
  readonly path: Path;
  readonly data: unknown;
}

const done: Answer = { status: 'ok', data: '""' };

/** What a client wants written once its connection is gone. */
export class DisconnectWrites {
  readonly #session: Session;
  #writes: DisconnectWrite[] = [];

  constructor(session: Session) {
    this.#session = session;
  }

  put(path: Path, data: unknown): Answer {
    this.#add(path, [{ path: [], data }]);
    return done;
  }

  merge(path: Path, data: unknown): Answer {
    this.#add(path, parseAssignments(data));
    return done;
  }

  /** Forgets what was to be written at a place and below it. */
  cancel(path: Path): Answer {
    this.#writes = this.#writes.filter((write) => !isAtOrBelow(write.path, path));
    return done;
  }

  /** Writes everything, in the order in which it was asked for; what may not be written any more is left out. */
  run(): void {
    const writes = this.#writes;
    this.#writes = [];
    const { database, identity } = this.#session;
    for (const { path, data } of writes) {
      try {
        database.write(identity, path, [{ path: [], data }]);
      } catch (error) {
        if (!(error instanceof RequestRefusal)) throw error;
        if (error.status === 'unavailable') this.#session.context.report(error);
      }
    }
  }

  #add(base: Path, assignments: readonly Assignment[]): void {
    const { database, identity } = this.#session;
    database.prepare(identity, base, assignments);
    for (const { path, data } of assignments) {
      const place = base.concat(path);
      this.cancel(place);
      this.#writes.push({ path: place, data });
    }
  }
}
