import { DatamigratoError, type ErrorCatalogue, isDatamigratoError, redactedCause } from '@datamigrato/core';
import { errors } from 'cassandra-driver';

/** What was being done when the driver threw. */
export interface Failure {
  /** In a few words without secrets, such as `write to table "shop"."movies"`. */
  readonly doing: string;
  /** Whether one record alone was sent, so that an invalid request is that record's fault. */
  readonly record?: boolean;
}

/** The driver's error in our words: who can do something about it, and what. Bound values, user names and passwords never get into it. */
export function translateError(thrown: unknown, failure: Failure): DatamigratoError {
  if (isDatamigratoError(thrown)) return thrown;
  if (thrown instanceof errors.NoHostAvailableError) return noHost(thrown, failure);
  if (thrown instanceof errors.ResponseError) return response(thrown, failure);
  if (thrown instanceof errors.AuthenticationError) return authentication(failure);
  if (thrown instanceof errors.OperationTimedOutError) {
    return transient('DM_CASSANDRA_TIMEOUT', 'ambiguous', `No answer in time to the ${failure.doing}`, failure);
  }
  if (thrown instanceof errors.BusyConnectionError) {
    return transient(
      'DM_CASSANDRA_OVERLOADED',
      'throttled',
      `Too many requests are under way for the ${failure.doing}`,
      failure,
    );
  }
  if (isSocketError(thrown)) {
    return transient(
      'DM_CASSANDRA_CONNECTION_LOST',
      'ambiguous',
      `The connection was lost during the ${failure.doing}`,
      failure,
    );
  }
  return (
    connectionTrouble(thrown, failure) ??
    new DatamigratoError({
      code: 'DM_CASSANDRA_DRIVER',
      category: 'internal',
      message: `The driver failed at the ${failure.doing}: ${thrown instanceof Error ? thrown.name : typeof thrown}`,
      nextStep: 'report it with the versions of this package, of Node.js and of the server',
      cause: redactedCause(thrown),
    })
  );
}

function noHost(thrown: errors.NoHostAvailableError, failure: Failure): DatamigratoError {
  const inner = Object.values(thrown.innerErrors ?? {});
  // One host's refusal to authenticate says more than another's being down.
  const telling =
    inner.find((error) => error instanceof errors.AuthenticationError || tlsCode(error) !== undefined) ??
    inner.find((error) => error instanceof Error);
  const hosts = Object.keys(thrown.innerErrors ?? {}).join(', ');
  const translated = telling === undefined ? undefined : specificTrouble(telling, failure);
  if (translated !== undefined) return translated;
  return new DatamigratoError({
    code: 'DM_CASSANDRA_UNREACHABLE',
    category: 'transient',
    retry: 'safe',
    message: `No node answers the ${failure.doing}${hosts === '' ? '' : ` (tried ${hosts})`}${reason(telling)}`,
    nextStep: 'check the contact points, the port, the data centre and that the cluster is up',
    context: { hosts },
  });
}

/** What an error inside `NoHostAvailableError` is about, where that is not mere unreachability. */
function specificTrouble(error: unknown, failure: Failure): DatamigratoError | undefined {
  if (error instanceof errors.AuthenticationError) return authentication(failure);
  if (error instanceof errors.BusyConnectionError) return translateError(error, failure);
  if (error instanceof errors.ResponseError) return response(error, failure);
  return tlsTrouble(error, failure);
}

function connectionTrouble(thrown: unknown, failure: Failure): DatamigratoError | undefined {
  const tls = tlsTrouble(thrown, failure);
  if (tls !== undefined) return tls;
  const code = systemCode(thrown);
  if (code === undefined) return undefined;
  return new DatamigratoError({
    code: 'DM_CASSANDRA_UNREACHABLE',
    category: 'transient',
    retry: 'safe',
    message: `No node answers the ${failure.doing}${reason(thrown)}`,
    nextStep: 'check the contact points, the port and that the cluster is up',
  });
}

function tlsTrouble(error: unknown, failure: Failure): DatamigratoError | undefined {
  const code = tlsCode(error);
  if (code === undefined) return undefined;
  return new DatamigratoError({
    code: 'DM_CASSANDRA_TLS',
    category: 'endpoint',
    message: `No trusted connection for the ${failure.doing}: ${code}`,
    nextStep:
      'name the authority that signed the node’s certificate in `tls.certificateAuthorityFile`, and a client certificate where the nodes ask for one',
    context: { tls: code },
  });
}

