import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createGuardedFolder } from './guarded-folder.js';
import { askTool } from './run-tool.js';

/** A key and its certificate, in PEM form. */
export interface KeyPairFiles {
  readonly keyFile: string;
  readonly certificateFile: string;
  /** Certificate and key in one file, as MongoDB's `tlsCertificateKeyFile` wants it. */
  readonly combinedFile: string;
}

/**
 * What a server may present to its clients. All are for 127.0.0.1 (as common name and address) and localhost but `wrongHost`,
 * which is for `elsewhere.invalid`; `expired` ended yesterday; `otherAuthority` is signed by an authority that the client does not
 * trust; `selfSigned` is signed by itself.
 */
export const serverIdentities = ['valid', 'expired', 'wrongHost', 'otherAuthority', 'selfSigned'] as const;
export type ServerIdentity = (typeof serverIdentities)[number];

/** A certificate authority made for one test run, with what it signed and what it did not. */
export interface Certificates extends AsyncDisposable {
  readonly folder: string;
  /** What clients and servers shall trust. */
  readonly certificateAuthorityFile: string;
  /** Signed `otherAuthority`; trusting it instead must make every connection to a `valid` server fail. */
  readonly otherAuthorityFile: string;
  readonly server: Readonly<Record<ServerIdentity, KeyPairFiles>>;
  /** For servers that ask their clients for a certificate. */
  readonly client: KeyPairFiles;
  remove(): Promise<void>;
}

/** How a server shall use TLS; without `requireClientCertificate` only the server shows a certificate. */
export interface TlsOptions {
  readonly certificates: Certificates;
  readonly identity?: ServerIdentity;
  readonly requireClientCertificate?: boolean;
}

const keyType = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const thisMachine = { commonName: '127.0.0.1', alternativeNames: 'IP:127.0.0.1,DNS:localhost' };
const elsewhere = { commonName: 'elsewhere.invalid', alternativeNames: 'DNS:elsewhere.invalid' };

/** Makes the certificates with `openssl` in a folder that disappears with this process. They are valid for two days. */
export async function createCertificates(): Promise<Certificates> {
  const guarded = await createGuardedFolder('certificates');
  const { path: folder } = guarded;
  const remove = (): Promise<void> => guarded.remove();
  try {
    const authority = await createAuthority(folder, 'authority');
    const otherAuthority = await createAuthority(folder, 'other-authority');
    const server = {
      valid: await sign(folder, 'valid', authority, thisMachine),
      expired: await sign(folder, 'expired', authority, { ...thisMachine, days: -1 }),
      wrongHost: await sign(folder, 'wrong-host', authority, elsewhere),
      otherAuthority: await sign(folder, 'by-other-authority', otherAuthority, thisMachine),
      selfSigned: await selfSign(folder, 'self-signed', thisMachine),
    };
    return {
      folder,
      certificateAuthorityFile: authority.certificateFile,
      otherAuthorityFile: otherAuthority.certificateFile,
      server,
      client: await sign(folder, 'client', authority, { commonName: 'client', alternativeNames: 'DNS:client.invalid' }),
      remove,
      [Symbol.asyncDispose]: remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Writes a PKCS #12 key store for a Java server, protected by `password`. */
export async function writeKeyStore(pair: KeyPairFiles, file: string, password: string): Promise<void> {
  const { keyFile, certificateFile } = pair;
  await openssl([
    'pkcs12',
    '-export',
    '-inkey',
    keyFile,
    '-in',
    certificateFile,
    '-out',
    file,
    '-passout',
    `pass:${password}`,
  ]);
}

/** Writes a PKCS #12 store of one trusted authority for a Java server; Java trusts only stores that `keytool` made. */
export async function writeTrustStore(authorityFile: string, file: string, password: string): Promise<void> {
  await rm(file, { force: true });
  const what = ['-importcert', '-noprompt', '-alias', 'authority', '-file', authorityFile];
  await askTool('keytool', [...what, '-keystore', file, '-storetype', 'PKCS12', '-storepass', password], 'TLS tests');
}

interface Subject {
  readonly commonName: string;
  readonly alternativeNames: string;
  readonly days?: number;
}

async function createAuthority(folder: string, name: string): Promise<KeyPairFiles> {
  const pair = await filesFor(folder, name);
  await openssl([
    ...['req', '-x509', ...keyType, '-days', '2', '-subj', `/CN=Testbed ${name}`],
    ...['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
    ...['-keyout', pair.keyFile, '-out', pair.certificateFile],
  ]);
  return combine(pair);
}

async function selfSign(folder: string, name: string, subject: Subject): Promise<KeyPairFiles> {
  const pair = await filesFor(folder, name);
  await openssl([
    ...['req', '-x509', ...keyType, '-days', '2', '-subj', `/CN=${subject.commonName}`],
    ...['-addext', `subjectAltName=${subject.alternativeNames}`],
    ...['-keyout', pair.keyFile, '-out', pair.certificateFile],
  ]);
  return combine(pair);
}

async function sign(folder: string, name: string, authority: KeyPairFiles, subject: Subject): Promise<KeyPairFiles> {
  const pair = await filesFor(folder, name);
  const request = join(folder, name, 'request.pem');
  const extensions = join(folder, name, 'extensions');
  await writeFile(extensions, `subjectAltName=${subject.alternativeNames}\n`);
  await openssl(['req', ...keyType, '-subj', `/CN=${subject.commonName}`, '-keyout', pair.keyFile, '-out', request]);
  await openssl([
    ...[
      'x509',
      '-req',
      '-in',
      request,
      '-CA',
      authority.certificateFile,
      '-CAkey',
      authority.keyFile,
      '-CAcreateserial',
    ],
    ...['-days', String(subject.days ?? 2), '-extfile', extensions, '-out', pair.certificateFile],
  ]);
  return combine(pair);
}

async function filesFor(folder: string, name: string): Promise<KeyPairFiles> {
  const own = join(folder, name);
  await mkdir(own);
  const file = (fileName: string): string => join(own, fileName);
  return { keyFile: file('key.pem'), certificateFile: file('certificate.pem'), combinedFile: file('combined.pem') };
}

async function combine(pair: KeyPairFiles): Promise<KeyPairFiles> {
  const texts = await Promise.all([readFile(pair.certificateFile, 'utf8'), readFile(pair.keyFile, 'utf8')]);
  await writeFile(pair.combinedFile, texts.join(''), { mode: 0o600 });
  return pair;
}

async function openssl(programArguments: readonly string[]): Promise<void> {
  await askTool('openssl', programArguments, 'TLS tests');
}
