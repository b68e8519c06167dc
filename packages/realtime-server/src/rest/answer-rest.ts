import type { Identity } from '../access/identity.js';
import { type Assignment, parseAssignments } from '../database/assignment.js';
import type { Database, Replacement } from '../database/database.js';
import { checkReadable, readQuery, readWhole } from '../database/read.js';
import { runQuery } from '../query/run-query.js';
import { RequestRefusal } from '../request-refusal.js';
import { nodeHash } from '../tree/node-hash.js';
import { nodeText, objectText } from '../tree/node-text.js';
import type { Path } from '../tree/path.js';
import { Branch, leafOf } from '../tree/tree-node.js';
import { prettyJson } from './pretty-json.js';
import { parseBody } from './read-body.js';
import type { RestAnswer } from './respond.js';
import { parseRestQuery, parseShallowQuery } from './rest-query.js';

/** A REST request about a place in a database. */
export interface RestRequest {
  readonly method: string;
  readonly database: Database;
  readonly identity: Identity;
  readonly path: Path;
  readonly parameters: URLSearchParams;
  readonly body: Buffer;
  /** `X-Firebase-ETag: true` */
  readonly wantsEtag: boolean;
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

const emptyEtag = 'null_etag';

/** Does what a REST request asks for. Throws a RequestRefusal where that is not to be. */
export function answerRest(request: RestRequest): RestAnswer {
  const act = methods.get(request.method);
  if (act === undefined) throw new RequestRefusal('Method not allowed.', 'failure', 405);
  const answer = act(request);
  const print = request.parameters.get('print');
  if (answer.status !== 200 || print === null) return answer;
  if (print === 'silent') return { ...answer, status: 204, body: undefined };
  if (print !== 'pretty') throw new RequestRefusal("print must be 'pretty' or 'silent'");
  return { ...answer, body: `${prettyJson(JSON.parse(answer.body ?? 'null'))}\n` };
}

const methods: ReadonlyMap<string, (request: RestRequest) => RestAnswer> = new Map([
  ['GET', get],
  ['HEAD', get],
  ['PUT', put],
  ['PATCH', patch],
  ['POST', post],
  ['DELETE', remove],
]);

function get(request: RestRequest): RestAnswer {
  const { parameters } = request;
  if (parameters.get('shallow') === 'true') return { status: 200, body: shallowText(request) };
  const { database, identity, path } = request;
  const form = parameters.get('format') === 'export' ? 'export' : 'plain';
  const query = parseRestQuery(parameters);
  if (query === undefined) {
    const body = readWhole(database, identity, path, form);
    if (request.ifNoneMatch !== undefined && request.ifNoneMatch === currentEtag(request)) {
      return { status: 304, body: undefined, ...etagOf(request) };
    }
    return { status: 200, body, ...etagOf(request) };
  }
  if (request.wantsEtag) throw new RequestRefusal('ETag is not supported together with query parameters');
  return { status: 200, body: readQuery(database, identity, path, query, form) };
}

/** Leaves as they are, children that have children as `true`. */
function shallowText({ database, identity, path, parameters }: RestRequest): string {
  checkReadable(database, identity, path);
  const query = parseShallowQuery(parameters);
  const node = database.tree.get(path);
  if (!(node instanceof Branch)) return nodeText(node, 'plain', database.limits.readBytes);
  const keys = query === undefined ? node.sortedKeys() : runQuery(node, query);
  if (keys.length === 0) return 'null';
  const members = keys.map((key): [string, string] => {
    const child = node.get(key);
    return [key, leafOf(child) === undefined ? 'true' : nodeText(child, 'plain', database.limits.readBytes)];
  });
  return objectText(members);
}

function put(request: RestRequest): RestAnswer {
  const assignments = [{ path: [], data: parseBody(request.body) }];
  const { answer, replaced } = write(request, request.path, assignments);
  if (answer !== undefined) return answer;
  const [only] = replaced;
  const { readBytes } = request.database.limits;
  if (only?.type === 'priority')
    return { status: 200, body: JSON.stringify(only.priority ?? null), ...etagOf(request) };
  return { status: 200, body: nodeText(only?.node, 'export', readBytes), ...etagOf(request) };
}

function patch(request: RestRequest): RestAnswer {
  if (request.ifMatch !== undefined) throw new RequestRefusal('if-match is not supported with PATCH');
  const assignments = parseAssignments(parseBody(request.body));
  const { replaced } = write(request, request.path, assignments);
  if (request.parameters.get('print') === 'silent') return { status: 200, body: undefined, ...etagOf(request) };
  const { readBytes } = request.database.limits;
  const members = replaced.map((each, index): [string, string] => {
    const name = assignments[index]?.path.join('/') ?? '';
    return [
      name,
      each.type === 'node' ? nodeText(each.node, 'export', readBytes) : JSON.stringify(each.priority ?? null),
    ];
  });
  return { status: 200, body: objectText(members), ...etagOf(request) };
}

function post(request: RestRequest): RestAnswer {
  const data = parseBody(request.body);
  const name = request.database.pushId();
  const { answer } = write(request, request.path, [{ path: [name], data }]);
  return answer ?? { status: 200, body: JSON.stringify({ name }), ...etagOf(request) };
}

function remove(request: RestRequest): RestAnswer {
  const { answer } = write(request, request.path, [{ path: [], data: null }]);
  return answer ?? { status: 200, body: 'null', ...etagOf(request) };
}

/** Writes, unless the place is not what the client expects: then `answer` tells what it is. */
function write(
  request: RestRequest,
  base: Path,
  assignments: readonly Assignment[],
): { readonly answer?: RestAnswer; readonly replaced: readonly Replacement[] } {
  const { database, identity, ifMatch, path } = request;
  const prepared = database.prepare(identity, base, assignments);
  if (ifMatch !== undefined && ifMatch !== '*' && ifMatch !== currentEtag(request)) {
    const body = nodeText(database.tree.get(path), 'plain', database.limits.readBytes);
    return { answer: { status: 412, body, etag: currentEtag(request) }, replaced: [] };
  }
  return { replaced: prepared.commit() };
}

function etagOf(request: RestRequest): { readonly etag?: string } {
  const { wantsEtag, ifMatch, ifNoneMatch } = request;
  return wantsEtag || ifMatch !== undefined || ifNoneMatch !== undefined ? { etag: currentEtag(request) } : {};
}

function currentEtag({ database, path }: RestRequest): string {
  return nodeHash(database.tree.get(path)) || emptyEtag;
}
