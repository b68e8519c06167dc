import type { CallOptions } from '@datamigrato/core';
import type { MongodbClient } from './client.js';
import type { CollectionFacts } from './collection.js';
import { findById } from './find-command.js';
import { StoredId } from './id-position.js';
import { interpolate } from './interpolate.js';
import type { IdCondition } from './partition-range.js';
import { request } from './request.js';
import { Scan } from './scan.js';

/** Documents of a collection to learn from. */
export interface DocumentSample {
  readonly documents: readonly Uint8Array[];
  /** Whether these are all. */
  readonly complete: boolean;
}

/**
 * At most `sampleSize` documents: all, where there are no more, else a third each from the lowest ids, the middle and the highest.
 *
 * The same collection gives the same sample, so that a plan made twice is the same; the server's own `$sample` is random, and slow or uneven on some servers.
 */
export async function sampleDocuments(
  client: MongodbClient,
  facts: CollectionFacts,
  call: CallOptions & { readonly sampleSize: number },
): Promise<DocumentSample> {
  const where = `${client.where}, sampling ${facts.name}`;
  const read = async (condition: IdCondition, direction: 1 | -1, limit: number): Promise<readonly Uint8Array[]> => {
    const find = findById(client, {
      entity: facts.name,
      condition,
      direction,
      limit,
      batchSize: Math.min(limit, 1000),
      collated: facts.collated,
      indexed: facts.type === 'collection',
    });
    const scan = new Scan(client, find, call, where);
    const documents: Uint8Array[] = [];
    try {
      for (;;) {
        const page = await request(call, where, () => scan.next());
        if (page === undefined) return documents;
        documents.push(...page);
      }
    } finally {
      await scan.close();
    }
  };
  const third = Math.max(1, Math.floor(call.sampleSize / 3));
  const total = await request(call, where, (signal) => client.database.command({ count: facts.name }, { signal }));
  if (Number(total['n']) <= call.sampleSize || facts.type !== 'collection') {
    const documents = await read({}, 1, call.sampleSize + 1);
    const complete = documents.length <= call.sampleSize;
    return { documents: complete ? documents : documents.slice(0, call.sampleSize), complete };
  }
  const [lowest, highest] = await Promise.all([read({}, 1, third), read({}, -1, third)]);
  const middle = middleId(lowest[0], highest[0]);
  const rest = call.sampleSize - 2 * third;
  const between = middle === undefined || rest < 1 ? [] : await read({ $gte: middle.driverValue() }, 1, rest);
  return { documents: distinct([lowest, between, highest]).slice(0, call.sampleSize), complete: false };
}

function middleId(first: Uint8Array | undefined, last: Uint8Array | undefined): StoredId | undefined {
  const least = first && StoredId.of(first)?.value();
  const greatest = last && StoredId.of(last)?.value();
  if (least === undefined || greatest === undefined) return undefined;
  const middle = interpolate(least, greatest, 2)?.[0];
  return middle === undefined ? undefined : StoredId.ofValue(middle);
}

function distinct(parts: readonly (readonly Uint8Array[])[]): readonly Uint8Array[] {
  const byId = new Map<string, Uint8Array>();
  for (const document of parts.flat()) byId.set(StoredId.of(document)?.text ?? `#${byId.size}`, document);
  return [...byId.values()];
}
