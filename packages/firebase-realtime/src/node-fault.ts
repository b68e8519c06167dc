import { DatamigratoError } from '@datamigrato/core';

/** A place that has no children to be records. */
export function notACollection(entity: string, where: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_REALTIME_NOT_A_COLLECTION',
    category: 'endpoint',
    message: `The node ${entity} in ${where} is a single value and has no children that could be records`,
    nextStep: 'name its parent as the root node, or another node',
    context: { entity },
  });
}

/** A place where nothing is. */
export function entityMissing(entity: string, where: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_ENTITY_MISSING',
    category: 'endpoint',
    message: `There is nothing at the node ${entity} in ${where}`,
    nextStep: `run \`datamigrato inspect ${where}\` to see what there is`,
    context: { entity },
  });
}

/** A server whose order of names is not the one that Google's libraries have. */
export function orderUnknown(where: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_REALTIME_ORDER',
    category: 'endpoint',
    message: `The server at ${where} sorts names of nodes in another order than client libraries do, so that they cannot be read page by page`,
    nextStep: 'report it; names beyond U+FFFF beside such between U+E000 and U+FFFF are the likely cause',
  });
}

/** A stored position or range that this connector did not write. */
export function damagedPosition(): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_REALTIME_POSITION',
    category: 'usage',
    message: 'A stored position or partition was not written by this version of the connector',
    nextStep: 'start the migration over; what it wrote is recognised and not doubled',
  });
}
