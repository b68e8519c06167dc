import { join } from 'node:path';
import { recordExists, type WriteFailure, type WriteMode, type WriteResult } from '@datamigrato/core';
import { fileError } from '../errors.js';
import { isDeletionLine, keyDigest } from './archive-line.js';
import { chunkLines, verifyChunk } from './chunk-file.js';
import { type ChunkWriter, createChunkWriter, discardPart } from './chunk-writer.js';
import { createKeyIndex, type KeyRepeats } from './key-index.js';
import { createKnownKeys, type KnownKeys } from './known-keys.js';
import type { ArchivedEntity } from './manifest.js';
import type { ManifestStore } from './manifest-store.js';
import { chunksToRewrite, rewriteChunks } from './rewrite-chunks.js';

/** How chunks are written. */
export interface ChunkSettings {
  readonly gzip: boolean;
  /** Bytes of lines after which a chunk is complete. */
  readonly chunkBytes: number;
}

/**
 * Writes to one entity of an archive: appends, and settles what was appended.
 *
 * Lines go to the end of the newest chunk whatever their key, and are acknowledged when they are on the disk. Settling then finds keys that stand more than once,
 * and rewrites the chunks that hold the earlier lines without them. See docs/decisions/0002-archive.md.
 */
export interface EntityWriter {
  /** Writes lines made by `recordLine`, whose keys are distinct. */
  write(lines: readonly string[], mode: WriteMode): Promise<WriteResult>;
  /** Takes lines made by `deletionLine`; resolves to how many of the keys were there, when they no longer are. */
  remove(lines: readonly string[]): Promise<number>;
  /** Makes the entity readable: every key once, no deletions, every chunk sealed. */
  settle(): Promise<void>;
  /** Lets go of the open file without sealing it; the next writer takes it up. */
  abandon(): Promise<void>;
}

/** What a writer works on. */
export interface EntityWriting {
  /** The entity's folder. */
  readonly folder: string;
  readonly entity: string;
  readonly manifest: ManifestStore;
  readonly settings: ChunkSettings;
  readonly signal: AbortSignal;
}

/** Makes the writer of an entity that is in the manifest and needs no recovery. */
export function createEntityWriter(work: EntityWriting): EntityWriter {
  return new QueuedEntityWriter(work);
}

interface PendingWrite {
  readonly lines: readonly string[];
  readonly mode: WriteMode;
  readonly resolve: (result: WriteResult) => void;
  readonly reject: (reason: unknown) => void;
}

class QueuedEntityWriter implements EntityWriter {
  readonly #work: EntityWriting;
  readonly #index: ReturnType<typeof createKeyIndex>;
  #queue: Promise<unknown> = Promise.resolve();
  #pending: PendingWrite[] = [];
  #part: ChunkWriter | undefined;
  #known: KnownKeys | undefined;
  /** How many chunks at the beginning of the list are not in the index. */
  #unindexed: number;
  /** What broke a change of the manifest or of sealed chunks; only the next writer's recovery mends that. */
  #fault: { readonly reason: unknown } | undefined;

  constructor(work: EntityWriting) {
    this.#work = work;
    this.#index = createKeyIndex(work.folder);
    this.#unindexed = this.#entity().chunks.length;
  }

  write(lines: readonly string[], mode: WriteMode): Promise<WriteResult> {
    return new Promise((resolve, reject) => {
      // Only the first to wait asks for a turn: whoever comes until then is written with it.
      if (this.#pending.push({ lines, mode, resolve, reject }) === 1) {
        this.#exclusively(() => this.#writePending()).catch((thrown: unknown) => this.#rejectPending(thrown));
      }
    });
  }

