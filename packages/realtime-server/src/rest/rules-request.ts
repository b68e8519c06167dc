import { RequestRefusal, refusals } from '../request-refusal.js';
import { Rules } from '../rules/rules.js';
import type { Path } from '../tree/path.js';
import type { RestRequest } from './answer-rest.js';
import type { RestAnswer } from './respond.js';

/** True for `/.settings/rules.json`. */
export function isRulesPath(path: Path): boolean {
  return path[0] === '.settings';
}

/** Tells or replaces a database's rules, which only its owner may. */
export function answerRulesRequest({ method, path, identity, database, body }: RestRequest): RestAnswer {
  if (path.length !== 2 || path[1] !== 'rules') throw new RequestRefusal('Not found.', 'failure', 404);
  if (identity.type !== 'owner') throw refusals.permissionDenied();
  if (method === 'GET') return { status: 200, body: database.rules.text };
  if (method !== 'PUT') throw new RequestRefusal('Method not allowed.', 'failure', 405);
  database.changeRules(new Rules(body.toString('utf8')));
  return { status: 200, body: '{"status":"ok"}' };
}
