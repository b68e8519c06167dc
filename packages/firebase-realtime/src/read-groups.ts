import { askedAhead, type CallOptions, isDatamigratoError } from '@datamigrato/core';
import type { RealtimeClient } from './client.js';
import type { RealtimeRecord } from './codec.js';
import type { Group } from './groups.js';
import { membersOf } from './list-names.js';
import type { Node } from './node.js';
import { PageSize, readPage } from './read-page.js';

/** Records read together, in the order of their keys. */
export interface RecordRun {
  readonly records: readonly RealtimeRecord[];
  /** Bytes of JSON that they took, roughly. */
  readonly bytes: number;
}

/** Bytes that one request for several groups aims for. */
const wantedBytes = 512 * 1024;

/** Most bytes that it may come to be, should a group be far larger than those before it. */
const toleratedBytes = 16 * 1024 * 1024;

/** Most groups in one request. */
const mostGroups = 500;

/**
 * Reads groups: a large one by pages, many small ones together, as their sizes turn out to be.
 *
 * Without this, a tree of many small groups would take a request for each.
 */
export class GroupReader {
  readonly #client: RealtimeClient;
  readonly #call: CallOptions;
  readonly #pages = new PageSize();
  /** Groups to ask for at once. */
  #together = 1;

  constructor(client: RealtimeClient, call: CallOptions) {
    this.#client = client;
    this.#call = call;
  }

  /** The records of groups, in their order. */
  async *runsOf(groups: AsyncGenerator<Group>): AsyncGenerator<RecordRun> {
    let waiting: Group[] = [];
    for await (const group of groups) {
      const [first] = waiting;
      // Only whole neighbours can be asked for together.
      if (first !== undefined && !(isWhole(group) && areSiblings(first, group))) {
        yield* this.#read(waiting);
        waiting = [];
      }
      waiting.push(group);
      if (waiting.length < this.#together && isWhole(group)) continue;
      yield* this.#read(waiting);
      waiting = [];
    }
    if (waiting.length > 0) yield* this.#read(waiting);
  }

  async *#read(groups: readonly Group[]): AsyncGenerator<RecordRun> {
    const [only] = groups;
    if (groups.length > 1) {
      const run = await this.#readTogether(groups);
      if (run !== undefined) {
        this.#learn(run.bytes / groups.length);
        yield run;
        return;
      }
      this.#together = 1;
      for (const group of groups) yield* this.#read([group]);
    } else if (only !== undefined) {
      let bytes = 0;
      for await (const run of this.#pagesOf(only)) {
        bytes += run.bytes;
        yield run;
      }
      this.#learn(bytes);
    }
  }

  #learn(bytesOfGroup: number): void {
    const fitting = Math.floor(wantedBytes / Math.max(1, bytesOfGroup));
    this.#together = Math.max(1, Math.min(fitting, this.#together * 2, mostGroups));
  }

  /** The records of one group, page by page. */
  async *#pagesOf({ place, key, bounds }: Group): AsyncGenerator<RecordRun> {
    let pending = readPage(this.#client, place, bounds, this.#pages, this.#call);
    try {
      for (;;) {
        const { children, bytes, last } = await pending;
        if (children.length === 0) return;
        if (last) {
          yield { records: recordsOf(children, key), bytes };
          return;
        }
        const [reached] = children[children.length - 1] as readonly [string, Node];
        pending = askedAhead(readPage(this.#client, place, { ...bounds, after: reached }, this.#pages, this.#call));
        yield { records: recordsOf(children, key), bytes };
      }
    } finally {
      // Whoever leaves in between leaves nothing under way.
      await Promise.allSettled([pending]);
    }
  }

  /** The records of neighbouring groups; undefined where these are too much for one request. */
  async #readTogether(groups: readonly Group[]): Promise<RecordRun | undefined> {
    const [first] = groups;
    const last = groups[groups.length - 1];
    if (first === undefined || last === undefined) return { records: [], bytes: 0 };
    const place = { names: first.place.names.slice(0, -1), shown: first.place.shown };
    const parameters = {
      orderBy: '"$key"',
      format: 'export',
      startAt: JSON.stringify(nameOf(first)),
      endAt: JSON.stringify(nameOf(last)),
    };
    let read: { readonly node: Node; readonly bytes: number };
    try {
      read = await this.#client.readSized(place, parameters, this.#call, toleratedBytes);
    } catch (error) {
      if (isDatamigratoError(error) && error.code === 'DM_REALTIME_READ_TOO_LARGE') return undefined;
      throw error;
    }
    const found = new Map(read.node === null ? [] : membersOf(read.node));
    const records = groups.flatMap((group) => {
      const node = found.get(nameOf(group));
      // What is no collection by now has no records.
      const children = node === undefined ? undefined : membersOf(node);
      return children === undefined
        ? []
        : recordsOf(
            this.#client.order.sorted(children, ([name]) => name),
            group.key,
          );
    });
    return { records, bytes: read.bytes };
  }
}

/** Whether all records of a group are wanted. */
function isWhole({ bounds }: Group): boolean {
  return bounds.from === undefined && bounds.to === undefined && bounds.after === undefined;
}

/** Whether two groups are children of one node. */
function areSiblings({ place: { names: left } }: Group, { place: { names: right } }: Group): boolean {
  return left.length === right.length && left.slice(0, -1).every((name, index) => name === right[index]);
}

function nameOf({ place: { names } }: Group): string {
  return names[names.length - 1] ?? '';
}

function recordsOf(children: readonly (readonly [string, Node])[], key: readonly string[]): readonly RealtimeRecord[] {
  return children.map(([name, node]) => ({ key: [...key, name], content: { node }, levels: 0 }));
}
