import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type EntitySchema, entityName } from '@datamigrato/core';
import { z } from 'zod';
import { fileError, hasSystemCode, systemError } from '../errors.js';
import { isEntityFolder } from './entity-folder.js';

/** One sealed file of records: as `sha256sum` and `wc -lc` would say of it, gzip included. */
export interface Chunk {
  readonly name: string;
  readonly records: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** What the manifest says of an entity. */
export interface ArchivedEntity {
  readonly entity: string;
  /** Its folder inside the archive. */
  readonly folder: string;
  readonly schema: EntitySchema;
  /** In the order in which they are read; of two records with one key the later one holds until the entity is settled. */
  readonly chunks: readonly Chunk[];
  /** Number that no chunk has had yet. */
  readonly nextChunk: number;
  /** Whether every key is known to stand once and every deletion to be carried out. */
  readonly settled: boolean;
  /** Number of the chunk that is being appended to, if any: the file `000007.part`, or the sealed one that is not yet listed. */
  readonly appending?: number;
  /** First number of the chunks that a settling is writing; they count only once they are listed. */
  readonly rewriting?: number;
  /** Files that are no longer listed and still to be removed. */
  readonly obsolete?: readonly string[];
}

/** An archive's table of contents. */
export interface ArchiveManifest {
  readonly format: 'datamigrato-archive';
  readonly version: 1;
  readonly entities: readonly ArchivedEntity[];
  /** Folders of dropped entities that are still to be removed. */
  readonly dropped?: readonly string[];
}

/** An archive without entities. */
export const emptyManifest: ArchiveManifest = { format: 'datamigrato-archive', version: 1, entities: [] };

export const manifestName = 'manifest.json';

/** Names of sealed chunks. A manifest may come from anywhere, and its names are joined to a path. */
export const chunkNamePattern = /^(\d{6,10})\.ndjson(?:\.gz)?$/;

const chunkName = z.string().regex(chunkNamePattern);
const folderName = z.string().refine(isEntityFolder, 'not the name of an entity folder');
const natural = z.number().int().nonnegative();

const manifestSchema = z.object({
  format: z.literal('datamigrato-archive'),
  version: z.literal(1),
  entities: z.array(
    z.object({
      entity: z.string(),
      folder: folderName,
      schema: z.looseObject({
        key: z.array(z.looseObject({ name: z.string(), role: z.enum(['partition', 'clustering']) })).min(1),
        fields: z.array(z.looseObject({ name: z.string() })),
        origin: z.enum(['declared', 'inferred', 'planned']),
      }),
      chunks: z.array(
        z.object({ name: chunkName, records: natural, bytes: natural, sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
      ),
      nextChunk: natural,
      settled: z.boolean(),
      appending: natural.optional(),
      rewriting: natural.optional(),
      obsolete: z.array(chunkName).optional(),
    }),
  ),
  dropped: z.array(folderName).optional(),
});

/** Largest manifest that is read: some 500,000 chunks. */
const maximumManifestBytes = 64 * 1024 * 1024;

/** The manifest of a folder, or undefined where it is no archive. Throws `DM_FILE_MANIFEST_INVALID` for a damaged one. */
export async function readManifest(folder: string): Promise<ArchiveManifest | undefined> {
  const path = join(folder, manifestName);
  const text = await manifestText(path);
  if (text === undefined) return undefined;
  const parsed = parseJson(text);
  if (typeof parsed !== 'object' || parsed === null || !('format' in parsed)) {
    if (parsed === undefined && text.includes('datamigrato-archive')) throw invalid(path, 'it is not JSON');
    // Somebody else's manifest.json.
    return undefined;
  }
  if (parsed.format !== 'datamigrato-archive') return undefined;
  if ('version' in parsed && parsed.version !== 1) throw invalid(path, 'its format version is not 1');
  const result = manifestSchema.safeParse(parsed);
  if (!result.success) {
    throw invalid(path, `${result.error.issues[0]?.path.join('.') ?? ''} is not as it is written`);
  }
  return manifestFrom(path, result.data);
}

function manifestFrom(path: string, data: z.output<typeof manifestSchema>): ArchiveManifest {
  const entities = data.entities.map(
    ({ appending, rewriting, obsolete, ...entity }): ArchivedEntity => ({
      ...entity,
      schema: schemaFrom(entity.entity, entity.schema),
      ...(appending === undefined ? {} : { appending }),
      ...(rewriting === undefined ? {} : { rewriting }),
      ...(obsolete === undefined ? {} : { obsolete }),
    }),
  );
  if (new Set(entities.map(({ entity }) => entity)).size !== entities.length)
    throw invalid(path, 'an entity stands twice');
  if (new Set(entities.map(({ folder }) => folder)).size !== entities.length)
    throw invalid(path, 'a folder stands twice');
  return { ...emptyManifest, entities, ...(data.dropped === undefined ? {} : { dropped: data.dropped }) };
}

/** The parts of a schema that were checked, under the entity's own name; the rest of it is core's, as core wrote it. */
function schemaFrom(entity: string, schema: Omit<EntitySchema, 'entity'>): EntitySchema {
  return { ...schema, entity: entityName(entity) };
}

/** The manifest as it is written. */
export function manifestJson(manifest: ArchiveManifest): string {
  return `${JSON.stringify(manifest, undefined, 1)}\n`;
}

async function manifestText(path: string): Promise<string | undefined> {
  try {
    if ((await stat(path)).size > maximumManifestBytes) return undefined;
    return await readFile(path, 'utf8');
  } catch (thrown) {
    if (hasSystemCode(thrown, 'ENOENT', 'ENOTDIR')) return undefined;
    throw systemError(thrown, 'read', path);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Told by the caller, who knows whether this was to be a manifest.
    return undefined;
  }
}

function invalid(path: string, problem: string): Error {
  return fileError('DM_FILE_MANIFEST_INVALID', `The archive's manifest ${path} cannot be used: ${problem}`, {
    context: { path },
  });
}
