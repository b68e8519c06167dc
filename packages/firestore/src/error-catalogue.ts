import type { ErrorCatalogue } from '@datamigrato/core';

/** The codes of this package and what to do about them. */
export const errorCatalogue: ErrorCatalogue = {
  DM_FIRESTORE_URL: {
    category: 'usage',
    meaning: 'The connection string is not one of Firestore.',
    remedy: 'Write it as `firestore://project/(default)/collection`, with `?emulator=127.0.0.1:8080` for an emulator.',
  },
  DM_FIRESTORE_PATH: {
    category: 'usage',
    meaning: 'A name is that of a document or of nothing, where a collection is needed.',
    remedy:
      'Name a collection, `users`, or a sub-collection: `users/*/messages` of all, `users/alice/messages` of one.',
  },
  DM_FIRESTORE_EMULATOR_UNASKED: {
    category: 'usage',
    meaning:
      'The environment variable FIRESTORE_EMULATOR_HOST is set and the options do not say whether an emulator is meant, or the other way round.',
    remedy:
      'Set the option `emulator` to true for the emulator that the variable names, to its address, or to false for the database in the cloud.',
  },
  DM_FIRESTORE_CREDENTIALS: {
    category: 'usage',
    meaning: 'No credentials were given or found, or several of which none was chosen.',
    remedy:
      'Give the file of a service account as `serviceAccount`, set `applicationDefault` to true, or name an `emulator`.',
  },
  DM_FIRESTORE_CREDENTIAL_FILE: {
    category: 'usage',
    meaning:
      'The file is not that of a service account: not readable, larger than 64 KiB, not JSON, or of another type, such as `external_account`.',
    remedy:
      'Give the JSON file of a service account, as the console of Google Cloud or Firebase offers it; for workload identity federation use application default credentials with `allowExternalAccount`.',
  },
  DM_FIRESTORE_AUTH: {
    category: 'endpoint',
    meaning:
      'Google does not accept the credentials: the key was deleted, the account is disabled, or the clock is wrong.',
    remedy: "Check the account's keys in the console and the clock of this machine.",
  },
  DM_FIRESTORE_PERMISSION: {
    category: 'endpoint',
    meaning: 'The account may not do what was asked.',
    remedy: 'Grant it the role Cloud Datastore User, or Cloud Datastore Viewer for reading alone.',
  },
  DM_FIRESTORE_DATABASE_MISSING: {
    category: 'endpoint',
    meaning: 'There is no such project, or it has no database of that name.',
    remedy: 'Check `projectId` and `databaseId`; make the database in the console.',
  },
  DM_FIRESTORE_PRECONDITION: {
    category: 'endpoint',
    meaning: 'The database is in Datastore mode, or an index that every database has was switched off.',
    remedy: 'Use a database in native mode; remove exemptions from the single-field indexes of collection groups.',
  },
  DM_FIRESTORE_PARTS_MISSING: {
    category: 'record',
    meaning:
      'A document was too large and is stored in parts, in its sub-collection `dm_split`, of which some are not there.',
    remedy: 'Write the record once more from where it came; a run that was interrupted does so when it is resumed.',
  },
  DM_FIRESTORE_EMBED_FIELD: {
    category: 'record',
    meaning:
      'A document has a field with the name of a sub-collection that is to be embedded in it, or an embedded one has a field `__id__`.',
    remedy: 'Leave the sub-collection out of the option `embed`, or rename the field at the source.',
  },
  DM_FIRESTORE_EMBED_TOO_LARGE: {
    category: 'record',
    meaning: 'A document has more than 16 MiB with what is embedded in it.',
    remedy: 'Leave the sub-collection out of the option `embed`: it is then copied as an entity of its own.',
  },
  DM_FIRESTORE_EMBED_ELEMENT: {
    category: 'record',
    meaning:
      'An array that is to be a sub-collection has an element that is no map, has no text `__id__`, or is not in the order of ids.',
    remedy:
      'Give each element an id in `__id__` and sort them by it, or leave the sub-collection out of the option `embed`.',
  },
  DM_FIRESTORE_TARGET_CONFLICT: {
    category: 'endpoint',
    meaning: 'The path of the target has more or fewer ids than the keys of the records have parts.',
    remedy: 'Name a path with one `*` fewer than the key has parts, such as `rooms/*/messages` for a key of two.',
  },
  DM_FIRESTORE_UNAVAILABLE: {
    category: 'transient',
    meaning: 'The service broke the request or the connection off.',
    remedy: 'Nothing: it is tried again.',
  },
  DM_FIRESTORE_THROTTLED: {
    category: 'transient',
    meaning: 'The service asks for fewer requests, or a quota of the project is used up.',
    remedy: 'Nothing: writing slows down by itself. If it stays, look at the quotas of the project in the console.',
  },
  DM_FIRESTORE_REFUSED: {
    category: 'endpoint',
    meaning: 'The service refused a request for a reason that has no code of its own here.',
    remedy: 'Look the name of the code up at https://grpc.io/docs/guides/status-codes/.',
  },
  DM_FIRESTORE_RECORD_REFUSED: {
    category: 'record',
    meaning: 'The service refuses one record, and takes others.',
    remedy:
      'Compare the record with https://cloud.google.com/firestore/quotas: 40,000 index entries is the limit that is met most often.',
  },
  DM_FIRESTORE_KEY: {
    category: 'record',
    meaning: 'A key is no id of Firestore: no text, empty, reserved, with a `/`, or of more than 1,500 bytes.',
    remedy:
      'Let a migration make the ids, which turns any key into one; where records are written directly, give texts.',
  },
  DM_FIRESTORE_VALUE: {
    category: 'record',
    meaning: 'A value is of a kind that Firestore or this version of the connector does not know.',
    remedy: 'Leave the field out with `drop` or `select`, or change it at the source.',
  },
  DM_FIRESTORE_VALUE_TOO_LONG: {
    category: 'record',
    meaning: 'A text or binary has more than 1,048,487 bytes.',
    remedy: 'Leave the field out with `drop` or `select`.',
  },
  DM_FIRESTORE_FIELD_NAME: {
    category: 'record',
    meaning: 'The name of a field has more than 1,500 bytes.',
    remedy: 'Rename the field with `rename`, or leave it out.',
  },
  DM_FIRESTORE_TOO_DEEP: {
    category: 'record',
    meaning: 'A record has more than 20 levels of documents and arrays inside one another.',
    remedy: 'Leave the field out with `drop` or `select`, or use `flatten`.',
  },
  DM_FIRESTORE_DOCUMENT_TOO_LARGE: {
    category: 'record',
    meaning: 'A record takes more than 1 MiB as a document.',
    remedy: 'Leave its largest field out with `drop` or `select`.',
  },
  DM_FIRESTORE_POSITION: {
    category: 'usage',
    meaning: 'A stored position or partition was not written by this version of the connector.',
    remedy: 'Start the migration over; what it wrote is recognised and not doubled.',
  },
  DM_FIRESTORE_DRIVER: {
    category: 'internal',
    meaning: "Google's library failed in a way that it should not.",
    remedy: 'Report it with the output of the same command and `--verbose`.',
  },
};
