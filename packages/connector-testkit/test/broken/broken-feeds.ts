import type { Change, ChangeBatch, Json, Source, WatchOptions } from '@datamigrato/core';
import type { StoredRecord } from '../reference/reference-store.js';
import { type BrokenConnector, breakSource } from './break-definition.js';

type Feed = AsyncIterable<ChangeBatch<StoredRecord>>;

/** Connectors whose feed of changes loses some, tells them wrongly, or does not end when it should. */
export const brokenFeeds: readonly BrokenConnector[] = [
  {
    fault: 'there is no feed of changes',
    rejectedBy: 'changes-are-declared',
    breakIt: (definition) => ({
      ...definition,
      source(client) {
        const { watch: _watch, ...source } = definition.source?.(client) ?? {};
        return source as Source<StoredRecord>;
      },
    }),
  },
  {
    fault: 'A-10: the position of now is that of the first look, which comes later',
    rejectedBy: 'changes-begin-now',
    breakIt: breakFeed(async function* (watch, { after, ...call }) {
      if (after === undefined) yield { changes: [], position: null };
      yield* watch({ ...call, ...(after !== null && after !== undefined && { after }) });
    }),
  },
  {
    fault: 'changes of before are told as well',
    rejectedBy: 'changes-begin-now',
    breakIt: breakFeed((watch, call) => watch({ after: 0, ...call })),
  },
  {
    fault: 'deletions are not told',
    rejectedBy: 'changes-lead-to-the-store',
    breakIt: breakFeed((watch, call) =>
      changed(watch(call), (changes) => changes.filter(({ type }) => type === 'written')),
    ),
  },
  {
    fault: 'A-23: deletions of a batch are told after what was written',
    rejectedBy: 'changes-lead-to-the-store',
    breakIt: breakFeed((watch, call) =>
      changed(watch(call), (changes) => [
        ...changes.filter(({ type }) => type === 'written'),
        ...changes.filter(({ type }) => type === 'deleted'),
      ]),
    ),
  },
  {
    fault: 'A-10: the position of a batch of changes is ahead of it',
    rejectedBy: 'changes-go-on-after-every-position',
    breakIt: breakFeed(async function* (watch, call) {
      for await (const { changes, position } of watch(call))
        yield { changes, position: changes.length > 0 ? Number(position) + 1 : position };
    }),
  },
  {
    fault: 'A-08: a position of changes is a state that lives in the endpoint',
    rejectedBy: 'changes-go-on-after-every-position',
    breakIt: breakSource((source) => {
      const states: Json[] = [];
      return {
        async *watch(entity, { after, ...call }) {
          const options = { ...call, ...(typeof after === 'number' && { after: states[after] ?? 0 }) };
          for await (const batch of source.watch?.(entity, options) ?? []) {
            states.push(batch.position);
            yield { ...batch, position: states.length - 1 };
          }
        },
      };
    }),
  },
  {
    fault: 'R-17: after a position that is not known, changes are told from now on',
    rejectedBy: 'unknown-position-of-changes-is-refused',
    breakIt: breakFeed((watch, { after, ...call }) => watch({ ...call, ...(typeof after === 'number' && { after }) })),
  },
  {
    fault: 'a feed with nothing new says nothing',
    rejectedBy: 'quiet-feed-says-so',
    breakIt: breakFeed(async function* (watch, call) {
      let first = true;
      for await (const batch of watch(call)) {
        if (first || batch.changes.length > 0) yield batch;
        first = false;
      }
    }),
  },
  {
    fault: 'a feed with nothing new ends',
    rejectedBy: 'quiet-feed-says-so',
    breakIt: breakFeed(async function* (watch, call) {
      let first = true;
      for await (const batch of watch(call)) {
        if (!first && batch.changes.length === 0) return;
        yield batch;
        first = false;
      }
    }),
  },
  {
    fault: 'a batch has all changes that wait',
    rejectedBy: 'batches-of-changes-are-bounded',
    breakIt: breakFeed((watch, call) => watch({ ...call, batchChanges: 1000 })),
  },
  {
    fault: 'changes of other entities are told as well',
    rejectedBy: 'changes-of-others-are-not-told',
    breakIt: breakSource((source, client) => ({
      async *watch(entity, call) {
        const { entities = [] } = await client.ask({ ask: 'entities', entity: '' }, call);
        const others: Change<StoredRecord>[] = [];
        for await (const batch of source.watch?.(entity, call) ?? []) {
          for (const other of entities.filter((name) => name !== entity)) {
            const { changes = [] } = await client.ask({ ask: 'changes', entity: other, after: 0, most: 1000 }, call);
            for (const { key, fields } of changes.slice(others.length))
              others.push({ type: fields === null ? 'deleted' : 'written', record: { key, fields: fields ?? '{}' } });
          }
          yield batch.changes.length === 0 ? batch : { ...batch, changes: [...others, ...batch.changes] };
        }
      },
    })),
  },
  {
    fault: 'a feed that waits does not look at its signal',
    rejectedBy: 'watching-can-be-broken-off',
    breakIt: breakFeed(async function* (watch, call) {
      call.signal.throwIfAborted();
      yield* watch({ ...call, signal: new AbortController().signal });
    }),
  },
  {
    fault: 'a feed that is left keeps asking',
    rejectedBy: 'left-feeds-hold-nothing',
    breakIt: breakFeed(async function* (watch, call) {
      const keepAsking = setInterval(() => undefined, 1000);
      // Not for ever, so that this test process ends.
      setTimeout(() => clearInterval(keepAsking), 20_000).unref();
      yield* watch(call);
    }),
  },
  {
    fault: 'a feed waits without a deadline',
    rejectedBy: 'silence-while-watching',
    breakIt: breakFeed((watch, call) => watch({ ...call, deadline: 600_000 })),
  },
];

/** Replaces the feed of changes. */
function breakFeed(
  change: (watch: (call: WatchOptions) => Feed, call: WatchOptions) => Feed,
): BrokenConnector['breakIt'] {
  return breakSource((source) => ({
    watch: (entity, call) => change((other) => source.watch?.(entity, other) ?? none(), call),
  }));
}

async function* none(): AsyncGenerator<ChangeBatch<StoredRecord>> {}

async function* changed(
  feed: Feed,
  change: (changes: readonly Change<StoredRecord>[]) => readonly Change<StoredRecord>[],
): Feed {
  for await (const batch of feed) yield { ...batch, changes: change(batch.changes) };
}
