import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readBlocks } from '../reading/byte-blocks.js';
import { chunkLines, chunkName, namesIn, partName, partPattern, refuseUnlistedChunks } from './chunk-file.js';
import { resumeChunkWriter } from './chunk-writer.js';
import { type EntityWriting, sealInto } from './entity-writer.js';
import { keyFilePattern } from './key-index.js';
import { type ArchivedEntity, type Chunk, chunkNamePattern } from './manifest.js';
import { removeFiles } from './remove-files.js';
import { removeObsolete } from './rewrite-chunks.js';

/** Whether an entity was left by its last writer as it is to be read. */
export function needsRecovery(entity: ArchivedEntity): boolean {
  return (
    !entity.settled || entity.appending !== undefined || entity.rewriting !== undefined || entity.obsolete !== undefined
  );
}

/**
 * Brings an entity that an earlier writer left unfinished into a state that can be written to; nothing that was acknowledged is lost.
 *
 * An unfinished rewriting is removed and will be done again, files that are no longer listed are removed, and the chunk that was being appended to is sealed.
 * What the manifest does not explain is left alone and refused.
 */
export async function recoverEntity(work: EntityWriting): Promise<void> {
  const entity = work.manifest.find(work.entity);
  if (entity === undefined) return;
  const { folder, manifest } = work;
  const names = await namesIn(folder);
  await removeFiles(
    folder,
    names.filter((name) => keyFilePattern.test(name) || name.endsWith('.tmp')),
  );
  if (entity.rewriting !== undefined) {
    const first = entity.rewriting;
    await removeFiles(
      folder,
      names.filter((name) => (numberOf(name) ?? -1) >= first),
    );
    await manifest.updateEntity(work.entity, ({ rewriting: _undone, ...current }) => current);
  }
  if (entity.obsolete !== undefined) {
    await removeObsolete(folder, entity.obsolete);
    await manifest.updateEntity(work.entity, ({ obsolete: _removed, ...current }) => current);
  }
  if (entity.appending !== undefined) await finishChunk(work, entity.appending);
  await removeListedParts(work);
  const recovered = manifest.find(work.entity);
  if (recovered !== undefined) await refuseUnlistedChunks(folder, recovered);
}

async function finishChunk(work: EntityWriting, number: number): Promise<void> {
  const { folder, entity, manifest, settings, signal } = work;
  const names = new Set(await namesIn(folder));
  if (names.has(partName(number))) {
    // A packed form that was finished but never listed is made again.
    await removeFiles(
      folder,
      [chunkName(number, false), chunkName(number, true)].filter((name) => names.has(name)),
    );
    await sealInto(await resumeChunkWriter(folder, number, signal), { folder, entity, manifest, gzip: settings.gzip });
    return;
  }
  const sealed = [chunkName(number, false), chunkName(number, true)].find((name) => names.has(name));
  const chunk = sealed === undefined ? undefined : await describeChunk(folder, sealed, signal);
  await manifest.updateEntity(entity, ({ appending: _done, ...current }) => ({
    ...current,
    chunks: chunk === undefined ? current.chunks : [...current.chunks, chunk],
  }));
}

/** A sealed chunk that the manifest was not told of: it was complete before it got its name. */
async function describeChunk(folder: string, name: string, signal: AbortSignal): Promise<Chunk> {
  const path = join(folder, name);
  const digest = createHash('sha256');
  for await (const block of readBlocks({ path, compressed: false, start: 0, signal })) digest.update(block);
  let records = 0;
  for await (const lines of chunkLines(path, signal)) records += lines.length;
  return { name, records, bytes: (await stat(path)).size, sha256: digest.digest('hex') };
}

/** The unpacked lines of chunks whose packed form is listed. */
async function removeListedParts({ folder, entity, manifest }: EntityWriting): Promise<void> {
  const listed = new Set(manifest.find(entity)?.chunks.map(({ name }) => numberOf(name)));
  const parts = (await namesIn(folder)).filter((name) => name.endsWith('.part') && listed.has(numberOf(name)));
  await removeFiles(folder, parts);
}

function numberOf(name: string): number | undefined {
  const digits = (chunkNamePattern.exec(name) ?? partPattern.exec(name))?.[1];
  return digits === undefined ? undefined : Number(digits);
}
