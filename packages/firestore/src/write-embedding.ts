import { type CallOptions, recordExists, type WriteFailure, type WriteMode } from '@datamigrato/core';
import type { FirestoreDatabase } from './client.js';
import { entitiesThere, pathsOfRecord } from './documents-there.js';
import { type EmbeddedCollections, embeddedEntities } from './embedded-collections.js';
import { embeddedDocuments } from './embedding-codec.js';
import type { EntityPath } from './entity-path.js';
import type { NativeDocument } from './native-document.js';
import { sendWrites } from './write-batch.js';
import type { IndexedDocument } from './write-parts.js';

/** Records that are looked at together. */
const concurrentLooks = 16;

/** Most deletions of one request. */
const deletionsAtOnce = 500;

/** What is embedded in records of an entity, as far as anything of it is where they are to be written. */
export interface EmbeddedThere {
  readonly entities: readonly EntityPath[];
  readonly call: CallOptions;
  readonly where: string;
}

/** Looks for what an earlier record may have left: before anything is written, after which there is always something. */
export async function lookForEmbedded(
  database: FirestoreDatabase,
  entity: EntityPath,
  embedded: EmbeddedCollections,
  records: readonly Pick<NativeDocument, 'path'>[],
  call: CallOptions,
  where: string,
): Promise<EmbeddedThere> {
  const entities = await entitiesThere(database, embeddedEntities(entity, embedded), records, call, where);
  return { entities, call, where };
}

/** Deletes what is embedded in records, but for the documents that they are given with. */
export async function deleteOtherEmbedded(
  database: FirestoreDatabase,
  records: readonly Pick<NativeDocument, 'path' | 'embedded'>[],
  { entities, call, where }: EmbeddedThere,
): Promise<void> {
  if (entities.length === 0) return;
  await eachOf(records, async (record) => {
    const kept = new Set(embeddedDocuments(record).map(({ path }) => path));
    for (const entity of entities) {
      for await (const paths of pathsOfRecord(database, entity, record.path, call, where)) {
        const others = paths.filter((path) => !kept.has(path));
        for (let start = 0; start < others.length; start += deletionsAtOnce) {
          const writes = others
            .slice(start, start + deletionsAtOnce)
            .map((path, index) => ({ index, write: { delete: `${database.documents}/${path}` } }));
          const { failures } = await sendWrites(database, writes, call, where);
          if (failures[0] !== undefined) throw failures[0].error;
        }
      }
    }
  });
}

/** What is not to be written over, of records that are only to be created. */
export interface Occupied {
  readonly indexes: ReadonlySet<number>;
  readonly failures: readonly WriteFailure[];
  readonly unchanged: number;
}

/**
 * Which records exist already: their document does, or something embedded that they do not have themselves. What they do have may be from an earlier attempt that was broken off.
 *
 * The documents of a record are several writes, of which none must meet those of another.
 */
export async function findOccupied(
  database: FirestoreDatabase,
  entity: EntityPath,
  records: readonly IndexedDocument[],
  embedded: EmbeddedThere,
  mode: WriteMode,
): Promise<Occupied> {
  const indexes = new Set<number>();
  if (mode === 'replace') return { indexes, failures: [], unchanged: 0 };
  const { call, where } = embedded;
  const documents = records.map(({ document }) => document);
  const entities = [...(await entitiesThere(database, [entity], documents, call, where)), ...embedded.entities];
  if (entities.length > 0) {
    await eachOf(records, async ({ index, document }) => {
      const own = new Set(embeddedDocuments(document).map(({ path }) => path));
      for (const looked of entities) {
        for await (const paths of pathsOfRecord(database, looked, document.path, call, where)) {
          if (paths.every((path) => own.has(path))) continue;
          indexes.add(index);
          return;
        }
      }
    });
  }
  if (mode === 'skip') return { indexes, failures: [], unchanged: indexes.size };
  return { indexes, failures: [...indexes].map((index) => ({ index, error: recordExists() })), unchanged: 0 };
}

async function eachOf<Item>(items: readonly Item[], look: (item: Item) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += concurrentLooks)
    await Promise.all(items.slice(start, start + concurrentLooks).map(look));
}
