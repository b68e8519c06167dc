import { DatamigratoError } from '@datamigrato/core';
import { connectorsIn, type LoadedConnector } from './loaded-connector.js';

/** A connector that this package knows by name before it is loaded. */
export interface KnownConnector {
  readonly id: string;
  readonly packageName: string;
  /** Schemes of its connection strings, without the colon. */
  readonly schemes: readonly string[];
  /** Imports the package, and with it its driver. */
  import(): Promise<object>;
}

/** Every connector that comes with this package: one entry each, and no driver is loaded before a job uses it. */
export const knownConnectors: readonly KnownConnector[] = [
  {
    id: 'cassandra',
    packageName: '@datamigrato/cassandra',
    schemes: ['cassandra', 'astra'],
    import: () => import('@datamigrato/cassandra'),
  },
  {
    id: 'file',
    packageName: '@datamigrato/file',
    schemes: ['file'],
    import: () => import('@datamigrato/file'),
  },
  {
    id: 'firebase-realtime',
    packageName: '@datamigrato/firebase-realtime',
    schemes: ['rtdb'],
    import: () => import('@datamigrato/firebase-realtime'),
  },
  {
    id: 'firestore',
    packageName: '@datamigrato/firestore',
    schemes: ['firestore'],
    import: () => import('@datamigrato/firestore'),
  },
  {
    id: 'mongodb',
    packageName: '@datamigrato/mongodb',
    schemes: ['mongodb', 'mongodb+srv'],
    import: () => import('@datamigrato/mongodb'),
  },
];

/** Whether the connector with this id comes with this package. */
export function isKnownConnector(id: string): boolean {
  return knownConnectors.some((known) => known.id === id);
}

/** Loads a known connector. Throws `DM_CONNECTOR_MISSING` with the command that installs it. */
export async function loadKnownConnector(known: KnownConnector): Promise<LoadedConnector> {
  let module: object;
  try {
    module = await known.import();
  } catch (error) {
    if (!isModuleMissing(error)) throw error;
    throw new DatamigratoError({
      code: 'DM_CONNECTOR_MISSING',
      category: 'usage',
      message: `The connector ${known.id} is not installed, or its driver is not`,
      nextStep: `npm install ${known.packageName}`,
      context: { connector: known.id },
      cause: error,
    });
  }
  const loaded = connectorsIn(module).find(({ connector }) => connector.id === known.id);
  if (loaded !== undefined) return loaded;
  throw new DatamigratoError({
    code: 'DM_CONNECTOR_FAULT',
    category: 'internal',
    message: `The package ${known.packageName} exports no connector ${known.id}`,
    nextStep: `install the version of ${known.packageName} that belongs to this version of datamigrato`,
  });
}

function isModuleMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
}
