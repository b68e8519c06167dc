import { type CallOptions, isDatamigratoError } from '@datamigrato/core';
import type { Place, RealtimeClient } from './client.js';
import { membersOf } from './list-names.js';
import type { Node } from './node.js';
import { notACollection, orderUnknown } from './node-fault.js';
import type { NameRange } from './partition-range.js';

/** Children read together. */
export interface Page {
  /** In the order of their names. */
  readonly children: readonly (readonly [name: string, node: Node])[];
  /** Bytes of JSON that they took, roughly. */
  readonly bytes: number;
  /** Whether the server had no more to give within the bounds. */
  readonly last: boolean;
}

/** How many children to ask for, learnt from the size of those that came: about 2 MiB at a time. */
export class PageSize {
  static readonly #wantedBytes = 2 * 1024 * 1024;
  static readonly #most = 5000;
  #children = 250;

  get children(): number {
    return this.#children;
  }

  learn({ children, bytes }: Page): void {
    if (children.length === 0) return;
    const fitting = Math.floor((PageSize.#wantedBytes * children.length) / Math.max(1, bytes));
    this.#children = Math.max(1, Math.min(fitting, this.#children * 4, PageSize.#most));
  }

  /** After an answer that was too large; false where nothing smaller can be asked for. */
  shrink(): boolean {
    if (this.#children === 1) return false;
    this.#children = Math.max(1, this.#children >> 3);
    return true;
  }
}

/**
 * The next children of a place within a range of names, after one; an empty page at the end.
 *
 * Bounds are inclusive in the request, since that is what every server has always had; what they bring too much is dropped here.
 *
 * @throws DatamigratoError `DM_REALTIME_NOT_A_COLLECTION` where the place is a leaf.
 */
export async function readPage(
  client: RealtimeClient,
  place: Place,
  bounds: NameRange & { readonly after?: string },
  size: PageSize,
  call: CallOptions,
): Promise<Page> {
  const { from, to, after } = bounds;
  const start = after ?? from;
  for (;;) {
    // One more for each bound that may come along.
    const limit = size.children + (after === undefined ? 0 : 1) + (to === undefined ? 0 : 1);
    const parameters = {
      orderBy: '"$key"',
      format: 'export',
      limitToFirst: String(limit),
      ...(start !== undefined && { startAt: JSON.stringify(start) }),
      ...(to !== undefined && { endAt: JSON.stringify(to) }),
    };
    let node: Node;
    let bytes: number;
    try {
      ({ node, bytes } = await client.readSized(place, parameters, call));
    } catch (error) {
      if (isDatamigratoError(error) && error.code === 'DM_REALTIME_READ_TOO_LARGE' && size.shrink()) continue;
      throw error;
    }
    const members = node === null ? [] : membersOf(node);
    if (members === undefined) throw notACollection(place.shown, client.where);
    const sorted = client.order.sorted(members, ([name]) => name, after);
    const children = sorted.filter(([name]) => name !== after && name !== to);
    const last = children[children.length - 1]?.[0];
    if (last !== undefined && after !== undefined && client.order.compare(last, after) < 0)
      throw orderUnknown(client.where);
    const page = { children, bytes, last: members.length < limit };
    size.learn(page);
    return page;
  }
}
