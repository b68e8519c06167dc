import { join } from 'node:path';
import { isDeletionLine } from './archive-line.js';
import { chunkLines, verifyChunk } from './chunk-file.js';
import { type ChunkWriter, createChunkWriter, discardPart } from './chunk-writer.js';
import { syncFolder, writing } from './durable-file.js';
import type { ChunkSettings, EntityWriting } from './entity-writer.js';
import { isSuperseded, type KeyRepeats } from './key-index.js';
import type { ArchivedEntity, Chunk } from './manifest.js';
import { removeFiles } from './remove-files.js';

/** Small chunks that may stay; more of them are written together into larger ones. */
const smallChunksKept = 8;

/** Places of the chunks that a settling writes anew: those with lines that no longer count, and small ones where there are many. */
export function chunksToRewrite(
  entity: ArchivedEntity,
  repeats: KeyRepeats,
  settings: ChunkSettings,
): ReadonlySet<number> {
  const victims = new Set(repeats.superseded.keys());
  const small = entity.chunks.flatMap((chunk, index) => (chunk.bytes * 8 < settings.chunkBytes ? [index] : []));
  if (small.length > smallChunksKept) for (const index of small) victims.add(index);
  return victims;
}

/**
 * Writes chunks anew without the lines that no longer count, next to one another where they stood next to one another.
 *
 * The manifest first says from which number on new chunks are unfinished, then lists them in place of the old ones, and last forgets the old ones when they are removed:
 * whenever this ends early, one of these three tells the next writer what to remove.
 */
export async function rewriteChunks(
  { folder, entity, manifest, settings, signal }: EntityWriting,
  repeats: KeyRepeats,
  victims: ReadonlySet<number>,
): Promise<void> {
  const before = manifest.find(entity);
  if (before === undefined) return;
  await manifest.updateEntity(entity, (current) => ({ ...current, rewriting: before.nextChunk }));
  const output = new RewrittenChunks(folder, before.nextChunk, settings);
  const obsolete: string[] = [];
  for (const [index, chunk] of before.chunks.entries()) {
    if (!victims.has(index)) {
      await output.keep(chunk);
      continue;
    }
    obsolete.push(chunk.name);
    await verifyChunk(folder, chunk, signal);
    const superseded = repeats.superseded.get(index);
    let line = 0;
    for await (const lines of chunkLines(join(folder, chunk.name), signal)) {
      const first = line;
      line += lines.length;
      await output.add(lines.filter((text, at) => !isSuperseded(superseded, first + at) && !isDeletionLine(text)));
    }
  }
  await output.endChunk();
  await manifest.updateEntity(entity, ({ rewriting: _done, ...current }) => ({
    ...current,
    chunks: output.chunks,
    nextChunk: output.nextNumber,
    settled: true,
    obsolete,
  }));
  await removeObsolete(folder, obsolete);
  await manifest.updateEntity(entity, ({ obsolete: _removed, ...current }) => current);
}

/** Removes chunks that the manifest no longer lists. */
export async function removeObsolete(folder: string, names: readonly string[]): Promise<void> {
  await removeFiles(folder, names);
  await writing(folder, () => syncFolder(folder));
}

/** The new list of chunks, and the chunk that is being filled. */
class RewrittenChunks {
  readonly chunks: Chunk[] = [];
  nextNumber: number;
  readonly #folder: string;
  readonly #settings: ChunkSettings;
  #part: ChunkWriter | undefined;

  constructor(folder: string, firstNumber: number, settings: ChunkSettings) {
    this.#folder = folder;
    this.nextNumber = firstNumber;
    this.#settings = settings;
  }

  async keep(chunk: Chunk): Promise<void> {
    await this.endChunk();
    this.chunks.push(chunk);
  }

  async add(lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return;
    if (this.#part === undefined) {
      this.#part = await createChunkWriter(this.#folder, this.nextNumber);
      this.nextNumber += 1;
    }
    await this.#part.append(lines);
    if (this.#part.bytes >= this.#settings.chunkBytes) await this.endChunk();
  }

  async endChunk(): Promise<void> {
    const part = this.#part;
    if (part === undefined) return;
    this.#part = undefined;
    this.chunks.push(await part.seal(this.#settings.gzip));
    await discardPart(this.#folder, part.number);
  }
}
