import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { RealtimeServerError } from './server-error.js';
import { type RealtimeServer, type RealtimeServerOptions, startRealtimeServer } from './start-server.js';

const usage = `Usage: realtime-server [options]

A Firebase Realtime Database server. Runs until Ctrl-C.

  --port <number>        default 9000; 0 for a free one
  --host <address>       default 127.0.0.1, which only this machine reaches
  --namespace <name>     of requests that name none; default "default"
  --folder <path>        where data are kept over restarts and kills; default: nowhere
  --sync-writes          wait for the disk at every write, against power failures
  --snapshot-after <n>   bytes of log after which a snapshot takes its place; default 16777216
  --rules <file>         security rules, JSON with comments; default: everybody may do everything
  --data <file>          JSON to start with, as the Firebase console exports it
  --help`;

interface Request {
  readonly options: RealtimeServerOptions;
  readonly rulesFile: string | undefined;
  readonly dataFile: string | undefined;
}

/** Runs a server until the process is told to end. Gives the exit code: 0, 1 for trouble, 2 for a wrong command line. */
export async function runCommandLine(programArguments: readonly string[]): Promise<number> {
  try {
    const request = readArguments(programArguments);
    if (request === undefined) {
      process.stdout.write(`${usage}\n`);
      return 0;
    }
    const ended = Promise.race(['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => once(process, signal)));
    await using server = await start(request);
    const emulator = `FIREBASE_DATABASE_EMULATOR_HOST=${new URL(server.url).host}`;
    process.stdout.write(`Realtime Database at ${server.databaseUrl()}
For client libraries of Firebase: export ${emulator}
`);
    await ended;
    return 0;
  } catch (error) {
    if (!(error instanceof RealtimeServerError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return error.code === 'usage' ? 2 : 1;
  }
}

async function start({ options, rulesFile, dataFile }: Request): Promise<RealtimeServer> {
  const rules = rulesFile === undefined ? {} : { rules: await readText(rulesFile) };
  const data = dataFile === undefined ? undefined : parseData(await readText(dataFile), dataFile);
  const server = await startRealtimeServer({ ...options, ...rules });
  if (data !== undefined) server.write('', data);
  return server;
}

function readArguments(programArguments: readonly string[]): Request | undefined {
  const values = parse(programArguments);
  if (values.help === true) return undefined;
  const port = wholeNumber('--port', values.port ?? '9000', 65_535);
  const snapshotAfter = values['snapshot-after'];
  const { host, namespace, folder, rules, data } = values;
  return {
    options: {
      port,
      syncWrites: values['sync-writes'] === true,
      ...(host === undefined ? {} : { host }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(folder === undefined ? {} : { folder }),
      ...(snapshotAfter === undefined ? {} : { snapshotAfterBytes: wholeNumber('--snapshot-after', snapshotAfter) }),
    },
    rulesFile: rules,
    dataFile: data,
  };
}

function wholeNumber(name: string, text: string, maximum = Number.MAX_SAFE_INTEGER): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= maximum) return value;
  throw wrong(`${name} ${text} is no whole number from 0 to ${maximum}.`);
}

function parse(programArguments: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...programArguments],
      options: {
        port: text,
        host: text,
        namespace: text,
        folder: text,
        'sync-writes': { type: 'boolean' },
        'snapshot-after': text,
        rules: text,
        data: text,
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error));
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new RealtimeServerError('usage', `${file} cannot be read: ${String(cause)}`, { cause });
  }
}

function parseData(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RealtimeServerError('usage', `${file} is no JSON: ${String(cause)}`, { cause });
  }
}

function wrong(what: string): RealtimeServerError {
  return new RealtimeServerError('usage', `${what}\n\n${usage}`);
}
