import { connect, type Socket } from 'node:net';
import { type CallOptions, DatamigratoError } from '@datamigrato/core';
import { onLines } from './line-channel.js';
import type { ReferenceStore, StoreAnswer, StoreRequest } from './reference-store.js';

/** How the store is reached, and which place of it. */
export type ReferenceOptions = { readonly place: string; readonly password: string } & (
  | { readonly store: ReferenceStore | null }
  | { readonly host: string; readonly port: number }
);

/** A request without what the client knows by itself. */
type Question = StoreRequest extends infer Request
  ? Request extends StoreRequest
    ? Omit<Request, 'place' | 'password'>
    : never
  : never;

/** An open connection to a place. */
export interface ReferenceClient {
  readonly options: ReferenceOptions;
  ask(question: Question, call: CallOptions): Promise<StoreAnswer>;
  close(): void;
}

/** Connects, and asks for the entities once, so that a store which is not there is noticed. */
export async function openClient(options: ReferenceOptions, call: CallOptions): Promise<ReferenceClient> {
  const client = 'host' in options ? new SocketClient(options) : localClient(options);
  try {
    await client.ask({ ask: 'entities', entity: '' }, call);
  } catch (thrown) {
    client.close();
    throw thrown;
  }
  return client;
}

function localClient(options: ReferenceOptions & { readonly store: ReferenceStore | null }): ReferenceClient {
  return {
    options,
    async ask(question, call) {
      call.signal.throwIfAborted();
      if (options.store === null) throw unreachable(options);
      // As long as a real store takes to answer: not at once.
      await new Promise((resolve) => setImmediate(resolve));
      call.signal.throwIfAborted();
      return refusal(options.store.answer(requestOf(question, options)), options);
    },
    close() {},
  };
}

function requestOf(question: Question, { place, password }: ReferenceOptions): StoreRequest {
  return { ...question, place, password };
}

function refusal(answer: StoreAnswer, { place }: ReferenceOptions): StoreAnswer {
  if (answer.refused !== true) return answer;
  throw new DatamigratoError({
    code: 'DM_REFERENCE_REFUSED',
    category: 'endpoint',
    message: `The store does not accept the password for the place ${place}`,
    nextStep: 'give the password of the store',
  });
}

function unreachable({ place }: ReferenceOptions): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_ENDPOINT_UNREACHABLE',
    category: 'transient',
    retry: 'safe',
    message: `Nothing answers for the place ${place}`,
    nextStep: 'check the address, and that the store runs',
  });
}

class SocketClient implements ReferenceClient {
  readonly options: ReferenceOptions & { readonly host: string; readonly port: number };
  readonly #waiting = new Map<number, (outcome: StoreAnswer | DatamigratoError) => void>();
  #socket: Socket | undefined;
  #asked = 0;

  constructor(options: ReferenceOptions & { readonly host: string; readonly port: number }) {
    this.options = options;
  }

  async ask(question: Question, { signal, deadline }: CallOptions): Promise<StoreAnswer> {
    signal.throwIfAborted();
    const socket = this.#connected();
    this.#asked += 1;
    const number = this.#asked;
    let timer: NodeJS.Timeout | undefined;
    let onAbort: (() => void) | undefined;
    try {
      const outcome = await new Promise<StoreAnswer | DatamigratoError>((resolve, reject) => {
        this.#waiting.set(number, resolve);
        timer = setTimeout(() => {
          resolve(silent(this.options, deadline));
          // Whoever does not answer one request will not answer the next on the same connection.
          socket.destroy();
        }, deadline);
        onAbort = () => reject(signal.reason);
        signal.addEventListener('abort', onAbort);
        socket.write(`${JSON.stringify({ number, request: requestOf(question, this.options) })}\n`);
      });
      if (outcome instanceof DatamigratoError) throw outcome;
      return refusal(outcome, this.options);
    } finally {
      clearTimeout(timer);
      if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
      this.#waiting.delete(number);
    }
  }

  close(): void {
    this.#socket?.destroy();
  }

  #connected(): Socket {
    if (this.#socket !== undefined && !this.#socket.destroyed) return this.#socket;
    const socket = connect(this.options.port, this.options.host);
    this.#socket = socket;
    onLines(socket, (line) => {
      const { number, answer } = JSON.parse(line) as { readonly number: number; readonly answer: StoreAnswer };
      this.#waiting.get(number)?.(answer);
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      for (const settle of this.#waiting.values()) settle(unreachable(this.options));
    });
    return socket;
  }
}

function silent({ place }: ReferenceOptions, deadline: number): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_DEADLINE_EXCEEDED',
    category: 'transient',
    retry: 'ambiguous',
    message: `The store did not answer for the place ${place} within ${deadline} ms`,
    nextStep: 'check that it is up and not overloaded',
  });
}
