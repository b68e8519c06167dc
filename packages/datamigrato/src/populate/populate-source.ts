import { type CallOptions, DatamigratoError, type Endpoint, type MappingOptions } from '@datamigrato/core';
import type { ConnectorSet } from '../connect/connector-set.js';
import { describedAs } from '../connect/described-endpoint.js';
import { schemeOf } from '../connect/endpoint-reference.js';
import { type RecordableStore, recordOf, type StoreRecord } from '../connect/store-record.js';
import { createPrivateFolder } from '../state/private-file.js';
import type { RunFolder } from '../state/run-folder.js';
import { defaultMaximumBytes, download } from './download.js';
import { downloadUrl, shownUrl } from './guarded-address.js';

/** A JSON document to take records from. */
export interface PopulateSource {
  /** An `https` URL or the path of a file. */
  readonly from: string;
  /** Where the array of records lies in the document, such as `data.items`. Default: `data.data`, `data`, or the document itself if it is an array. */
  readonly recordsPath?: string;
  /** Allows the host that `from` names to be private or to speak plain http. Default: false. */
  readonly allowPrivate?: boolean;
  /** Most bytes to download, after decompression. Default: 4 GiB. */
  readonly maximumBytes?: number;
}

/** The name that a document gives its records: the file's name without extension, else `records`. */
export function documentName(from: string): string {
  const path = isWebAddress(from) ? downloadUrl(from).pathname : from;
  const name = path.split(/[/\\]/).findLast((part) => part !== '') ?? '';
  const stem = name
    .replace(/\.(?:json|geojson|ndjson|jsonl|ldjson)(?:\.gz)?$/i, '')
    .replaceAll(/[^A-Za-z0-9_-]+/g, '_');
  return /[A-Za-z0-9]/.test(stem) ? stem.slice(0, 48) : 'records';
}

/** Whether a text is a web address, of any scheme that a browser would fetch, rather than a path. */
function isWebAddress(from: string): boolean {
  const scheme = schemeOf(from);
  return scheme !== undefined && scheme !== 'file';
}

/**
 * The document as a source of records: downloaded into the run's folder until the run is finished, or read where it lies.
 *
 * Records have the key that `primaryKey` names; else their own `_id` or `id`; else one made of their content, numbered among equals, so that a second run finds the same keys.
 *
 * @throws DatamigratoError of the download's guard.
 */
export async function populateSource(
  source: PopulateSource,
  primaryKey: MappingOptions['primaryKey'],
  connectors: ConnectorSet,
  folder: RunFolder,
  signal: AbortSignal,
): Promise<RecordableStore> {
  const file = await connectors.byId('file');
  const key = keyFields(primaryKey);
  const options = {
    format: 'auto',
    ...(source.recordsPath !== undefined && { recordsPath: source.recordsPath }),
    ...(key.length > 0 && { key }),
  };
  const recorded = (path: string, shownAs: string | null): StoreRecord => ({
    ...recordOf({ connector: file, options: { ...options, path } }, file.id),
    shownAs,
  });
  if (!isWebAddress(source.from)) {
    const path = source.from.replace(/^file:(?:\/\/(?=\/))?/i, '');
    return { configured: await file.configure({ ...options, path }), record: recorded(path, null) };
  }
  await createPrivateFolder(folder.downloads);
  const path = `${folder.downloads}/${documentName(source.from)}.json`;
  const { from } = await download({
    url: source.from,
    file: path,
    allowPrivate: source.allowPrivate ?? false,
    maximumBytes: source.maximumBytes ?? defaultMaximumBytes,
    signal,
  });
  const shownAs = shownUrl(downloadUrl(from));
  return {
    configured: describedAs(await file.configure({ ...options, path }), shownAs),
    record: recorded(path, shownAs),
  };
}

/** The one entity that a document is. Throws `DM_POPULATE_FOLDER` for a folder. */
export async function documentEntity(source: Endpoint, call: CallOptions): Promise<string> {
  const entities: string[] = [];
  for await (const { entity } of source.source().listEntities(call)) entities.push(entity);
  const [only] = entities;
  if (only !== undefined && entities.length === 1) return only;
  throw new DatamigratoError({
    code: 'DM_POPULATE_FOLDER',
    category: 'usage',
    message: `${source.description.id} is not one document but holds ${entities.length} entities`,
    nextStep: 'copy a whole folder with `datamigrato copy`',
  });
}

function keyFields(primaryKey: MappingOptions['primaryKey']): readonly string[] {
  if (primaryKey === undefined) return [];
  if (typeof primaryKey === 'string') return [primaryKey];
  return 'partition' in primaryKey ? [...primaryKey.partition, ...(primaryKey.clustering ?? [])] : primaryKey;
}
