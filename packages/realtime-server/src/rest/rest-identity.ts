import type { IncomingMessage } from 'node:http';
import { identify } from '../access/credentials.js';
import { anonymous, type Identity } from '../access/identity.js';
import { isJsonObject } from '../json-object.js';
import { RequestRefusal } from '../request-refusal.js';
import type { ServerContext } from '../server-context.js';

/** On whose behalf a REST request is made: by header, `access_token` or `auth`; the owner may act as a user. */
export function restIdentity(request: IncomingMessage, parameters: URLSearchParams, context: ServerContext): Identity {
  const [scheme, bearer] = (request.headers.authorization ?? '').split(' ');
  const token =
    scheme?.toLowerCase() === 'bearer' && bearer !== undefined
      ? bearer
      : (parameters.get('access_token') ?? parameters.get('auth'));
  if (token === null) return anonymous;
  const identity = identify(token, context.ownerToken, context.clock());
  const override = parameters.get('auth_variable_override');
  return identity.type === 'owner' && override !== null ? overridden(override) : identity;
}

function overridden(text: string): Identity {
  const trouble = 'auth_variable_override must be a JSON object or null';
  let auth: unknown;
  try {
    auth = JSON.parse(text);
  } catch (error) {
    throw error instanceof SyntaxError ? new RequestRefusal(trouble) : error;
  }
  if (auth === null) return anonymous;
  if (!isJsonObject(auth)) throw new RequestRefusal(trouble);
  return { type: 'user', auth };
}