  remove(lines: readonly string[]): Promise<number> {
    return this.#exclusively(async () => {
      await this.#settle();
      this.#known = undefined;
      await this.#append(lines);
      return (await this.#settle()).deleted;
    });
  }

  settle(): Promise<void> {
    return this.#exclusively(async () => {
      await this.#settle();
    });
  }

  async abandon(): Promise<void> {
    await this.#queue;
    await this.#part?.abandon();
    this.#part = undefined;
    await this.#index.clear();
  }

  /** One thing after the other; a failure of one does not keep the next from being tried. */
  #exclusively<Result>(step: () => Promise<Result>): Promise<Result> {
    const done = this.#queue.then(async () => {
      if (this.#fault !== undefined) throw this.#fault.reason;
      return step();
    });
    this.#queue = done.then(ignore, ignore);
    return done;
  }

  /** A step that leaves the entity to recovery if it ends early. */
  async #decisive<Result>(step: () => Promise<Result>): Promise<Result> {
    try {
      return await step();
    } catch (thrown) {
      this.#fault = { reason: thrown };
      throw thrown;
    }
  }

  #entity(): ArchivedEntity {
    const entity = this.#work.manifest.find(this.#work.entity);
    if (entity !== undefined) return entity;
    throw fileError(
      'DM_FILE_MANIFEST_INVALID',
      `The entity ${this.#work.entity} left the archive while it was written to`,
    );
  }

  /** Nobody who waits is written, since the turn did not come. */
  #rejectPending(reason: unknown): void {
    for (const { reject } of this.#pending) reject(reason);
    this.#pending = [];
  }

  /** Everything that waits goes to the disk together. */
  async #writePending(): Promise<void> {
    const writes = this.#pending;
    this.#pending = [];
    if (writes.length === 0) return;
    try {
      const accepted: string[] = [];
      const results: WriteResult[] = [];
      for (const write of writes) results.push(await this.#choose(write, accepted));
      await this.#append(accepted);
      for (const [index, write] of writes.entries()) write.resolve(results[index] ?? { failures: [], unchanged: 0 });
    } catch (thrown) {
      this.#known = undefined;
      for (const write of writes) write.reject(thrown);
    }
  }

  /** Puts what is to be written to `accepted`, and tells the fate of the rest. */
  async #choose({ lines, mode }: PendingWrite, accepted: string[]): Promise<WriteResult> {
    if (mode === 'replace' && this.#known === undefined) {
      for (const line of lines) accepted.push(line);
      return { failures: [], unchanged: 0 };
    }
    this.#known ??= await this.#knownKeys();
    const failures: WriteFailure[] = [];
    let unchanged = 0;
    for (const [index, line] of lines.entries()) {
      const digest = keyDigest(line);
      if (mode === 'replace' || !this.#known.has(digest)) {
        this.#known.add(digest);
        accepted.push(line);
      } else if (mode === 'skip') unchanged += 1;
      else failures.push({ index, error: recordExists() });
    }
    return { failures, unchanged };
  }

  async #knownKeys(): Promise<KnownKeys> {
    await this.#settle();
    const known = createKnownKeys();
    for (const chunk of this.#entity().chunks) {
      for await (const lines of chunkLines(join(this.#work.folder, chunk.name), this.#work.signal)) {
        for (const line of lines) known.add(keyDigest(line));
      }
    }
    return known;
  }

  async #append(lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return;
    const digests = lines.map(keyDigest);
    this.#part ??= await this.#beginPart();
    const place = { chunk: this.#entity().chunks.length, line: this.#part.records };
    await this.#part.append(lines);
    for (const [index, line] of lines.entries()) {
      this.#index.add(digests[index] ?? '', { chunk: place.chunk, line: place.line + index }, isDeletionLine(line));
    }
    await this.#index.relieve();
    if (this.#part.bytes >= this.#work.settings.chunkBytes) await this.#sealPart(this.#part);
  }

  #beginPart(): Promise<ChunkWriter> {
    const number = this.#entity().nextChunk;
    return this.#decisive(async () => {
      await this.#work.manifest.updateEntity(this.#work.entity, (entity) => ({
        ...entity,
        settled: false,
        appending: number,
        nextChunk: number + 1,
      }));
      return createChunkWriter(this.#work.folder, number);
    });
  }

  async #sealPart(part: ChunkWriter): Promise<void> {
    const { folder, entity, manifest, settings } = this.#work;
    this.#part = undefined;
    await this.#decisive(() => sealInto(part, { folder, entity, manifest, gzip: settings.gzip }));
  }

  #settle(): Promise<KeyRepeats> {
    return this.#decisive(() => this.#settleOnce());
  }

  async #settleOnce(): Promise<KeyRepeats> {
    if (this.#part !== undefined) await this.#sealPart(this.#part);
    const entity = this.#entity();
    if (entity.settled) return { superseded: new Map(), deleted: 0 };
    await this.#indexEarlierChunks(entity);
    const repeats = await this.#index.findRepeats();
    const victims = chunksToRewrite(entity, repeats, this.#work.settings);
    if (victims.size === 0) {
      await this.#work.manifest.updateEntity(entity.entity, (current) => ({ ...current, settled: true }));
      return repeats;
    }
    await rewriteChunks(this.#work, repeats, victims);
    await this.#index.clear();
    this.#unindexed = this.#entity().chunks.length;
    return repeats;
  }

  async #indexEarlierChunks(entity: ArchivedEntity): Promise<void> {
    const { folder, signal } = this.#work;
    for (let chunk = 0; chunk < this.#unindexed; chunk += 1) {
      const listed = entity.chunks[chunk];
      if (listed === undefined) break;
      await verifyChunk(folder, listed, signal);
      let line = 0;
      for await (const lines of chunkLines(join(folder, listed.name), signal)) {
        for (const text of lines) {
          this.#index.add(keyDigest(text), { chunk, line }, isDeletionLine(text));
          line += 1;
        }
        await this.#index.relieve();
      }
    }
    this.#unindexed = 0;
  }
}

function ignore(): void {}

/** Seals a chunk and lists it; one without records is removed instead. */
export async function sealInto(
  part: ChunkWriter,
  place: { readonly folder: string; readonly entity: string; readonly manifest: ManifestStore; readonly gzip: boolean },
): Promise<void> {
  const { folder, manifest } = place;
  const chunk = part.records === 0 ? undefined : await part.seal(place.gzip);
  if (chunk === undefined) await part.abandon();
  await manifest.updateEntity(place.entity, ({ appending: _done, ...entity }) => ({
    ...entity,
    chunks: chunk === undefined ? entity.chunks : [...entity.chunks, chunk],
  }));
  await discardPart(folder, part.number);
}
