import { Agent as PlainAgent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { type CallOptions, type EndpointDescription, isDatamigratoError } from '@datamigrato/core';
import { openTokenSource, type TokenSource } from './access-token.js';
import { refusedAnswer } from './errors.js';
import { type HttpAnswer, type HttpRequest, sendRequest } from './http-request.js';
import { NameOrder } from './key-order.js';
import type { Node } from './node.js';
import type { ConnectionOptions } from './options.js';
import { withinDeadline } from './within-deadline.js';

/** A node by its names from the root here, and what it is called where people may see it: names that are keys of records are none of their business. */
export interface Place {
  readonly names: readonly string[];
  readonly shown: string;
}

/** What a request asks for besides its place. */
export interface RestParameters {
  readonly [name: string]: string;
}

/** A write of one place that is to be done only where the place is as expected. */
export interface ConditionalWrite {
  readonly method: 'PUT';
  readonly body: string;
  /** The tag of what has to stand there. */
  readonly ifMatch: string;
}

/** The tag of a place where nothing is. */
export const emptyTag = 'null_etag';

/** An open database. */
export class RealtimeClient {
  /** The endpoint as it may be shown. */
  readonly where: string;
  /** The entities that there are, by the user's word. */
  readonly entities: readonly string[] | undefined;
  /** Names from the root of the database to the root here. */
  readonly base: readonly string[];
  /** How the server sorts names. */
  readonly order = new NameOrder();
  readonly #origin: string;
  readonly #namespace: string | undefined;
  readonly #tokens: TokenSource;
  readonly #agent: PlainAgent;

  constructor({ address, entities }: ConnectionOptions, tokens: TokenSource) {
    this.where = address.id;
    this.entities = entities;
    this.base = address.base;
    this.#origin = address.origin;
    this.#namespace = address.namespace;
    this.#tokens = tokens;
    const keep = { keepAlive: true, maxSockets: 16, maxFreeSockets: 16 };
    this.#agent = address.origin.startsWith('https:')
      ? new SecureAgent({ ...keep, rejectUnauthorized: true })
      : new PlainAgent(keep);
  }

  /** What stands at a place, exported, or what the parameters ask for instead; null for nothing. */
  async read(place: Place, parameters: RestParameters, call: CallOptions): Promise<Node> {
    return (await this.readSized(place, parameters, call)).node;
  }

  /** Like {@link read}, with the size of the answer in bytes, roughly, which may be at most `bytesLimit`. */
  async readSized(
    place: Place,
    parameters: RestParameters,
    call: CallOptions,
    bytesLimit?: number,
  ): Promise<{ readonly node: Node; readonly bytes: number }> {
    const limit = bytesLimit === undefined ? {} : { bytesLimit };
    const { text } = await this.#expect({ method: 'GET', place, parameters, ...limit }, call);
    return { node: JSON.parse(text) as Node, bytes: text.length };
  }

  /** Replaces nodes below a place, all or none: a JSON object of nodes by their paths. */
  async patch(place: Place, body: string, call: CallOptions): Promise<void> {
    await this.#expect({ method: 'PATCH', place, parameters: { print: 'silent' }, body }, call);
  }

  /** Removes a place with everything below it. */
  async remove(place: Place, call: CallOptions): Promise<void> {
    await this.#expect({ method: 'DELETE', place, parameters: { print: 'silent' } }, call);
  }

  /** Replaces the node of a place, and tells whether it was as expected; nothing is written where it was not. */
  async writeIf(place: Place, write: ConditionalWrite, call: CallOptions): Promise<boolean> {
    const { method, body, ifMatch } = write;
    const parameters = { print: 'silent' };
    const answer = await this.#send({ method, place, parameters, body, headers: { 'if-match': ifMatch } }, call);
    if (answer.status === 412) return false;
    this.#requireSuccess(answer, place, true);
    return true;
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    this.#agent.destroy();
    await this.#tokens.close();
  }

  #whereIs({ shown }: Place): string {
    return shown === '' ? this.where : `${this.where}, node ${shown}`;
  }

  async #expect(request: RestRequest, call: CallOptions): Promise<HttpAnswer> {
    const answer = await this.#send(request, call);
    this.#requireSuccess(answer, request.place, request.method !== 'GET');
    return answer;
  }

  #requireSuccess(answer: HttpAnswer, place: Place, writes: boolean): void {
    if (answer.status === 200 || answer.status === 204) return;
    throw refusedAnswer(answer, this.#whereIs(place), { writes, renews: this.#tokens.renews });
  }

  async #send(
    { method, place, parameters, body, headers, bytesLimit }: RestRequest,
    call: CallOptions,
  ): Promise<HttpAnswer> {
    const where = this.#whereIs(place);
    const token = await withinDeadline(this.#tokens.token(), call, where);
    const query = new URLSearchParams(parameters);
    if (this.#namespace !== undefined) query.set('ns', this.#namespace);
    const path = [...this.base, ...place.names].map(encodeURIComponent).join('/');
    const request: HttpRequest = {
      method,
      origin: this.#origin,
      target: `/${path}.json?${query.toString()}`,
      headers: {
        ...headers,
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body }),
      ...(bytesLimit !== undefined && { bytesLimit }),
    };
    return await sendRequest(request, this.#agent, call, where);
  }
}

interface RestRequest {
  readonly method: HttpRequest['method'];
  readonly place: Place;
  readonly parameters: RestParameters;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly bytesLimit?: number;
}

/** What may be shown of an endpoint. */
export function describeEndpoint({ address, notices }: ConnectionOptions): EndpointDescription {
  return { id: address.id, notices };
}

/**
 * Opens a database and asks it for something small, so that a wrong address or credential shows at once.
 *
 * @throws DatamigratoError within the deadline: `DM_ENDPOINT_UNREACHABLE`, `DM_REALTIME_AUTH`, `DM_REALTIME_DATABASE_MISSING`, …
 */
export async function openClient(options: ConnectionOptions, call: CallOptions): Promise<RealtimeClient> {
  const client = new RealtimeClient(options, await openTokenSource(options.access, options.address.id));
  try {
    await client.read(rootPlace, { shallow: 'true', limitToFirst: '1' }, call);
    return client;
  } catch (error) {
    // Rules may allow parts of a database alone; whether the parts that are meant are among them shows when they are used.
    if (isDatamigratoError(error) && error.code === 'DM_REALTIME_UNAUTHORIZED') return client;
    await client.close();
    throw error;
  }
}

/** The root here. */
export const rootPlace: Place = { names: [], shown: '' };
