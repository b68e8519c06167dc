import type { IncomingMessage, ServerResponse } from 'node:http';
import { namespaceOf } from '../database/namespaces.js';
import type { Fault } from '../faults.js';
import { InvalidKeyRefusal, RequestRefusal, refusals } from '../request-refusal.js';
import { requestTarget } from '../request-target.js';
import { RulesError } from '../rules/rules-error.js';
import type { ServerContext } from '../server-context.js';
import { answerRest, type RestRequest } from './answer-rest.js';
import { keyPlace } from './key-place.js';
import { readBody } from './read-body.js';
import { type RestAnswer, refusalAnswer, respond, respondToPreflight } from './respond.js';
import { restIdentity } from './rest-identity.js';
import { parseRestPath } from './rest-path.js';
import { answerRulesRequest, isRulesPath } from './rules-request.js';
import { startStream } from './start-stream.js';

/** Answers one HTTP request. Rejects only where the client has gone away or the server is at fault. */
export async function handleRest(
  request: IncomingMessage,
  response: ServerResponse,
  context: ServerContext,
): Promise<void> {
  if (request.method === 'OPTIONS') {
    respondToPreflight(response, request.headers['access-control-request-headers']);
    return;
  }
  let body: Buffer;
  let rest: RestRequest;
  try {
    body = await readBody(request, context.limits.bodyBytes);
    rest = readRequest(request, body, context);
  } catch (error) {
    respond(response, refusalAnswer(asRefusal(error)));
    return;
  }
  const fault = context.faults()?.({
    transport: 'rest',
    namespace: rest.database.name,
    action: rest.method,
    path: rest.path,
    bytes: body.length,
  });
  if (fault !== undefined && !(await survivesFault(fault, rest, response))) return;
  if (isStream(request) && rest.method === 'GET' && !isRulesPath(rest.path)) startStream(rest, response, context);
  else respond(response, answer(rest));
}

function readRequest(request: IncomingMessage, body: Buffer, context: ServerContext): RestRequest {
  const target = requestTarget(request);
  const override = request.headers['x-http-method-override'];
  const ifMatch = request.headers['if-match'];
  return {
    method: (request.method === 'POST' && typeof override === 'string'
      ? override
      : (request.method ?? '')
    ).toUpperCase(),
    path: parseRestPath(target.pathname),
    database: context.namespaces.get(namespaceOf(target) ?? context.defaultNamespace),
    parameters: target.parameters,
    identity: restIdentity(request, target.parameters, context),
    body,
    wantsEtag: request.headers['x-firebase-etag'] === 'true',
    ifMatch,
    ifNoneMatch: request.headers['if-none-match'],
  };
}

function answer(rest: RestRequest): RestAnswer {
  try {
    return isRulesPath(rest.path) ? answerRulesRequest(rest) : answerRest(rest);
  } catch (error) {
    const refusal = asRefusal(error);
    if (!(refusal instanceof InvalidKeyRefusal) || rest.body.length === 0) return refusalAnswer(refusal);
    return refusalAnswer(refusals.invalidKey(refusal.key, keyPlace(rest.body.toString('utf8'), refusal.key)));
  }
}

function asRefusal(error: unknown): RequestRefusal {
  if (error instanceof RequestRefusal) return error;
  if (error instanceof RulesError) return refusals.invalidData(error.message);
  throw error;
}

function isStream(request: IncomingMessage): boolean {
  return request.headers.accept?.includes('text/event-stream') === true;
}

/** True where the request is to be answered properly after all. */
async function survivesFault(fault: Fault, rest: RestRequest, response: ServerResponse): Promise<boolean> {
  switch (fault.type) {
    case 'delay':
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, fault.milliseconds);
        response.once('close', () => {
          clearTimeout(timer);
          resolve();
        });
      });
      return !response.destroyed;
    case 'refuse':
      respond(response, refusalAnswer(new RequestRefusal(fault.message, 'failure', fault.httpStatus)));
      return false;
    case 'drop':
      if (fault.when === 'after-work') answer(rest);
      response.destroy();
      return false;
    case 'stall':
      return false;
  }
}
