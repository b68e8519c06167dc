import { request } from 'node:https';
import { DatamigratoError } from '@datamigrato/core';
import { translateError } from './errors.js';
import type { SecureBundle } from './secure-bundle.js';

/** Where a database of Astra DB is reached: one proxy for all nodes, which are told apart by the name in the TLS handshake. */
export interface AstraContact {
  /** `host:port` of the proxy. */
  readonly proxy: string;
  readonly localDataCenter: string;
  /** Host ids of nodes. */
  readonly contactPoints: readonly string[];
}

/** Largest answer that is read, in bytes. */
const answerLimit = 256 * 1024;

/** Asks the metadata service that a bundle names, over mutual TLS. */
export async function askMetadataService(bundle: SecureBundle, signal: AbortSignal): Promise<AstraContact> {
  const failure = { doing: `question to Astra's metadata service at ${bundle.host}:${bundle.port}` };
  let answer: { readonly status: number; readonly body: string };
  try {
    answer = await fetchAnswer(bundle, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    throw translateError(thrown, failure);
  }
  const contact = answer.status === 200 ? parseAnswer(answer.body) : undefined;
  if (contact !== undefined) return contact;
  throw new DatamigratoError({
    code: 'DM_CASSANDRA_UNREACHABLE',
    category: 'transient',
    retry: 'safe',
    message: `Astra's metadata service at ${bundle.host}:${bundle.port} gives no usable answer (status ${answer.status})`,
    nextStep: 'check in Astra’s console that the database is active, and download the bundle again',
  });
}

function fetchAnswer(
  bundle: SecureBundle,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const question = request(
      {
        hostname: bundle.host,
        port: bundle.port,
        path: '/metadata',
        ca: bundle.certificateAuthority,
        cert: bundle.certificate,
        key: bundle.key,
        rejectUnauthorized: true,
        agent: false,
        signal,
      },
      (response) => {
        const chunks: Buffer[] = [];
        let length = 0;
        response.on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length > answerLimit) question.destroy();
          else chunks.push(chunk);
        });
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
        );
      },
    );
    question.on('error', reject);
    question.end();
  });
}

function parseAnswer(body: string): AstraContact | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    return undefined;
  }
  const contact = property(answer, 'contact_info');
  const proxy = property(contact, 'sni_proxy_address');
  const localDataCenter = property(contact, 'local_dc');
  const contactPoints = property(contact, 'contact_points');
  if (typeof proxy !== 'string' || !/^[A-Za-z0-9.-]+:\d{1,5}$/.test(proxy)) return undefined;
  if (typeof localDataCenter !== 'string' || !Array.isArray(contactPoints) || contactPoints.length === 0)
    return undefined;
  return { proxy, localDataCenter, contactPoints: contactPoints.map(String) };
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
