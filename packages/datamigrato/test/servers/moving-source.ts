import type { AnyBulkWriteOperation, Collection } from 'mongodb';

/** A document of the collection that moves. */
export interface Counted {
  readonly _id: number;
  readonly title: string;
  readonly version: number;
  readonly note?: string;
}

/** Writes that never rest, until they are told to. */
export interface MovingSource {
  /** Operations done so far. */
  readonly operations: number;
  /** Operations a second from the beginning to the rest. */
  readonly rate: number;
  /** Ids that no operation has touched. */
  isUntouched(id: number): boolean;
  /** Resolves once the last operation is acknowledged. */
  rest(): Promise<void>;
}

/** Operations a second, where machine and server keep pace. */
const wanted = 600;
/** Milliseconds from one request to the next; where one took longer, the next makes up for it. */
const pause = 100;
const sorts = 6;

/**
 * Changes a collection 600 times a second where machine and server keep pace: replaces and updates documents of its first tenth, takes a field away from some, deletes and inserts again, and inserts new ones.
 *
 * Ids from 0 to `size` exist before; new ones are above.
 */
export function moveSource(collection: Collection<Counted>, size: number): MovingSource {
  const hot = Math.floor(size / 10);
  let operations = 0;
  let running = true;
  const begun = performance.now();
  let lasted = 0;
  const step = async (): Promise<void> => {
    // No more than there are ids, so that no two operations of a request meet.
    const due = Math.min(hot, Math.ceil(((performance.now() - begun + pause) * wanted) / 1000) - operations);
    // All of one sort together: a server is sent one command for each, rather than for every operation.
    const bulk = Array.from({ length: due }, (_, index) => operations + index)
      .sort((left, right) => (left % sorts) - (right % sorts))
      // Seven is no divisor of anything here, so that every id meets every sort of operation.
      .flatMap((turn) => operationOn((turn * 7) % hot, turn, size));
    await collection.bulkWrite(bulk, { ordered: true });
    operations += due;
  };
  const work = (async () => {
    while (running) {
      const asked = performance.now();
      await step();
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, pause - (performance.now() - asked))));
    }
    lasted = performance.now() - begun;
  })();
  // Met by rest().
  work.catch(() => undefined);
  return {
    get operations() {
      return operations;
    },
    get rate() {
      return (operations * 1000) / (lasted || performance.now() - begun);
    },
    isUntouched: (id) => id >= hot && id < size,
    async rest() {
      running = false;
      await work;
    },
  };
}

function operationOn(id: number, turn: number, size: number): readonly AnyBulkWriteOperation<Counted>[] {
  const filter = { _id: id };
  const whole = { title: `again ${turn}`, version: turn };
  switch (turn % sorts) {
    case 0:
      return [{ replaceOne: { filter, replacement: { ...whole, note: `note ${turn}` }, upsert: true } }];
    case 1:
      return [{ updateOne: { filter, update: { $set: { version: turn } } } }];
    case 2:
      return [{ updateOne: { filter, update: { $unset: { note: '' }, $set: { title: `bare ${turn}` } } } }];
    case 3:
      return [{ deleteOne: { filter } }];
    case 4:
      return [{ insertOne: { document: { _id: size + turn, ...whole } } }];
    default:
      return [{ deleteOne: { filter } }, { updateOne: { filter, update: { $set: whole }, upsert: true } }];
  }
}
