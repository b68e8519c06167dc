import { identify, readClaims } from '../access/credentials.js';
import { anonymous } from '../access/identity.js';
import { parseAssignments } from '../database/assignment.js';
import { readQuery, readWhole } from '../database/read.js';
import { isJsonObject } from '../json-object.js';
import { parseWireQuery } from '../query/wire-query.js';
import { RequestRefusal, refusals } from '../request-refusal.js';
import { nodeHash } from '../tree/node-hash.js';
import { type Path, parsePath } from '../tree/path.js';
import type { Session } from './session.js';

/** What a request is answered with: `ok` or another status, and JSON text. */
export interface Answer {
  readonly status: string;
  readonly data: string;
}

type Fields = Record<string, unknown>;
type Action = (session: Session, fields: Fields) => Answer;

const done: Answer = { status: 'ok', data: '""' };

const actions: ReadonlyMap<string, Action> = new Map<string, Action>([
  ['s', () => done],
  ['gauth', authenticateAdministrator],
  ['auth', authenticateUser],
  ['unauth', forgetUser],
  ['appcheck', () => done],
  ['unappeck', () => done],
  ['q', (session, fields) => session.listens.begin(pathOf(fields), fields)],
  ['n', (session, fields) => session.listens.end(pathOf(fields), fields)],
  ['g', get],
  ['p', put],
  ['m', merge],
  ['o', (session, fields) => session.disconnectWrites.put(pathOf(fields), fields['d'])],
  ['om', (session, fields) => session.disconnectWrites.merge(pathOf(fields), fields['d'])],
  ['oc', (session, fields) => session.disconnectWrites.cancel(pathOf(fields))],
]);

/** Does what a message asks for. Throws a RequestRefusal where that is not to be. */
export function answerRequest(session: Session, action: string, fields: Fields): Answer {
  const act = actions.get(action);
  if (act === undefined) throw new RequestRefusal(`Unknown action ${JSON.stringify(action)}.`);
  return act(session, fields);
}

function authenticateAdministrator(session: Session, fields: Fields): Answer {
  let identity = identify(textOf(fields['cred']), session.context.ownerToken, session.context.clock());
  const { authvar, noauth } = fields;
  if (identity.type === 'owner') {
    if (noauth === true) identity = anonymous;
    else if (isJsonObject(authvar)) identity = { type: 'user', auth: authvar };
  }
  session.become(identity);
  return { status: 'ok', data: '{"auth":null}' };
}

function authenticateUser(session: Session, fields: Fields): Answer {
  const token = textOf(fields['cred']);
  session.become(identify(token, session.context.ownerToken, session.context.clock()));
  const auth = session.identity.type === 'owner' ? null : readClaims(token);
  return { status: 'ok', data: JSON.stringify({ auth }) };
}

function forgetUser(session: Session): Answer {
  session.become(anonymous);
  return done;
}

function get({ database, identity }: Session, fields: Fields): Answer {
  const path = pathOf(fields);
  const query = parseWireQuery(fields['q']);
  const data =
    query === undefined
      ? readWhole(database, identity, path, 'export')
      : readQuery(database, identity, path, query, 'export');
  return { status: 'ok', data };
}

function put({ database, identity }: Session, fields: Fields): Answer {
  const path = pathOf(fields);
  const prepared = database.prepare(identity, path, [{ path: [], data: fields['d'] }]);
  const expected = fields['h'];
  const node = database.tree.get(path);
  const isUnchanged =
    expected === '' ? node === undefined : typeof expected !== 'string' || expected === nodeHash(node);
  if (!isUnchanged) {
    return { status: 'datastale', data: '"Transaction hash does not match"' };
  }
  prepared.commit();
  return done;
}

function merge({ database, identity }: Session, fields: Fields): Answer {
  database.write(identity, pathOf(fields), parseAssignments(fields['d']));
  return done;
}

function pathOf(fields: Fields): Path {
  return parsePath(textOf(fields['p']));
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw refusals.unparsable();
  return value;
}
