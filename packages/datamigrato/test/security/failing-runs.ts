import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { trialConnector } from '../command-line/command-line.js';
import { storedZip } from './stored-zip.js';

/** A run that fails while it knows a secret. */
export interface FailingRun {
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Where a run may meet what: ports of the loopback interface. */
export interface Peers {
  /** Nobody listens. */
  readonly closed: number;
  /** Sends back whatever it gets. */
  readonly echo: number;
  /** Answers every HTTP request with a refusal that repeats it. */
  readonly web: number;
}

/** Makes a run in a folder of its own; files that hold the secret lie in its folder `planted`. */
type Place = (secret: string, folder: string, peers: Peers) => Promise<FailingRun> | FailingRun;

const to = './target';
const encoded = encodeURIComponent;

async function planted(folder: string, name: string, content: string | Buffer): Promise<string> {
  await mkdir(join(folder, 'planted'), { recursive: true });
  const path = join(folder, 'planted', name);
  await writeFile(path, content, { mode: 0o600 });
  return path;
}

const pem = (label: string, body: string): string => `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;

async function bundle(folder: string, key: string, host = '127.0.0.1', port = 1): Promise<string> {
  const entries = {
    'config.json': JSON.stringify({ host, port }),
    'ca.crt': pem('CERTIFICATE', 'bm9uZQ=='),
    cert: pem('CERTIFICATE', 'bm9uZQ=='),
    key,
  };
  return planted(folder, 'secure-connect-shop.zip', storedZip(entries));
}

const cassandraUrl = (port: number, query = ''): string =>
  `cassandra://127.0.0.1:${port}/ks?localDataCenter=dc1${query}`;
const option = (side: 'from' | 'to', name: string, value: string): readonly string[] => [
  `--${side}-option`,
  `${name}=${value}`,
];

/** Every place in which a user may put a secret, with something that fails after it was read, or while it is. */
export const places: Readonly<Record<string, Place>> = {
  'a password in a MongoDB URL, nobody there': (secret, _folder, { closed }) => ({
    args: ['copy', `mongodb://ada:${encoded(secret)}@127.0.0.1:${closed}/shop`, to],
  }),
  'a password in a MongoDB URL of a target, repeated by the peer': (secret, _folder, { echo }) => ({
    args: ['copy', './people.json', `mongodb://ada:${encoded(secret)}@127.0.0.1:${echo}/shop`],
  }),
  'a password in a MongoDB URL, not encoded': (secret, _folder, { closed }) => ({
    args: ['inspect', `mongodb://ada:${secret}@127.0.0.1:${closed}/shop`],
  }),
  'a password in a MongoDB URL with a second mistake': (secret, _folder, { closed }) => ({
    args: ['plan', `mongodb://ada:${encoded(secret)}@127.0.0.1:${closed}:x/shop?nonsense=1`, to],
  }),
  'a password where the name of a user belongs': (secret, _folder, { closed }) => ({
    args: ['copy', `mongodb://${encoded(secret)}@127.0.0.1:${closed}/shop`, to],
  }),
  'a session token in a MongoDB URL': (secret, _folder, { closed }) => ({
    args: [
      'copy',
      `mongodb://127.0.0.1:${closed}/shop?authMechanism=MONGODB-AWS&authMechanismProperties=AWS_SESSION_TOKEN:${encoded(secret)}`,
      to,
    ],
  }),
  'the password of a key file in a MongoDB URL': (secret, _folder, { closed }) => ({
    args: [
      'copy',
      `mongodb://127.0.0.1:${closed}/shop?tls=true&tlsCertificateKeyFilePassword=${encoded(secret)}&tlsCertificateKeyFile=nowhere.pem`,
      to,
    ],
  }),
  'the password of a proxy in a MongoDB URL': (secret, _folder, { closed }) => ({
    args: [
      'copy',
      `mongodb://127.0.0.1:${closed}/shop?proxyHost=127.0.0.1&proxyPort=${closed}&proxyUsername=ada&proxyPassword=${encoded(secret)}`,
      to,
    ],
  }),
  'a password in a MongoDB URL without a database': (secret, _folder, { closed }) => ({
    args: ['copy', `mongodb://ada:${encoded(secret)}@127.0.0.1:${closed}`, to],
  }),
  'a MongoDB URL without verification': (secret, _folder, { closed }) => ({
    args: ['copy', `mongodb://ada:${encoded(secret)}@127.0.0.1:${closed}/shop?tls=true&tlsInsecure=true`, to],
  }),
  'an environment variable': (secret, _folder, { closed }) => ({
    args: ['copy', `mongodb://ada:\${SHOP_PASSWORD}@127.0.0.1:${closed}/shop`, to],
    environment: { SHOP_PASSWORD: secret },
  }),
  'an environment variable, repeated by the peer': (secret, _folder, { echo }) => ({
    args: [
      'copy',
      './people.json',
      cassandraUrl(echo),
      ...option('to', 'username', 'ada'),
      ...option('to', 'password', '${PW}'),
    ],
    environment: { PW: secret },
  }),
  'a file that an environment variable names': async (secret, folder, { closed }) => ({
    args: ['copy', `mongodb://ada:\${SHOP_PASSWORD}@127.0.0.1:${closed}/shop`, to],
    environment: { SHOP_PASSWORD_FILE: await planted(folder, 'password', `${secret}\n`) },
  }),
  'a whole connection string in the environment': async (secret, folder, { closed }) => ({
    args: ['run', await planted(folder, 'plan.json', '{}'), '--to', to],
    environment: { DATAMIGRATO_FROM: `mongodb://ada:${encoded(secret)}@127.0.0.1:${closed}/shop` },
  }),
  'a credential file': async (secret, folder, { closed }) => ({
    args: ['copy', 'mongodb:', to, ...option('from', 'credFile', await credentials(folder, secret, closed))],
  }),
  'a credential file, repeated by the peer': async (secret, folder, { echo }) => ({
    args: ['inspect', 'mongodb:', ...option('from', 'credFile', await credentials(folder, secret, echo))],
  }),
  'a credential file that is no YAML': async (secret, folder) => ({
    args: [
      'copy',
      'mongodb:',
      to,
      ...option('from', 'credFile', await planted(folder, 'c.yaml', `client_url: "mongodb://ada:${secret}\n\t- x: [`)),
    ],
  }),
  'a credential file with another entry': async (secret, folder) => ({
    args: [
      'copy',
      'mongodb:',
      to,
      ...option('from', 'credFile', await planted(folder, 'c.yaml', `password: '${secret.replaceAll("'", '')}'\n`)),
    ],
  }),
  'a credential file with a broken connection string': async (secret, folder) => ({
    args: [
      'copy',
      'mongodb:',
      to,
      ...option(
        'from',
        'credFile',
        await planted(folder, 'c.yaml', `client_url: ${JSON.stringify(`mongodb://ada:${secret}@@h:1:2/x`)}\n`),
      ),
    ],
  }),
  'an option of Cassandra, nobody there': (secret, _folder, { closed }) => ({
    args: [
      'copy',
      cassandraUrl(closed),
      to,
      ...option('from', 'username', 'ada'),
      ...option('from', 'password', secret),
    ],
  }),
  'a parameter of Cassandra, repeated by the peer': (secret, _folder, { echo }) => ({
    args: ['copy', cassandraUrl(echo, `&username=ada&password=${encoded(secret)}`), to],
  }),
  'user and password in a Cassandra URL': (secret, _folder, { closed }) => ({
    args: ['inspect', `cassandra://ada:${encoded(secret)}@127.0.0.1:${closed}/ks?localDataCenter=dc1`],
  }),
  'a password without its user': (secret, _folder, { closed }) => ({
    args: ['copy', cassandraUrl(closed, `&password=${encoded(secret)}`), to],
  }),
  'a token of Astra in the option': async (secret, folder, { closed }) => ({
    args: [
      'copy',
      'astra://id/ks',
      to,
      ...option('from', 'secureBundle', await bundle(folder, pem('PRIVATE KEY', 'bm9uZQ=='), '127.0.0.1', closed)),
      ...option('from', 'allowAnyBundleHost', 'true'),
      ...option('from', 'token', `AstraCS:${secret}`),
    ],
  }),
  'a token file': async (secret, folder, { closed }) => ({
    args: [
      'copy',
      'astra://id/ks',
      to,
      ...option('from', 'secureBundle', await bundle(folder, pem('PRIVATE KEY', 'bm9uZQ=='), '127.0.0.1', closed)),
      ...option('from', 'allowAnyBundleHost', 'true'),
      ...option(
        'from',
        'token',
        await planted(folder, 'shop-token.json', JSON.stringify({ clientId: secret, secret })),
      ),
    ],
  }),
  'a token file that is no JSON': async (secret, folder) => ({
    args: [
      'copy',
      'astra://id/ks',
      to,
      ...option('from', 'secureBundle', await bundle(folder, pem('PRIVATE KEY', 'bm9uZQ=='))),
      ...option('from', 'allowAnyBundleHost', 'true'),
      ...option('from', 'token', await planted(folder, 'shop-token.json', `{"clientId": ${secret}`)),
    ],
  }),
  'the key in a bundle, which is none': async (secret, folder, { echo }) => ({
    args: [
      'copy',
      'astra://id/ks',
      to,
      ...option('from', 'secureBundle', await bundle(folder, pem('PRIVATE KEY', secret), '127.0.0.1', echo)),
      ...option('from', 'allowAnyBundleHost', 'true'),
      ...option('from', 'token', 'AstraCS:x'),
    ],
  }),
  'the key in a bundle that is no PEM': async (secret, folder) => ({
    args: [
      'copy',
      'astra://id/ks',
      to,
      ...option('from', 'secureBundle', await bundle(folder, secret)),
      ...option('from', 'token', 'AstraCS:x'),
    ],
  }),
  'a token of a Realtime Database, repeated by the peer': (secret, _folder, { web }) => ({
    args: ['copy', `rtdb://shop/users?emulator=127.0.0.1:${web}&token=${encoded(secret)}`, to],
  }),
  'a token of a Realtime Database, nobody there': (secret, _folder, { closed }) => ({
    args: [
      'copy',
      './people.json',
      `rtdb://shop/users?emulator=127.0.0.1:${closed}`,
      ...option('to', 'token', secret),
      '--max-outage',
      '1',
    ],
  }),
  'the key of a service account, which is none': async (secret, folder) => ({
    args: ['copy', `rtdb://shop/users?serviceAccount=${encoded(await serviceAccount(folder, secret))}`, to],
  }),
  'a service account that is no JSON': async (secret, folder) => ({
    args: [
      'inspect',
      `firestore://shop/(default)/users?serviceAccount=${encoded(await planted(folder, 'key.json', `{"private_key": ${secret}`))}`,
    ],
  }),
  'a service account of another kind': async (secret, folder) => ({
    args: [
      'copy',
      './people.json',
      `firestore://shop/(default)/users?serviceAccount=${encoded(await serviceAccount(folder, secret, 'external_account'))}`,
    ],
  }),
  'user and password of a download': (secret, _folder, { web }) => ({
    args: ['populate', `http://ada:${encoded(secret)}@127.0.0.1:${web}/x.json`, to, '--allow-private'],
  }),
  'a parameter of a download': (secret, _folder, { web }) => ({
    args: ['populate', `http://127.0.0.1:${web}/x.json?access_token=${encoded(secret)}`, to, '--allow-private'],
  }),
  'a download that is refused': (secret) => ({
    args: ['populate', `http://ada:${encoded(secret)}@127.0.0.1:1/x.json?token=${encoded(secret)}`, to],
  }),
  'a store that is examined, nobody there': (secret, _folder, { closed }) => ({
    args: ['doctor', `mongodb://ada:${encoded(secret)}@127.0.0.1:${closed}/shop`, '--state-folder', './left/state'],
  }),
  'a credential file that is examined, repeated by the peer': async (secret, folder, { echo }) => ({
    args: [
      'doctor',
      'mongodb:',
      ...['--option', `credFile=${await credentials(folder, secret, echo)}`],
      ...['--state-folder', './left/state'],
    ],
  }),
  'a connector that throws with it': (secret) => ({
    args: ['copy', `trial:?broken=true&password=${encoded(secret)}`, 'trial:', '--connector', trialConnector],
  }),
  'a target that dies after records went there': (secret) => ({
    args: [
      'copy',
      './people.json',
      `trial:?gone=.&password=${encoded(secret)}`,
      '--connector',
      trialConnector,
      '--max-outage',
      '1',
    ],
  }),
  'an option that does not exist': (secret) => ({ args: ['copy', './people.json', to, `--password=${secret}`] }),
  'an option as other programs write it': (secret) => ({ args: ['copy', './people.json', to, `-p${secret}`] }),
  'an option without its name': (secret) => ({
    args: ['copy', './people.json', to, '--to-option', secret.replaceAll('=', '')],
  }),
  'an option that is given twice': (secret) => ({
    args: ['copy', './people.json', to, ...option('to', 'password', secret), ...option('to', 'password', secret)],
  }),
  'a connection string in the place of a verb': (secret, _folder, { closed }) => ({
    args: [`mongodb://ada:${encoded(secret)}@127.0.0.1:${closed}/shop`, to],
  }),
  'a token in the place of a verb': (secret) => ({ args: [`AstraCS:${secret}`, to] }),
  'a connection string too many': (secret, _folder, { closed }) => ({
    args: ['copy', './people.json', to, `mongodb://ada:${encoded(secret)}@127.0.0.1:${closed}/shop`],
  }),
  'a scheme that nobody takes': (secret) => ({ args: ['copy', `postgres://ada:${encoded(secret)}@127.0.0.1/x`, to] }),
  'a password for a store that takes none': (secret) => ({
    args: ['copy', './people.json', './target', ...option('to', 'password', secret)],
  }),
};

async function credentials(folder: string, secret: string, port: number): Promise<string> {
  const url = `mongodb://ada:${encoded(secret)}@127.0.0.1:${port}/shop`;
  return planted(folder, 'credentials.yaml', `client_url: ${JSON.stringify(url)}\n`);
}

async function serviceAccount(folder: string, secret: string, type = 'service_account'): Promise<string> {
  const account = { type, project_id: 'shop', client_email: 'shop@shop.iam.gserviceaccount.com', private_key: secret };
  return planted(folder, 'key.json', JSON.stringify(account));
}
