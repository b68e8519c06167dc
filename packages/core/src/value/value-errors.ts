import type { ErrorCatalogue } from '../error/datamigrato-error.js';

/** What the errors of values and their forms mean. */
export const valueErrors: ErrorCatalogue = {
  DM_VALUE_TOO_DEEP: {
    category: 'record',
    meaning: 'A value has more than 1,000 levels of documents and arrays inside one another.',
    remedy: 'Drop or flatten the field in the mapping.',
  },
  DM_TEXT_INVALID: {
    category: 'usage',
    meaning:
      'Typed JSON text is no JSON, or has a document with a field "@dm" that is no well-formed wrapper. The message names the place.',
    remedy: 'Restore the file as it was written. Plain JSON without "@dm" fields is always accepted.',
  },
  DM_TAG_INVALID: {
    category: 'record',
    meaning: 'A document of a store has a field "@dm" and is not a wrapper that a migration wrote.',
    remedy: 'Restore the document as it was written, or rename its field "@dm".',
  },
  DM_DIGEST_INVALID: {
    category: 'usage',
    meaning: 'A stored digest is not 64 hexadecimal digits and a count.',
    remedy: 'Restore the file that it came from, or start the migration anew.',
  },
  DM_KEY_TEXT_OPTIONS: {
    category: 'usage',
    meaning: 'The limits or name rules of a store leave no text into which keys could be encoded.',
    remedy: 'Correct the limits or name rules in the connector.',
  },
  DM_KEY_TEXT_RESERVED: {
    category: 'record',
    meaning: 'A key has no text that the store does not reserve for itself.',
    remedy: 'Choose another key field.',
  },
  DM_KEY_TEXT_INVALID: {
    category: 'record',
    meaning: 'A key is not in the form that a migration gives to keys, so that the key it stands for cannot be told.',
    remedy: 'Migrate records that were not written by a migration without its lock file.',
  },
  DM_KEY_TEXT_HASHED: {
    category: 'record',
    meaning: 'A key is the hash of a key that was too long for the store, from which the original cannot be read.',
    remedy: 'Take the key from the field that was stored beside it.',
  },
};
