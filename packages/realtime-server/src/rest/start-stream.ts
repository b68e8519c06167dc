import type { ServerResponse } from 'node:http';
import { checkReadable } from '../database/read.js';
import { Subscription, type Update } from '../database/subscription.js';
import { RequestRefusal } from '../request-refusal.js';
import type { ServerContext } from '../server-context.js';
import { pathText } from '../tree/path.js';
import type { RestRequest } from './answer-rest.js';
import { refusalAnswer, respond } from './respond.js';
import { parseRestQuery } from './rest-query.js';

const keepAliveMilliseconds = 30_000;

/** Sends a place and all its changes as server-sent events until the client goes away. */
export function startStream(
  { database, identity, path, parameters }: RestRequest,
  response: ServerResponse,
  { expirableStreams }: ServerContext,
): void {
  const send = (event: string, data: string): void => {
    response.write(`event: ${event}\ndata: ${data}\n\n`);
  };
  const eventOf = ({ type, path: at, data }: Update): void =>
    send(type, `{"path":${JSON.stringify(`/${pathText(at.slice(path.length))}`)},"data":${data}}`);
  try {
    const query = parseRestQuery(parameters);
    checkReadable(database, identity, path, query);
    const form = parameters.get('format') === 'export' ? 'export' : 'plain';
    const subscription = new Subscription(path, query, form, {
      updated: eventOf,
      mayRead: () => database.mayRead(identity, path, query),
      failed: (reason) => end('cancel', reason.message),
    });
    const end = (event: string, message: string): void => {
      database.unsubscribe(subscription);
      send(event, JSON.stringify(message));
      response.end();
    };
    const expire = (): void => end('auth_revoked', 'credential is no longer valid');
    const data = subscription.begin(database.tree, database.limits.readBytes);
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-cache',
      'Access-Control-Allow-Origin': '*',
    });
    eventOf({ type: 'put', path, data });
    database.subscribe(subscription);
    const hasToken = identity.type === 'owner' || identity.auth !== null;
    if (hasToken) expirableStreams.add(expire);
    const keepAlive = setInterval(() => send('keep-alive', 'null'), keepAliveMilliseconds);
    response.once('close', () => {
      clearInterval(keepAlive);
      expirableStreams.delete(expire);
      database.unsubscribe(subscription);
    });
  } catch (error) {
    if (!(error instanceof RequestRefusal)) throw error;
    respond(response, refusalAnswer(error));
  }
}