const tlsCodes =
  /^(?:ERR_SSL_|ERR_TLS_|CERT_|UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED_CERT$|SELF_SIGNED_CERT_IN_CHAIN$|HOSTNAME_MISMATCH$|EPROTO$)/;

function tlsCode(error: unknown): string | undefined {
  const code = systemCode(error);
  return code !== undefined && tlsCodes.test(code) ? code : undefined;
}

function systemCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const inner = error as { readonly code?: unknown; readonly innerError?: unknown };
  if (typeof inner.code === 'string') return inner.code;
  return systemCode(inner.innerError);
}

function isSocketError(thrown: unknown): boolean {
  return (
    typeof thrown === 'object' && thrown !== null && (thrown as { isSocketError?: boolean }).isSocketError === true
  );
}

function reason(error: unknown): string {
  const code = systemCode(error);
  if (code === 'ECONNRESET') return ': ECONNRESET, as from a node that wants TLS';
  return code === undefined ? '' : `: ${code}`;
}

function authentication(failure: Failure): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_CASSANDRA_AUTHENTICATION',
    category: 'endpoint',
    message: `The cluster refuses the user name and password at the ${failure.doing}`,
    nextStep: 'check `username` and `password`, or the token file for Astra DB',
  });
}

function response(error: errors.ResponseError, failure: Failure): DatamigratoError {
  const { doing } = failure;
  switch (error.code) {
    case 0x0100:
      return authentication(failure);
    case 0x1000:
      return transient('DM_CASSANDRA_UNAVAILABLE', 'safe', `Too few replicas are alive for the ${doing}`, failure);
    case 0x1001:
      return transient('DM_CASSANDRA_OVERLOADED', 'throttled', `The cluster is overloaded at the ${doing}`, failure);
    case 0x1002:
      return transient('DM_CASSANDRA_UNAVAILABLE', 'safe', `A node is still starting at the ${doing}`, failure);
    case 0x1003:
    case 0x1100:
    case 0x1200:
      return transient('DM_CASSANDRA_TIMEOUT', 'ambiguous', `Replicas did not answer in time the ${doing}`, failure);
    case 0x1300:
    case 0x1500:
      return transient('DM_CASSANDRA_REPLICA_FAILURE', 'ambiguous', `Replicas failed at the ${doing}`, failure);
    case 0x2100:
      return new DatamigratoError({
        code: 'DM_CASSANDRA_PERMISSION',
        category: 'endpoint',
        message: `The user may not do the ${doing}`,
        nextStep: 'grant the role SELECT to read; MODIFY to write; CREATE and ALTER on the keyspace to make tables',
        context: { serverCode: '0x2100' },
      });
    case 0x2200:
      return invalid(error, failure);
    case 0x2500:
      return transient('DM_CASSANDRA_UNPREPARED', 'safe', `A node forgot the statement of the ${doing}`, failure);
    default:
      return new DatamigratoError({
        code: 'DM_CASSANDRA_STATEMENT',
        category: 'endpoint',
        message: `The server refuses the ${doing} with code 0x${error.code.toString(16)}`,
        nextStep: 'look into the server’s log; `datamigrato plan` shows the statements',
        context: { serverCode: `0x${error.code.toString(16)}` },
      });
  }
}

