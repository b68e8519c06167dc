import { randomBytes } from 'node:crypto';
import type { RawData, WebSocket } from 'ws';
import { anonymous, type Identity } from '../access/identity.js';
import type { Database } from '../database/database.js';
import type { Fault } from '../faults.js';
import { isJsonObject } from '../json-object.js';
import { RequestRefusal, refusals } from '../request-refusal.js';
import type { ServerContext } from '../server-context.js';
import { parsePath } from '../tree/path.js';
import { type Answer, answerRequest } from './answer-request.js';
import { DisconnectWrites } from './disconnect-writes.js';
import { MessageFrames } from './message-frames.js';
import { SessionListens } from './session-listens.js';

const normalClosure = 1000;
const protocolError = 1002;
const tooBig = 1009;
const internalError = 1011;

/** One connection of a client library. */
export class Session {
  readonly database: Database;
  readonly context: ServerContext;
  readonly listens: SessionListens;
  readonly disconnectWrites: DisconnectWrites;
  #identity: Identity = anonymous;
  readonly #socket: WebSocket;
  readonly #frames = new MessageFrames();
  /** Ends when all requests that wait for a fault are answered; undefined while nothing waits. */
  #waiting: Promise<void> | undefined;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(socket: WebSocket, database: Database, context: ServerContext, host: string) {
    this.#socket = socket;
    this.database = database;
    this.context = context;
    this.listens = new SessionListens(this, database);
    this.disconnectWrites = new DisconnectWrites(this);
    socket.on('message', (data, isBinary) => {
      try {
        this.#receive(frameText(data), isBinary);
      } catch (error) {
        this.#broken(error);
      }
    });
    socket.on('close', () => this.#closed());
    // What went wrong is followed by `close`, which is what matters here.
    socket.on('error', () => socket.terminate());
    const hello = { ts: context.clock(), v: '5', h: host, s: randomBytes(16).toString('hex') };
    this.#control('h', hello);
  }

  /** On whose behalf the client asks. */
  get identity(): Identity {
    return this.#identity;
  }

  /** From now on the client asks on behalf of somebody else. */
  become(identity: Identity): void {
    this.#identity = identity;
    this.listens.recheck();
  }

  /** Sends a message about data that the client did not ask for just now; `body` is JSON text. */
  push(action: string, body: string): void {
    this.#send(`{"t":"d","d":{"a":${JSON.stringify(action)},"b":${body}}}`);
  }

  /** Tells the client that its token is good no more; it will ask its application for another. */
  revokeAuth(message: string): void {
    this.#identity = anonymous;
    this.push('ac', JSON.stringify({ s: 'expired_token', d: message }));
  }

  /** Says why, and ends the connection. */
  fail(message: string): void {
    this.#control('e', message);
    this.#socket.close(normalClosure);
  }

  /** Ends the connection without a word. */
  drop(): void {
    this.#socket.terminate();
  }

  #receive(frame: string, isBinary: boolean): void {
    const message = isBinary ? undefined : this.#frames.take(frame);
    if (isBinary) this.#socket.close(protocolError);
    // Twice the limit is still read, in order to be refused with an answer; beyond that the connection ends.
    else if (this.#frames.pendingLength > 2 * this.context.limits.messageBytes) this.#socket.close(tooBig);
    if (message !== undefined) this.#message(message);
  }

  #message(text: string): void {
    const message = parseMessage(text);
    const content = message?.['d'];
    if (message?.['t'] === 'c' && isJsonObject(content)) {
      if (content['t'] === 'p') this.#control('o', null);
    } else if (message?.['t'] === 'd' && isJsonObject(content)) {
      this.#request(content, text);
    } else {
      this.#socket.close(protocolError);
    }
  }

  #request(request: Record<string, unknown>, message: string): void {
    const { r: number, a: action, b: body } = request;
    if (typeof number !== 'number' || typeof action !== 'string') {
      this.#socket.close(protocolError);
      return;
    }
    const fields = isJsonObject(body) ? body : {};
    const fault = this.context.faults()?.({
      transport: 'websocket',
      namespace: this.database.name,
      action,
      path: typeof fields['p'] === 'string' ? parsePath(fields['p']) : [],
      bytes: Buffer.byteLength(message),
    });
    if (fault === undefined && this.#waiting === undefined) {
      this.#answer(number, action, fields, message);
      return;
    }
    // Requests are answered in the order in which they came, so those behind a delayed one wait too.
    const waiting = (this.#waiting ?? Promise.resolve())
      .then(() => this.#withFault(fault, number, action, fields, message))
      .catch((error: unknown) => this.#broken(error))
      .then(() => {
        if (this.#waiting === waiting) this.#waiting = undefined;
      });
    this.#waiting = waiting;
  }

  async #withFault(
    fault: Fault | undefined,
    number: number,
    action: string,
    fields: Record<string, unknown>,
    message: string,
  ): Promise<void> {
    if (this.#socket.readyState !== this.#socket.OPEN || fault?.type === 'stall') return;
    if (fault?.type === 'delay') {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => {
          this.#timers.delete(timer);
          resolve();
        }, fault.milliseconds);
        this.#timers.add(timer);
      });
    }
    if (fault?.type === 'refuse') {
      this.#respond(number, { status: fault.status, data: JSON.stringify(fault.message) });
      return;
    }
    if (fault?.type === 'drop') {
      if (fault.when === 'after-work') this.#work(action, fields, message);
      this.drop();
      return;
    }
    this.#answer(number, action, fields, message);
  }

  #answer(number: number, action: string, fields: Record<string, unknown>, message: string): void {
    this.#respond(number, this.#work(action, fields, message));
  }

  #work(action: string, fields: Record<string, unknown>, message: string): Answer {
    const { messageBytes } = this.context.limits;
    try {
      if (message.length * 3 > messageBytes && Buffer.byteLength(message) > messageBytes) throw refusals.writeTooBig();
      return answerRequest(this, action, fields);
    } catch (error) {
      if (!(error instanceof RequestRefusal)) throw error;
      return { status: error.status, data: JSON.stringify(error.message) };
    }
  }

  #respond(number: number, { status, data }: Answer): void {
    this.#send(`{"t":"d","d":{"r":${number},"b":{"s":${JSON.stringify(status)},"d":${data}}}}`);
  }

  #control(type: string, data: unknown): void {
    this.#send(JSON.stringify({ t: 'c', d: { t: type, d: data } }));
  }

  #send(text: string): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(text);
  }

  #broken(error: unknown): void {
    this.context.report(error instanceof Error ? error : new Error(String(error)));
    this.#socket.close(internalError);
  }

  #closed(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.listens.endAll();
    this.disconnectWrites.run();
  }
}

function frameText(data: RawData): string {
  if (data instanceof Buffer) return data.toString('utf8');
  return Buffer.concat(Array.isArray(data) ? data : [new Uint8Array(data)]).toString('utf8');
}

/** The object that a message is; `undefined` where it is none. */
function parseMessage(text: string): Record<string, unknown> | undefined {
  try {
    const message: unknown = JSON.parse(text);
    return isJsonObject(message) ? message : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
