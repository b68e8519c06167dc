import type { CallOptions, Json, Partition, ReadOptions, RecordBatch } from '@datamigrato/core';
import type { Place, RealtimeClient } from './client.js';
import type { RealtimeRecord } from './codec.js';
import { type EntityPath, entityPathOf, keyFieldsOf } from './entity-path.js';
import { compareNames } from './key-order.js';
import { namesOf } from './list-names.js';
import { type NameRange, positionFromJson, rangeFromJson } from './partition-range.js';
import { type Page, PageSize, readPage } from './read-page.js';

/**
 * The records of a partition in the order of their keys, by pages of children.
 *
 * Nothing is held open on the server: each page is a request of its own that goes on after the last name.
 */
export async function* readPartition(
  client: RealtimeClient,
  partition: Partition,
  call: ReadOptions,
): AsyncGenerator<RecordBatch<RealtimeRecord>> {
  const path = entityPathOf(partition.entity);
  const after = call.after === undefined ? [] : positionFromJson(call.after, keyFieldsOf(path).length);
  const size = new PageSize();
  for await (const group of groupsOf(client, path, rangeFromJson(partition.range), after, call)) {
    for await (const page of pagesOf(client, group, size, call)) yield* batchesOf(page, group.key, call);
  }
}

/** A node whose children are records, and which of them are wanted. */
interface Group {
  readonly place: Place;
  /** The parts of the key that lead to it. */
  readonly key: readonly string[];
  readonly bounds: NameRange & { readonly after?: string };
}

/** The nodes whose children are the records of a range, after a key, in order. */
export async function* groupsOf(
  client: RealtimeClient,
  path: EntityPath,
  range: NameRange,
  after: readonly string[],
  call: CallOptions,
): AsyncGenerator<Group> {
  yield* descend(client, path, { names: path.root, key: [], level: 0, range, after }, call);
}

/** A place on the way down: `range` holds for the names of the first level, `after` for the parts of the key that are still to come. */
interface Descent {
  readonly names: readonly string[];
  readonly key: readonly string[];
  readonly level: number;
  readonly range: NameRange;
  readonly after: readonly string[];
}

async function* descend(
  client: RealtimeClient,
  path: EntityPath,
  { names, key, level, range, after }: Descent,
  call: CallOptions,
): AsyncGenerator<Group> {
  const place = { names, shown: path.name };
  const next = path.levels[level];
  const [reached, ...further] = after;
  if (next === undefined) {
    yield { place, key, bounds: { ...range, ...(reached !== undefined && { after: reached }) } };
    return;
  }
  if (next !== null) {
    yield* descend(client, path, { names: [...names, next], key, level: level + 1, range, after }, call);
    return;
  }
  for await (const children of namesOf(client, place, call)) {
    for (const name of children) {
      if (range.from !== undefined && compareNames(name, range.from) < 0) continue;
      if (range.to !== undefined && compareNames(name, range.to) >= 0) return;
      if (reached !== undefined && compareNames(name, reached) < 0) continue;
      const below = name === reached ? further : [];
      const deeper = { names: [...names, name], key: [...key, name], level: level + 1, range: {}, after: below };
      yield* descend(client, path, deeper, call);
    }
  }
}

/** The pages of a group. The next one is asked for before the last one is used, so that the server works meanwhile. */
async function* pagesOf(
  client: RealtimeClient,
  { place, bounds }: Group,
  size: PageSize,
  call: CallOptions,
): AsyncGenerator<Page> {
  let pending = readPage(client, place, bounds, size, call);
  for (;;) {
    const page = await pending;
    const last = page.children[page.children.length - 1];
    if (last === undefined) return;
    pending = readPage(client, place, { ...bounds, after: last[0] }, size, call);
    // A failure is thrown by the next `await`; until then it must not count as unhandled.
    pending.catch(() => undefined);
    yield page;
  }
}

function* batchesOf(
  { children, bytes }: Page,
  key: readonly string[],
  { batchRecords, batchBytes }: ReadOptions,
): Generator<RecordBatch<RealtimeRecord>> {
  const perRecord = bytes / Math.max(1, children.length);
  const most = Math.max(1, Math.min(batchRecords, Math.floor(batchBytes / Math.max(1, perRecord))));
  for (let start = 0; start < children.length; start += most) {
    const records = children
      .slice(start, start + most)
      .map(([name, node]): RealtimeRecord => ({ key: [...key, name], content: { node }, levels: 0 }));
    const position: Json = records[records.length - 1]?.key ?? [];
    yield { records, position, bytes: Math.ceil(perRecord * records.length) };
  }
}
