import { connect, createServer, type Socket } from 'node:net';
import { passOn } from './fault-proxy-direction.js';
import { type Fault, FaultState } from './fault-proxy-fault.js';
import { listenLocally } from './local-service.js';

/** A TCP proxy of 127.0.0.1 in front of one server, which can be told at any time what goes wrong. */
export interface FaultProxy extends AsyncDisposable {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** Connections of clients that are open now. */
  readonly open: number;
  /** Connections of clients that there ever were. */
  readonly accepted: number;
  /** Connections that the proxy reset. */
  readonly resets: number;
  /** Replies that were lost to `drop-replies`. */
  readonly repliesLost: number;
  /** Bytes that went through, both directions together. */
  readonly bytes: number;
  /** Makes this the fault of every connection, open or to come; undefined ends it. */
  fault(fault: Fault | undefined): void;
  /** Resets the connections that are open now, and no later ones. */
  cut(): void;
  /** Closes every connection and the port; safe to call more than once. */
  stop(): Promise<void>;
}

/** Starts a proxy without any fault in front of a port of 127.0.0.1. */
export async function startFaultProxy(serverPort: number): Promise<FaultProxy> {
  const proxy = new TcpFaultProxy(serverPort);
  await proxy.listen();
  return proxy;
}

class TcpFaultProxy implements FaultProxy {
  readonly host = '127.0.0.1' as const;
  port = 0;
  accepted = 0;
  resets = 0;
  repliesLost = 0;
  bytes = 0;
  readonly #serverPort: number;
  readonly #faults = new FaultState();
  readonly #connections = new Map<Socket, Socket>();
  #close: (() => Promise<void>) | undefined;

  constructor(serverPort: number) {
    this.#serverPort = serverPort;
  }

  get open(): number {
    return this.#connections.size;
  }

  async listen(): Promise<void> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client));
    const service = await listenLocally(server);
    this.port = service.port;
    this.#close = () => service.close();
  }

  fault(fault: Fault | undefined): void {
    this.#faults.change(fault);
    if (fault?.type === 'reset') this.cut();
    if (fault?.type === 'half-open') for (const upstream of this.#connections.values()) upstream.destroy();
  }

  cut(): void {
    for (const [client, upstream] of [...this.#connections]) this.#reset(client, upstream);
  }

  async stop(): Promise<void> {
    const close = this.#close;
    this.#close = undefined;
    for (const [client, upstream] of [...this.#connections]) {
      client.destroy();
      upstream.destroy();
    }
    await close?.();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #accept(client: Socket): void {
    this.accepted += 1;
    const upstream = connect({ host: this.host, port: this.#serverPort, noDelay: true, allowHalfOpen: true });
    this.#connections.set(client, upstream);
    let losesNextReply = false;
    // A socket with an error closes next, and that is all that the other end is told.
    client.on('error', () => client.destroy());
    upstream.on('error', () => upstream.destroy());
    client.on('end', () => {
      if (upstream.destroyed) client.destroy();
    });
    client.on('close', () => {
      this.#connections.delete(client);
      upstream.destroy();
    });
    upstream.on('close', (hadError) => {
      if (hadError && !client.destroyed) client.resetAndDestroy();
      // What a client still sends is read and lost, so that its end is noticed.
      else client.resume();
    });
    const onPassed = (bytes: number): void => {
      this.bytes += bytes;
    };
    passOn({
      from: client,
      to: upstream,
      faults: this.#faults,
      onPassed,
      admit: (request) => {
        losesNextReply ||= this.#faults.losesReplyTo(request);
        return !upstream.destroyed;
      },
    });
    passOn({
      from: upstream,
      to: client,
      faults: this.#faults,
      onPassed,
      admit: () => {
        if (!losesNextReply) return true;
        this.repliesLost += 1;
        this.#reset(client, upstream);
        return false;
      },
    });
    if (this.#faults.current?.type === 'reset') this.#reset(client, upstream);
    if (this.#faults.current?.type === 'half-open') upstream.destroy();
  }

  #reset(client: Socket, upstream: Socket): void {
    if (client.destroyed) return;
    this.resets += 1;
    client.resetAndDestroy();
    upstream.destroy();
  }
}
