import { join } from 'node:path';
import type { EntitySchema, RecordKey, WriteMode, WriteResult } from '@datamigrato/core';
import { entityMissing, fileError } from '../errors.js';
import { deletionLine } from './archive-line.js';
import { type ArchiveLock, lockArchive } from './archive-lock.js';
import { namesIn, refuseUnlistedChunks, verifyChunk } from './chunk-file.js';
import { ensureFolder, ensureRoot, removeEmptyFolder, writing } from './durable-file.js';
import { entityFolder } from './entity-folder.js';
import { type ChunkSettings, createEntityWriter, type EntityWriter } from './entity-writer.js';
import { type ArchivedEntity, type Chunk, emptyManifest, manifestName, readManifest } from './manifest.js';
import { createManifestStore, type ManifestStore } from './manifest-store.js';
import { needsRecovery, recoverEntity } from './recover-entity.js';
import { removeEntityFiles, removeFiles } from './remove-files.js';

/** An archive, from its first reading to its last writing. */
export interface Archive {
  readonly folder: string;
  /** Names of the entities, in the order in which they came. */
  entities(): readonly string[];
  /** What the manifest says of an entity, whether or not it can be read now; undefined where there is none. */
  find(entity: string): ArchivedEntity | undefined;
  /** An entity that is ready to be read: settled first if this process wrote to it. Throws `DM_ENTITY_MISSING` and `DM_FILE_ARCHIVE_UNFINISHED`. */
  readable(entity: string): Promise<ArchivedEntity>;
  /** The path of a chunk whose bytes are as the manifest says. */
  verifiedChunk(entity: ArchivedEntity, chunk: Chunk, signal: AbortSignal): Promise<string>;
  create(schema: EntitySchema): Promise<void>;
  write(entity: string, lines: readonly string[], mode: WriteMode): Promise<WriteResult>;
  /** Removes records by key, or all; resolves to how many there were. */
  remove(entity: string, keys: readonly RecordKey[] | 'all'): Promise<number>;
  drop(entity: string): Promise<void>;
  dropAll(): Promise<void>;
  /** Settles what was written to and gives up the right to write. */
  close(): Promise<void>;
}

/** Opens the archive in `folder`; one that is not there yet is made by the first {@link Archive.create}. */
export async function openArchive(folder: string, settings: ChunkSettings): Promise<Archive> {
  return new FolderArchive(
    folder,
    settings,
    createManifestStore(folder, (await readManifest(folder)) ?? emptyManifest),
  );
}

class FolderArchive implements Archive {
  readonly folder: string;
  readonly #settings: ChunkSettings;
  #manifest: ManifestStore;
  #lock: Promise<ArchiveLock> | undefined;
  readonly #writers = new Map<string, Promise<EntityWriter>>();
  /** Chunks that were verified, so that a chunk read again by the same client is not. */
  readonly #verified = new Set<string>();
  /** Recovery and settling are not cut short by the end of the call that asked for them. */
  readonly #signal = new AbortController().signal;

  constructor(folder: string, settings: ChunkSettings, manifest: ManifestStore) {
    this.folder = folder;
    this.#settings = settings;
    this.#manifest = manifest;
  }

  entities(): readonly string[] {
    return this.#manifest.current.entities.map(({ entity }) => entity);
  }

  find(entity: string): ArchivedEntity | undefined {
    return this.#manifest.find(entity);
  }