/** What the server calls invalid. Its message may hold a key (`Top keys are: …`), so it is read but not passed on. */
function invalid(error: errors.ResponseError, failure: Failure): DatamigratoError {
  const { doing } = failure;
  if (/does not exist|unconfigured table/i.test(error.message)) {
    return new DatamigratoError({
      code: 'DM_ENTITY_MISSING',
      category: 'endpoint',
      message: `The table or keyspace is not there for the ${doing}`,
      nextStep: 'check the names of keyspace and table, also their upper and lower case',
    });
  }
  if (/undefined (?:column )?name|unknown identifier/i.test(error.message)) {
    return new DatamigratoError({
      code: 'DM_CASSANDRA_SCHEMA_CONFLICT',
      category: 'endpoint',
      message: `The table has no such column any more for the ${doing}`,
      nextStep: 'plan again: the table changed since it was prepared',
    });
  }
  if (failure.record === true) {
    const tooLarge = /too big|oversized|too large|longer than maximum/i.test(error.message);
    return new DatamigratoError({
      code: tooLarge ? 'DM_CASSANDRA_RECORD_TOO_LARGE' : 'DM_CASSANDRA_RECORD_REFUSED',
      category: 'record',
      message: tooLarge
        ? `The server refuses a record as too large at the ${doing}`
        : `The server refuses a record as invalid at the ${doing}`,
      nextStep: tooLarge
        ? 'leave its largest fields out, or raise `commitlog_segment_size` on the servers: a write may be half of it'
        : 'compare the record with the columns’ types',
      context: { serverCode: '0x2200' },
    });
  }
  return new DatamigratoError({
    code: 'DM_CASSANDRA_STATEMENT',
    category: 'endpoint',
    message: `The server calls the ${doing} invalid`,
    nextStep: 'look into the server’s log; `datamigrato plan` shows the statements',
    context: { serverCode: '0x2200' },
  });
}

function transient(
  code: `DM_CASSANDRA_${string}`,
  retry: 'safe' | 'ambiguous' | 'throttled',
  message: string,
  failure: Failure,
): DatamigratoError {
  return new DatamigratoError({ code, category: 'transient', retry, message, context: { doing: failure.doing } });
}

/** The entity that a name does not name in this keyspace. */
export function entityMissing(keyspace: string, table: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_ENTITY_MISSING',
    category: 'endpoint',
    message: `The keyspace ${JSON.stringify(keyspace)} has no table ${JSON.stringify(table)}`,
    nextStep: 'list the tables with `datamigrato inspect`; upper and lower case count',
    context: { keyspace, table },
  });
}

