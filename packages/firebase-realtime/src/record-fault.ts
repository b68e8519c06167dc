import { DatamigratoError, type ValueKind } from '@datamigrato/core';

/** A value that the mapping should have converted. */
export function valueUnheld(kind: ValueKind): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_REALTIME_VALUE',
    category: 'record',
    message: `A record holds a value of kind ${kind} that no node can hold as it is`,
    nextStep: 'plan again with a larger sample, so that the mapping converts it',
    context: { kind },
  });
}

/** A text with half of a surrogate pair. */
export function textUnwritable(): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_REALTIME_TEXT',
    category: 'record',
    message: 'A record holds a text with half of a surrogate pair, which UTF-8 cannot tell',
    nextStep: 'correct the text at the source',
  });
}

/** A text that is too long for a node. */
export function textTooLong(limit: number): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_REALTIME_TOO_LARGE',
    category: 'record',
    message: `A record holds a text of more than ${limit} bytes, which no node takes`,
    nextStep: 'leave the field out with the options `drop` or `select`',
    context: { limit },
  });
}

/** A field's name that is too long for a node. */
export function nameTooLong(limit: number): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_REALTIME_NAME',
    category: 'record',
    message: `A record holds a field whose name takes more than ${limit} bytes as the name of a node`,
    nextStep: 'rename the field with the option `rename`, or leave it out with `drop`',
    context: { limit },
  });
}

/** A key that is no name of a node. */
export function keyUnusable(): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_REALTIME_KEY',
    category: 'record',
    message: 'A key is not the name of a node',
    nextStep:
      'use texts of at most 768 bytes without . $ # [ ] / and control characters; a migration makes such of any key',
  });
}

/** A record deeper than the database allows. */
export function tooDeep(levels: number, limit: number): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_REALTIME_TOO_DEEP',
    category: 'record',
    message: `A record reaches ${levels} levels below the root of the database, which has ${limit}`,
    nextStep: 'write it nearer to the root, or flatten it with the option `flatten`',
    context: { levels, limit },
  });
}

/** A record whose node alone is more than one request may carry. */
export function recordTooLarge(bytes: number): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_REALTIME_TOO_LARGE',
    category: 'record',
    message: `A record takes ${bytes} bytes, more than one request may carry`,
    nextStep: 'leave its largest field out with the options `drop` or `select`',
    context: { bytes },
  });
}

/** A record that the server refuses while it takes others. */
export function recordRefused(where: string, status: number): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_REALTIME_RECORD_REFUSED',
    category: 'record',
    message: `The server refuses this record (status ${status}) at ${where}`,
    nextStep: 'look at the security rules of the database for what they demand of a record at its place',
    context: { status },
  });
}
