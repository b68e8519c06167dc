import { valueErrors } from '../value/value-errors.js';
import type { ErrorCatalogue } from './datamigrato-error.js';

/** The codes that core throws, and those that connectors of every store share. */
export const errorCatalogue: ErrorCatalogue = {
  ...valueErrors,
  DM_OPTIONS_INVALID: {
    category: 'usage',
    meaning: 'The options of a connector are not usable. The message names each option and what is wrong with it.',
    remedy: "Correct the options that the message names; the connector's README lists all of them.",
  },
  DM_URL_INVALID: {
    category: 'usage',
    meaning:
      'A connection string is not in a form that its connector takes. It is not shown, since it may hold a password.',
    remedy: 'Compare it with the form in the message, and percent-encode special characters in user and password.',
  },
  DM_ROLE_MISSING: {
    category: 'usage',
    meaning: 'A connector was asked to read or write or delete, and cannot.',
    remedy: 'Run `datamigrato connectors` to see what each connector can do.',
  },
  DM_CHANGES_UNSUPPORTED: {
    category: 'endpoint',
    meaning: 'Catching up was asked for, and the source tells nobody of its changes.',
    remedy:
      'Copy while nothing writes to the source, or make it one that has a feed of changes; the README of its connector says which have one.',
  },
  DM_CHANGES_LOST: {
    category: 'endpoint',
    meaning:
      'The source does not have all changes any more since the position that a run has reached: its history is too short, or the collection was dropped or renamed. Going on from now would lose what came in between.',
    remedy:
      'Let `datamigrato repair` compare and mend the copy while nothing writes, or copy anew as another run after giving the source a longer history.',
  },
  DM_CATCH_UP_LATE: {
    category: 'usage',
    meaning:
      'Catching up was asked for when a run was taken up that began without it: changes since its beginning cannot be told.',
    remedy:
      'Finish the run without --catch-up and let `datamigrato verify` compare both sides, or copy anew as another run with --catch-up.',
  },
  DM_CATCH_UP_IMPOSSIBLE: {
    category: 'usage',
    meaning:
      'Catching up was asked for where changes cannot be applied by key: the message says what stands in the way, such as keys made of fields, a mode other than `replace`, or a target that does not delete.',
    remedy:
      'Leave what the message names out, or leave --catch-up out and let `datamigrato verify` compare both sides.',
  },
  DM_ENDPOINT_UNREACHABLE: {
    category: 'transient',
    meaning: 'Nothing answers at the address of a store, or what answers is not that store.',
    remedy:
      'Check host, port, firewall and that the server runs; allow more time with --connect-timeout where it is far away.',
  },
  DM_ENDPOINT_UNAVAILABLE: {
    category: 'endpoint',
    meaning: 'A store failed again and again for longer than it may be gone, or asked for less all the time.',
    remedy:
      'Bring it up again, or lower --max-rate, and run the same command again: records that are there are written as they are.',
  },
  DM_DEADLINE_EXCEEDED: {
    category: 'transient',
    meaning: 'A store did not answer one request within its deadline.',
    remedy: 'Check that it is up and not overloaded, or allow it more time with --timeout.',
  },
  DM_ENTITY_MISSING: {
    category: 'endpoint',
    meaning: 'A store has no entity (collection, table, file) of this name.',
    remedy: 'Run `datamigrato inspect <store>` to see what there is; names are case-sensitive.',
  },
  DM_NO_ENTITIES: {
    category: 'endpoint',
    meaning: 'The source is there and holds nothing that could be moved.',
    remedy:
      'Check the name of the database, keyspace or folder; `datamigrato inspect <store>` also lists what is left out and why.',
  },
  DM_ENTITY_NAME: {
    category: 'usage',
    meaning: 'The target does not take an entity of this name.',
    remedy:
      'Give it another name with --entity <source>=<target>, and name all others that are to be moved in the same way: once it is used, nothing else is moved.',
  },
  DM_LIMIT_REFUSED: {
    category: 'usage',
    meaning: 'Records are beyond limits of the target for which `refuse` was chosen. Nothing was written.',
    remedy:
      'Look at them with `datamigrato plan --check`; change the mapping or the records, or let them become dead letters with --on-limit <limit>=reject.',
  },
  DM_NAME_COLLISION: {
    category: 'usage',
    meaning:
      'Two fields, key parts or entities would have the same name in the target, so that one would overwrite the other.',
    remedy: 'Rename one of them with --rename or --entity <source>=<target>, or flatten with another separator.',
  },
  DM_FIELD_UNKNOWN: {
    category: 'usage',
    meaning: 'The mapping names a field that no record has.',
    remedy: 'Run `datamigrato inspect <store>` to see the names of fields; after flattening, names are joined.',
  },
  DM_SPLIT_UNSUPPORTED: {
    category: 'usage',
    meaning: 'Records that are too large were to be split by a field, and the target stores no record in parts.',
    remedy: 'Choose `reject` or `refuse` for recordBytes in `onLimit`, or leave the field out with `drop`.',
  },
  DM_FILTER_INVALID: {
    category: 'usage',
    meaning:
      'A condition of the filter names no field, compares in a way that there is not, or has too many values or too few.',
    remedy:
      'Write conditions such as --filter "age>=18", --filter country=at or --filter "email exists"; in a call, { field: "age", is: ">=", value: 18 }.',
  },
  DM_KEY_FIELD_UNKNOWN: {
    category: 'usage',
    meaning: 'The key names a field that is neither a field of the source nor part of its key.',
    remedy: 'Choose from the fields that the message lists.',
  },
  DM_KEY_FIELD_MISSING: {
    category: 'record',
    meaning: 'One record has no value for a field that is part of the key. It is a dead letter; the others go on.',
    remedy: 'Choose key fields that every record has, or correct the record and copy it again.',
  },
  DM_KEY_KIND: {
    category: 'record',
    meaning: 'One record has a key of a kind that the plan did not expect, because the sample did not show it.',
    remedy: 'Plan again with a larger --sample, so that the key takes every kind.',
  },
  DM_KEY_COLLISION: {
    category: 'usage',
    meaning:
      'Two records of the source would have the same key in the target, so that one would overwrite the other. The message names both.',
    remedy: 'Choose a key that tells them apart, for instance with the source key as its last part.',
  },
  DM_KEYS_UNPROVEN: {
    category: 'usage',
    meaning: 'More records have a chosen key than can be watched for collisions in memory.',
    remedy: 'Keep the source key as the last part of the key: such keys need no watching.',
  },
  DM_NO_COLUMN: {
    category: 'record',
    meaning: 'One record has a value that no column of the target can hold, and the table has no overflow column.',
    remedy: 'Add the overflow column to the table, or leave the field out with --drop.',
  },
  DM_OVERFLOW_INVALID: {
    category: 'record',
    meaning: 'The overflow column of one record holds something else than what this program writes there.',
    remedy: 'Restore what was written, or leave the column out with --drop.',
  },
  DM_STORED_TEXT_INVALID: {
    category: 'record',
    meaning:
      'A column in which a migration keeps typed JSON text holds another text in one record, since something else has written there.',
    remedy:
      'Restore what was written, or make typed JSON of it: a text stands in quotation marks. Then `datamigrato retry <run>`.',
  },
  DM_RECORD_EXISTS: {
    category: 'record',
    meaning: 'The target already holds a record with this key, and the write mode `create` refuses to replace it.',
    remedy: 'Use --write-mode replace or --write-mode skip.',
  },
  DM_LOCK_INVALID: {
    category: 'usage',
    meaning: 'A lock file cannot be read or is not one of this program.',
    remedy: 'Give the mapping.lock.json that stands beside the report of the earlier migration.',
  },
  DM_LOCK_MISMATCH: {
    category: 'usage',
    meaning: 'A lock file describes nothing of what is read, so that it is the lock of another migration.',
    remedy: 'Give the mapping.lock.json of the migration that wrote what is now the source.',
  },
  DM_PLAN_CHANGED: {
    category: 'usage',
    meaning: 'A plan was changed after it was made: its id does not match its contents.',
    remedy: 'Make the plan again with the options that you want.',
  },
  DM_PLAN_CONFLICT: {
    category: 'endpoint',
    meaning: 'The target has an entity of this name that cannot take the records. Nothing was written.',
    remedy:
      'Choose another name with --entity <source>=<target>, change the mapping, or change the entity in the target.',
  },
  DM_PLAN_STALE: {
    category: 'endpoint',
    meaning:
      'A plan does not fit any more: a store, its schema or the version of a connector is not what it was. Nothing was written.',
    remedy: 'Make the plan again and look at what changed.',
  },
  DM_VERIFY_OTHER_STORE: {
    category: 'usage',
    meaning: 'A comparison or repair was given another store than the one that the plan is about. Nothing was read.',
    remedy: 'Name the stores that the plan was made with; `datamigrato status` shows those of each run.',
  },
  DM_SAMPLE_TOO_LARGE: {
    category: 'usage',
    meaning: 'A sample has more records than a comparison holds in memory.',
    remedy: 'Take a smaller --sample, or compare all records with --level records, which needs no more memory.',
  },
  DM_TOO_MANY_DEAD_LETTERS: {
    category: 'record',
    meaning: 'More records could not be written than the limit allows, so that the migration was stopped.',
    remedy: 'Look at the reasons in dead-letters.ndjson, correct the mapping, or raise --max-dead-letters.',
  },
  DM_INTERRUPTED: {
    category: 'usage',
    meaning: 'Somebody stopped the migration. What had been read was written, and all of it is accounted for.',
    remedy: 'Run the same command again: records that are already there are written as they are.',
  },
  DM_CONNECTOR_FAULT: {
    category: 'internal',
    meaning: 'A connector broke its contract.',
    remedy: 'Report it to the author of the connector with the output of the same command and --verbose.',
  },
  DM_PARTITION_REPEATED: {
    category: 'internal',
    meaning: 'A connector cut an entity into partitions of which two have the same id.',
    remedy: 'Report it to the author of the connector.',
  },
  DM_ENDPOINT_CLOSED: {
    category: 'internal',
    meaning: 'A store was used after it was closed.',
    remedy: 'This is a fault of this program: report it with the output of the same command and --verbose.',
  },
  DM_LEDGER_UNBALANCED: {
    category: 'internal',
    meaning: 'The records read are not the sum of those written, unchanged, dead and filtered.',
    remedy: 'Compare the two sides before you rely on this run, and report it.',
  },
  DM_INTERNAL: {
    category: 'internal',
    meaning: 'Something happened that this program did not foresee.',
    remedy: 'Report it with the output of the same command and --verbose; secrets are left out of it.',
  },
};
