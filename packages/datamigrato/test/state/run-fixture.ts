import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Checkpoint, type EntityName, isDatamigratoError, type Partition } from '@datamigrato/core';
import type { StoreRecord } from '../../src/connect/store-record.js';
import { systemRuntime } from '../../src/runtime.js';
import type { RunFingerprint } from '../../src/state/run-fingerprint.js';
import type { RunRecord } from '../../src/state/run-record.js';
import { openRunStore, type RunStore, type RunStoreOptions } from '../../src/state/run-store.js';

export const films = 'films' as EntityName;

export const fingerprint: RunFingerprint = {
  plan: 'a'.repeat(64),
  program: '0.4.1',
  source: { connector: 'mongodb', version: '0.4.0', endpoint: 'mongodb://localhost/shop' },
  target: { connector: 'cassandra', version: '0.4.2', endpoint: 'cassandra://localhost/shop' },
};

const store: StoreRecord = {
  connector: 'file',
  text: './films.json',
  options: {},
  variables: true,
  withheld: [],
  shownAs: null,
};

/** What a run folder is begun with. */
export const runRecord: Omit<RunRecord, 'schema' | 'run'> = {
  startedAt: '2026-11-24T00:00:00.000Z',
  program: '0.4.1',
  folder: '/somewhere',
  source: store,
  target: store,
  retries: null,
};

/** How `films` is cut: four partitions. */
export const partitions: readonly Partition[] = ['a-f', 'g-m', 'n-s', 't-z'].map((id) => ({
  entity: films,
  id,
  range: { from: id.slice(0, 1), to: id.slice(2), collated: false },
}));

/** The checkpoint of a partition, by its number, after so many records. */
export function checkpoint(partition: number, read: number, finished = false): Checkpoint {
  const { id, range } = partitions[partition % partitions.length] as Partition;
  const dead = Math.floor(read / 100);
  return {
    source: films,
    target: films,
    partition: { id, range },
    position: { after: `é${read}`, page: [read, null] },
    finished,
    ledger: { read, written: read - dead, unchanged: 0, dead, filtered: 0 },
    bytes: read * 220,
    digest: { sum: read.toString(16).padStart(64, '0'), count: read - dead },
  };
}

export function openStore(
  folder: string,
  mode: RunStoreOptions['mode'],
  more: Partial<RunStoreOptions> = {},
): Promise<RunStore> {
  return openRunStore({ folder, mode, fingerprint, runtime: systemRuntime, ...more });
}

/** The code of the error that a promise rejects with, or `none`. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (isDatamigratoError(error)) return error.code;
    throw error;
  }
  return 'none';
}

/** Path of the journal in a folder that has one. */
export async function journalPath(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => name.startsWith('journal-'));
  if (names.length !== 1) throw new Error(`${folder} has ${names.length} journals`);
  return join(folder, names[0] as string);
}

export async function journalLines(folder: string): Promise<readonly string[]> {
  return (await readFile(await journalPath(folder), 'utf8')).split('\n').filter((line) => line !== '');
}
