import type { ErrorCatalogue } from '@datamigrato/core';

/** The codes of this package and what to do about them. */
export const errorCatalogue: ErrorCatalogue = {
  DM_REALTIME_URL: {
    category: 'usage',
    meaning: 'The address is not one of a Firebase Realtime Database. Tokens are sent to hosts of Google alone.',
    remedy: 'Copy it from the Firebase console, or write `rtdb://<database>/<path>`; for an emulator, add its option.',
  },
  DM_REALTIME_EMULATOR: {
    category: 'usage',
    meaning:
      'A variable or an `http:` address would send the job to an emulator although nobody asked for one, or one was asked for and nothing says where it is.',
    remedy:
      'Give the option `emulator` as host:port or `true` where an emulator is meant; unset the variable otherwise.',
  },
  DM_REALTIME_SERVICE_ACCOUNT: {
    category: 'usage',
    meaning:
      'The JSON file of the service account is missing, damaged, or of a kind that is not taken, or several lie in the folder.',
    remedy:
      'Download a private key in the Firebase console under Project settings, Service accounts, and name the file.',
  },
  DM_REALTIME_PATH: {
    category: 'usage',
    meaning: 'The name of an entity is not the path of a node.',
    remedy: 'Write names with `/` between them and without . $ # [ ]; a whole name `*` stands for a part of the key.',
  },
  DM_REALTIME_AUTH: {
    category: 'endpoint',
    meaning: 'The credential is not accepted: wrong project, revoked, or expired.',
    remedy: 'Make a new key for the service account of the project, or give a token that is still valid.',
  },
  DM_REALTIME_TOKEN: {
    category: 'transient',
    meaning: 'An access token could not be had just now, or expired on the way.',
    remedy:
      'Nothing: it is tried again. If it stays, check the clock of the machine and the way to oauth2.googleapis.com.',
  },
  DM_REALTIME_UNAUTHORIZED: {
    category: 'endpoint',
    meaning: 'The security rules of the database do not allow what was asked.',
    remedy: 'Use a service account of the project, which is above the rules, or change the rules.',
  },
  DM_REALTIME_TLS: {
    category: 'endpoint',
    meaning: 'The certificate of the server is not trusted, or both sides agree on no TLS.',
    remedy: 'Look for a proxy between this machine and Google; `NODE_EXTRA_CA_CERTS` names further authorities.',
  },
  DM_REALTIME_DATABASE_MISSING: {
    category: 'endpoint',
    meaning: 'The server knows no database of this name.',
    remedy: 'Copy the address from the Firebase console; databases outside the USA have their region in it.',
  },
  DM_REALTIME_UNAVAILABLE: {
    category: 'transient',
    meaning: 'The connection broke, or the server could not answer.',
    remedy: 'Nothing: it is tried again.',
  },
  DM_REALTIME_THROTTLED: {
    category: 'transient',
    meaning: 'The server asks for fewer requests.',
    remedy: 'Nothing: writing slows down by itself.',
  },
  DM_REALTIME_REFUSED: {
    category: 'endpoint',
    meaning: 'The server refused a request for a reason that this program does not know.',
    remedy: 'Look at the state and the limits of the database in the Firebase console.',
  },
  DM_REALTIME_READ_TOO_LARGE: {
    category: 'endpoint',
    meaning: 'A single child of the node is more than the server hands out at once.',
    remedy: 'Name a deeper node as the root node, so that its children are the records.',
  },
  DM_REALTIME_WRITE_TOO_LARGE: {
    category: 'endpoint',
    meaning: 'A request was more than the server takes at once.',
    remedy: 'Nothing: it is sent in parts.',
  },
  DM_REALTIME_NOT_A_COLLECTION: {
    category: 'endpoint',
    meaning: 'The node is a single value, so that it has no children that could be records.',
    remedy: 'Name its parent, or another node; `datamigrato inspect` shows what there is.',
  },
  DM_REALTIME_TARGET_CONFLICT: {
    category: 'endpoint',
    meaning:
      'Records cannot be written below the node: it is a value, or its path tells of keys with another number of parts.',
    remedy: 'Choose another node for the records, or remove what is there.',
  },
  DM_REALTIME_ORDER: {
    category: 'endpoint',
    meaning:
      'The server sorts names of nodes in an order that client libraries do not know, so that pages of them cannot be put together.',
    remedy: 'Report it with the version of the server.',
  },
  DM_REALTIME_POSITION: {
    category: 'usage',
    meaning: 'A stored position or partition was not written by this version of the connector.',
    remedy: 'Start the migration over; what it wrote is recognised and not doubled.',
  },
  DM_REALTIME_KEY: {
    category: 'record',
    meaning: 'A key is not the name of a node.',
    remedy:
      'Use texts of at most 768 bytes without . $ # [ ] / and control characters; a migration makes such of any key.',
  },
  DM_REALTIME_NAME: {
    category: 'record',
    meaning: 'The name of a field is too long for a node, once what is not allowed in it is escaped.',
    remedy: 'Rename the field with `rename`, or leave it out with `drop`.',
  },
  DM_REALTIME_VALUE: {
    category: 'record',
    meaning: 'A record holds a value that no node can hold as it is, and the mapping did not convert it.',
    remedy: 'Plan again with a larger sample.',
  },
  DM_REALTIME_TEXT: {
    category: 'record',
    meaning: 'A text holds half of a surrogate pair, which UTF-8 cannot tell.',
    remedy: 'Correct the text at the source.',
  },
  DM_REALTIME_TOO_LARGE: {
    category: 'record',
    meaning: 'A text has more than 10 MiB, or a record is more than one request may carry.',
    remedy: 'Leave the field out with `drop` or `select`.',
  },
  DM_REALTIME_TOO_DEEP: {
    category: 'record',
    meaning: 'A record reaches more than 32 levels below the root of the database.',
    remedy: 'Write it nearer to the root, or flatten it with `flatten`.',
  },
  DM_REALTIME_RECORD_REFUSED: {
    category: 'record',
    meaning: 'The server refuses this record while it takes others.',
    remedy: 'Look at what the security rules of the database demand of a record at its place.',
  },
};
