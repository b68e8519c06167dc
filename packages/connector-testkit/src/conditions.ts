import type { Manifest, ValueKind, WriteMode } from '@datamigrato/core';
import type { Condition } from './conformance-case.js';
import { boundaryValues } from './data/boundary-values.js';

const manifestHas =
  (test: (manifest: Manifest) => boolean, reason: string): Condition =>
  ({ connector }) =>
    test(connector.manifest) ? undefined : reason;

export const readable: Condition = ({ connector }) =>
  connector.capabilities.source ? undefined : 'the connector has no source';
export const writable: Condition = ({ connector }) =>
  connector.capabilities.target ? undefined : 'the connector has no target';
export const administrable: Condition = ({ connector }) =>
  connector.capabilities.admin ? undefined : 'the connector has no admin';
export const tellsChanges: Condition = ({ changes }) =>
  changes === 'told' ? undefined : 'the source tells of no changes, says the harness';
export const tellsNoChangesHere: Condition = ({ changes }) =>
  changes === 'untold' ? undefined : 'the harness names no store that keeps its changes to itself';

export const overNetwork: Condition = ({ reach }) =>
  reach === 'network' ? undefined : 'the store is not reached through a network';
export const onThisMachine: Condition = ({ reach }) =>
  reach === 'local' ? undefined : 'the store is reached through a network';

/** Where a stand-in lacks every ordinary value of the kind. */
export const notLackedByStandIn =
  (kind: ValueKind): Condition =>
  ({ standIn }) =>
    standIn !== undefined && boundaryValues[kind].ordinary.every((value) => standIn.lacksValue(value))
      ? `${standIn.name}, which stands in for the store, has no ${kind}`
      : undefined;
export const hasStandIn: Condition = ({ standIn }) =>
  standIn !== undefined ? undefined : 'the store itself is tested, and no imitation';

export const keysMayBe = (kind: ValueKind): Condition =>
  manifestHas(({ keyKinds }) => keyKinds.includes(kind), `no key is a ${kind}, says the manifest`);
export const keysOfParts: Condition = manifestHas(
  ({ compositeKeys, keyKinds }) => keyKinds.includes(compositeKeys ? 'string' : 'document'),
  'a key has neither parts that are texts nor fields, says the manifest',
);
export const patternOfEntities: Condition = manifestHas(
  ({ names }) => names.entityPattern !== null,
  'the manifest has no pattern for the names of entities',
);
export const moving: Condition = manifestHas(
  ({ readConsistency }) => readConsistency === 'moving',
  'a scan sees one moment of the store, says the manifest',
);
export const emptyEntities: Condition = manifestHas(
  ({ emptyEntities: canBeEmpty }) => canBeEmpty !== false,
  'an entity is nothing but its records, says the manifest',
);
export const documents: Condition = manifestHas(({ shape }) => shape === 'document', 'the store holds tables');
export const idempotent: Condition = manifestHas(
  ({ idempotentWrites }) => idempotentWrites,
  'the manifest says that repeated writes are not idempotent',
);
export const limited = (limit: 'recordBytes' | 'keyBytes' | 'depth'): Condition =>
  manifestHas(({ limits }) => limits[limit] !== null, `the manifest has no limit ${limit}`);
export const writesIn = (mode: WriteMode): Condition =>
  manifestHas(({ writeModes }) => writeModes.includes(mode), `the manifest has no write mode ${mode}`);
export const lacksWriteMode: Condition = manifestHas(
  ({ writeModes }) => writeModes.length < 3,
  'the manifest has every write mode',
);
export const holdsExactly = (kind: ValueKind): Condition =>
  manifestHas(({ values }) => values[kind].fidelity === 'exact', `the manifest does not hold ${kind} exactly`);
