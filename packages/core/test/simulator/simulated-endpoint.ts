import { defineConnector, type Endpoint, type Manifest, type Source, type Target } from '../../src/index.js';
import { documentManifest, tableManifest } from '../memory-connector.js';
import { type NativeRecord, nativeCodec } from './native-record.js';
import type { Scenario } from './scenario.js';

/** What the target of a scenario can hold and how it behaves. */
export function targetManifestOf(scenario: Scenario): Manifest {
  const manifest = scenario.shape === 'table' ? tableManifest : documentManifest;
  return { ...manifest, limits: { ...manifest.limits, ...scenario.limits } };
}

/** An open endpoint with the given roles. */
export async function openSimulated(
  id: string,
  manifest: Manifest,
  roles: { readonly source?: Source<NativeRecord>; readonly target?: Target<NativeRecord> },
): Promise<Endpoint> {
  const { source, target } = roles;
  const connector = defineConnector<object, object, NativeRecord>({
    specVersion: 1,
    id,
    version: '1.0.0',
    schemes: [id],
    manifest,
    options: { '~standard': { version: 1, vendor: 'test', validate: () => ({ value: {} }) } },
    parseUrl: () => ({ options: {} }),
    describe: () => ({ id: `${id}:simulated`, notices: [] }),
    open: async () => ({}),
    close: async () => {},
    codec: nativeCodec,
    ...(source && { source: () => source }),
    ...(target && { target: () => target }),
  });
  return (await connector.configure({})).open({ signal: new AbortController().signal, deadline: 1000 });
}
