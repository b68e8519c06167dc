import { connect, createServer, type Socket } from 'node:net';
import { deserialize, serialize } from 'bson';

/** https://github.com/mongodb/specifications/blob/master/source/message/OP_MSG.md */
const messageCode = 2013;
/** Bytes before the body of a message: header, flags, kind of its first section. */
const bodyStart = 21;

/** A port that passes messages to a server and its answers back. */
export interface MessageRelay extends AsyncDisposable {
  readonly port: number;
  /** The names of the commands that clients sent, in order. */
  readonly commands: readonly string[];
  /** Connections that are open and wait for the answer to a command that was withheld. */
  readonly waiting: number;
  /** Keeps commands of this name to itself from now on. */
  withhold(name: string): void;
  /** Passes all commands on from now on. */
  passAll(): void;
}

/** Starts a relay before the server on a port of this machine. With `asRouter`, answers to `hello` say what those of a router say. */
export async function startMessageRelay(
  serverPort: number,
  options: { readonly asRouter: boolean },
): Promise<MessageRelay> {
  const commands: string[] = [];
  const withheld = new Set<string>();
  const sockets = new Set<Socket>();
  const waitingSockets = new Set<Socket>();
  const passOn = (from: Socket, to: Socket, pass: (message: Buffer) => Buffer | undefined): void => {
    let waiting = Buffer.alloc(0);
    sockets.add(from);
    from.on('data', (bytes: Buffer) => {
      waiting = Buffer.concat([waiting, bytes]);
      while (waiting.length >= 4 && waiting.length >= waiting.readInt32LE(0)) {
        const length = waiting.readInt32LE(0);
        const passed = pass(waiting.subarray(0, length));
        if (passed !== undefined) to.write(passed);
        waiting = waiting.subarray(length);
      }
    });
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      waitingSockets.delete(from);
      to.destroy();
    });
  };
  const server = createServer((client) => {
    const upstream = connect(serverPort, '127.0.0.1');
    passOn(client, upstream, (request) => {
      const name = nameOf(request);
      if (name !== undefined) commands.push(name);
      if (name === undefined || !withheld.has(name)) return request;
      waitingSockets.add(client);
      return undefined;
    });
    passOn(upstream, client, options.asRouter ? routerAnswer : (answer) => answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the relay has no port');
  return {
    port: address.port,
    commands,
    get waiting() {
      return waitingSockets.size;
    },
    withhold: (name) => void withheld.add(name),
    passAll: () => withheld.clear(),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function hasBody(message: Buffer): boolean {
  return message.readInt32LE(12) === messageCode && message[bodyStart - 1] === 0;
}

/** The first field of a command is its name. */
function nameOf(message: Buffer): string | undefined {
  if (!hasBody(message)) return undefined;
  const start = bodyStart + 5;
  return message.toString('utf8', start, message.indexOf(0, start));
}

function routerAnswer(message: Buffer): Buffer {
  if (!hasBody(message)) return message;
  const body = deserialize(message.subarray(bodyStart), { promoteValues: false });
  if (!('isWritablePrimary' in body || 'ismaster' in body)) return message;
  const changed = Buffer.concat([message.subarray(0, bodyStart), serialize({ ...body, msg: 'isdbgrid' })]);
  changed.writeInt32LE(changed.length, 0);
  return changed;
}