/** Every code of this package that is not core's. */
export const errorCatalogue: ErrorCatalogue = {
  DM_CASSANDRA_AUTHENTICATION: {
    category: 'endpoint',
    meaning: 'The cluster refuses the user name and password, or wants some and got none.',
    remedy:
      'Check `username` and `password`. For Astra DB, make a new token file: client id and secret may have been revoked.',
  },
  DM_CASSANDRA_BUNDLE_INVALID: {
    category: 'usage',
    meaning: 'The secure connect bundle is not the small zip of known files that Astra DB hands out.',
    remedy: 'Download the bundle again from Astra’s console and pass it on unchanged.',
  },
  DM_CASSANDRA_BUNDLE_HOST: {
    category: 'usage',
    meaning: 'The secure connect bundle, or the service that it names, leads to a host that is not Astra’s.',
    remedy: 'Download the bundle again. If the other host is meant, set `allowAnyBundleHost`.',
  },
  DM_CASSANDRA_CONNECTION_LOST: {
    category: 'transient',
    meaning: 'A connection broke while a request was under way; a write may or may not have been applied.',
    remedy:
      'It is repeated, since writes by key are idempotent. If it goes on, look at the network and the nodes’ logs.',
  },
  DM_CASSANDRA_CREDENTIALS_INVALID: {
    category: 'usage',
    meaning: 'A credentials file cannot be read or is not of the expected form.',
    remedy: 'A token file is JSON with `clientId` and `secret`, or with `token`. Certificates and keys are PEM.',
  },
  DM_CASSANDRA_DRIVER: {
    category: 'internal',
    meaning: 'The driver threw something that this connector does not know.',
    remedy: 'Report it with the versions of this package, of Node.js and of the server.',
  },
  DM_CASSANDRA_KEYSPACE_MISSING: {
    category: 'endpoint',
    meaning: 'The cluster has no keyspace of this name.',
    remedy:
      'Check the name, also its upper and lower case. To have it made in a target, add `createKeyspace=true` to its connection string, or set that option.',
  },
  DM_CASSANDRA_KEY_INVALID: {
    category: 'record',
    meaning: 'A record’s key has an empty or null part.',
    remedy: 'Choose other fields as the key, or leave the record out.',
  },
  DM_CASSANDRA_KEY_TOO_LARGE: {
    category: 'record',
    meaning: 'A record’s key has more bytes than a partition or clustering key may have (65,535).',
    remedy: 'Choose other fields as the key, or leave the record out; `datamigrato plan --check` finds all of them.',
  },
  DM_CASSANDRA_OVERLOADED: {
    category: 'transient',
    meaning: 'The cluster or the connection to it has more requests than it can take.',
    remedy: 'It is repeated more slowly. Lower the number of concurrent writes if it goes on.',
  },
  DM_CASSANDRA_PARTITIONER: {
    category: 'endpoint',
    meaning: 'The cluster uses another partitioner than Murmur3, so its ring cannot be cut here.',
    remedy: 'Export such an old cluster with its own tools.',
  },
  DM_CASSANDRA_PERMISSION: {
    category: 'endpoint',
    meaning: 'The role lacks a permission.',
    remedy: 'Grant SELECT to read, MODIFY to write, CREATE and ALTER on the keyspace to make tables.',
  },
  DM_CASSANDRA_RECORD_REFUSED: {
    category: 'record',
    meaning: 'The server calls one record invalid.',
    remedy: 'Compare the dead letter with the columns’ types and the server’s guardrails.',
  },
  DM_CASSANDRA_RECORD_TOO_LARGE: {
    category: 'record',
    meaning: 'One record is larger than the server takes in one write.',
    remedy:
      'Leave large fields out, or raise `commitlog_segment_size` (a write may be half of it) and `native_transport_max_frame_size`.',
  },
  DM_CASSANDRA_REPLICA_FAILURE: {
    category: 'transient',
    meaning: 'Replicas failed at a request; a write may or may not have been applied.',
    remedy: 'It is repeated. If it goes on, look into the nodes’ logs.',
  },
  DM_CASSANDRA_SCHEMA_CONFLICT: {
    category: 'endpoint',
    meaning: 'The table that is there cannot take the planned records, or changed while it was read.',
    remedy: 'Read the listed conflicts; choose another table name, change the mapping, or alter the table.',
  },
  DM_CASSANDRA_STATEMENT: {
    category: 'endpoint',
    meaning: 'The server refuses a statement as such.',
    remedy: 'Look at the statements with `datamigrato plan`, and into the server’s log.',
  },
  DM_CASSANDRA_TEXT_INVALID: {
    category: 'record',
    meaning:
      'A text holds half of a surrogate pair, or is not ASCII in an `ascii` column. Writing it would change it silently.',
    remedy: 'Repair the text at its source, or use a `text` column.',
  },
  DM_CASSANDRA_TIMEOUT: {
    category: 'transient',
    meaning: 'No answer came in time; a write may or may not have been applied.',
    remedy: 'It is repeated, since writes by key are idempotent. Allow more time with the deadline if it goes on.',
  },
  DM_CASSANDRA_TLS: {
    category: 'endpoint',
    meaning: 'The connection is not trusted, or the nodes do not trust this client.',
    remedy:
      'Name the certificate authority, and a client certificate and key where the nodes ask for them. An expired certificate or one for another host must be replaced.',
  },
  DM_CASSANDRA_TYPE_UNSUPPORTED: {
    category: 'endpoint',
    meaning: 'A column has a type that this connector cannot read or make.',
    remedy: 'Leave the column or the table out.',
  },
  DM_CASSANDRA_UNAVAILABLE: {
    category: 'transient',
    meaning: 'Too few replicas are alive for the consistency that was asked for. Nothing was applied.',
    remedy: 'It is repeated. Bring the nodes up, or ask for a lower consistency.',
  },
  DM_CASSANDRA_UNPREPARED: {
    category: 'transient',
    meaning: 'A node forgot a prepared statement and did not take it again, as after a change of the table.',
    remedy: 'It is prepared anew and repeated; if the table no longer fits, the next error says so.',
  },
  DM_CASSANDRA_UNREACHABLE: {
    category: 'transient',
    meaning: 'No node can be reached.',
    remedy:
      'Check contact points, port, data centre and firewall. The port must be the same on every node. ECONNRESET at once often means that the nodes want TLS.',
  },
  DM_CASSANDRA_VALUE_KIND: {
    category: 'record',
    meaning: 'A value is of another kind than its column, or null where the column’s collection cannot hold it.',
    remedy: 'Let the plan choose the column’s type, or change the mapping of this field.',
  },
  DM_CASSANDRA_VALUE_RANGE: {
    category: 'record',
    meaning:
      'A value is of the right kind, but the type has no room for it: a decimal without a finite value, a time below the millisecond, a date beyond the range.',
    remedy: 'Map the field to text, or leave it out.',
  },
};