  async readable(entity: string): Promise<ArchivedEntity> {
    const isUnfinished = this.#lock !== undefined && needsRecovery(this.#found(entity));
    const writer = await (isUnfinished ? this.#writer(entity) : this.#writers.get(entity));
    await writer?.settle();
    const found = this.#found(entity);
    if (!found.settled || found.appending !== undefined || found.rewriting !== undefined) {
      throw fileError(
        'DM_FILE_ARCHIVE_UNFINISHED',
        `The entity ${entity} of the archive ${this.folder} was left in the middle of a write`,
        { context: { entity, folder: this.folder } },
      );
    }
    await refuseUnlistedChunks(this.#pathOf(found), found);
    return found;
  }

  async verifiedChunk(entity: ArchivedEntity, chunk: Chunk, signal: AbortSignal): Promise<string> {
    const folder = this.#pathOf(entity);
    const known = `${entity.folder}/${chunk.name} ${chunk.sha256}`;
    if (!this.#verified.has(known)) {
      await verifyChunk(folder, chunk, signal);
      this.#verified.add(known);
    }
    return join(folder, chunk.name);
  }

  async create(schema: EntitySchema): Promise<void> {
    await this.#beginWriting();
    const existing = this.find(schema.entity);
    if (existing !== undefined) {
      const conflict = keyConflict(existing.schema, schema);
      if (conflict !== undefined)
        throw fileError('DM_FILE_KEY_CONFLICT', `${schema.entity} in ${this.folder}: ${conflict}`);
      return;
    }
    const folder = entityFolder(schema.entity);
    await writing(join(this.folder, folder), () => ensureFolder(join(this.folder, folder)));
    const left = await namesIn(join(this.folder, folder));
    if (left.length > 0) {
      throw fileError(
        'DM_FILE_PATH_UNSAFE',
        `${join(this.folder, folder)} holds files already, such as ${left[0] ?? ''}`,
        {
          nextStep: 'remove them, or write to another folder',
        },
      );
    }
    await this.#manifest.update((manifest) => ({
      ...manifest,
      entities: [
        ...manifest.entities,
        { entity: schema.entity, folder, schema, chunks: [], nextChunk: 1, settled: true },
      ],
    }));
  }

  async write(entity: string, lines: readonly string[], mode: WriteMode): Promise<WriteResult> {
    return (await this.#writer(entity)).write(lines, mode);
  }

  async remove(entity: string, keys: readonly RecordKey[] | 'all'): Promise<number> {
    const writer = await this.#writer(entity);
    if (keys !== 'all') return writer.remove(keys.map(deletionLine));
    await writer.settle();
    await this.#forgetWriter(entity);
    const { chunks } = this.#found(entity);
    const obsolete = chunks.map(({ name }) => name);
    await this.#manifest.updateEntity(entity, (current) => ({ ...current, chunks: [], obsolete }));
    await this.#recovered(entity);
    return chunks.reduce((sum, chunk) => sum + chunk.records, 0);
  }

  async drop(entity: string): Promise<void> {
    if ((await readManifest(this.folder)) === undefined) return;
    await this.#beginWriting();
    const found = this.find(entity);
    if (found === undefined) return;
    await this.#forgetWriter(entity);
    await this.#manifest.update((manifest) => ({
      ...manifest,
      entities: manifest.entities.filter((known) => known.entity !== entity),
      dropped: [...(manifest.dropped ?? []), found.folder],
    }));
    await this.#removeDropped();
  }

  async dropAll(): Promise<void> {
    if ((await readManifest(this.folder)) === undefined) return;
    for (const entity of this.entities()) await this.drop(entity);
    await this.#beginWriting();
    await removeFiles(this.folder, [manifestName]);
    await this.#unlock();
    await writing(this.folder, () => removeEmptyFolder(this.folder));
    this.#manifest = createManifestStore(this.folder, emptyManifest);
  }

  async close(): Promise<void> {
    try {
      // Also what an earlier writer left unfinished, since nobody else may come to it.
      const unfinished = this.#lock === undefined ? [] : this.#manifest.current.entities.filter(needsRecovery);
      for (const entity of new Set([...unfinished.map((found) => found.entity), ...this.#writers.keys()])) {
        await (await this.#writer(entity)).settle();
      }
    } finally {
      for (const entity of [...this.#writers.keys()]) await this.#forgetWriter(entity);
      await this.#unlock();
    }
  }

  #found(entity: string): ArchivedEntity {
    const found = this.find(entity);
    if (found === undefined) throw entityMissing(entity, this.folder);
    return found;
  }

  #pathOf(entity: ArchivedEntity): string {
    return join(this.folder, entity.folder);
  }

  /** Takes the right to write, once, and reads the manifest again: another writer may have changed it until now. */
  async #beginWriting(): Promise<void> {
    if (this.#lock === undefined) {
      await writing(this.folder, () => ensureRoot(this.folder));
      this.#lock ??= this.#takeLock();
      this.#lock.catch(() => {
        this.#lock = undefined;
      });
    }
    await this.#lock;
  }

  async #takeLock(): Promise<ArchiveLock> {
    const lock = await lockArchive(this.folder);
    const there = await readManifest(this.folder);
    this.#manifest = createManifestStore(this.folder, there ?? emptyManifest);
    // Written before anything else, so that a folder is an archive from the first thing that is in it.
    if (there === undefined) await this.#manifest.update((manifest) => manifest);
    await this.#removeDropped();
    return lock;
  }

  async #unlock(): Promise<void> {
    const lock = this.#lock;
    this.#lock = undefined;
    await (await lock)?.release();
  }

  #writer(entity: string): Promise<EntityWriter> {
    const known = this.#writers.get(entity);
    if (known !== undefined) return known;
    const made = this.#makeWriter(entity);
    this.#writers.set(entity, made);
    made.catch(() => this.#writers.delete(entity));
    return made;
  }

  async #makeWriter(entity: string): Promise<EntityWriter> {
    await this.#beginWriting();
    await this.#recovered(entity);
    return createEntityWriter(this.#work(this.#found(entity)));
  }

  #recovered(entity: string): Promise<void> {
    return recoverEntity(this.#work(this.#found(entity)));
  }

  #work(entity: ArchivedEntity) {
    return {
      folder: this.#pathOf(entity),
      entity: entity.entity,
      manifest: this.#manifest,
      settings: this.#settings,
      signal: this.#signal,
    };
  }

  async #forgetWriter(entity: string): Promise<void> {
    const writer = this.#writers.get(entity);
    this.#writers.delete(entity);
    await (await writer)?.abandon();
  }

  async #removeDropped(): Promise<void> {
    const { dropped } = this.#manifest.current;
    if (dropped === undefined) return;
    for (const folder of dropped) await removeEntityFiles(join(this.folder, folder));
    await this.#manifest.update(({ dropped: _removed, ...manifest }) => manifest);
  }
}

/** Why records of a schema cannot join those of another; undefined where they can. */
export function keyConflict(existing: EntitySchema, wanted: EntitySchema): string | undefined {
  const there = existing.key.map(({ name }) => name);
  const names = wanted.key.map(({ name }) => name);
  if (there.length === names.length && there.every((name, index) => name === names[index])) return undefined;
  return `its key is (${there.join(', ')}), the records have (${names.join(', ')})`;
}
