import type { ErrorDetails } from '@datamigrato/core';

/** Error codes of Node.js and OpenSSL by which a certificate is refused: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const certificateCodes = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** What TLS has to do with a failed connection, or undefined where it has nothing to do with it. */
export function tlsFault(thrown: unknown): ErrorDetails | undefined {
  for (const code of codesBehind(thrown)) {
    if (certificateCodes.has(code)) {
      return {
        code: 'DM_MONGODB_TLS',
        category: 'endpoint',
        message: `The server's certificate is refused (${code})`,
        nextStep:
          'name its authority with `tlsCAFile=` in the connection string, and connect by the name the certificate is for',
        context: { reason: code },
      };
    }
    if (code.startsWith('ERR_SSL_') || code === 'EPROTO') {
      return {
        code: 'DM_MONGODB_TLS',
        category: 'endpoint',
        message: `The server and this client agree on no TLS (${code})`,
        nextStep: 'check whether the server speaks TLS on this port, and which versions',
        context: { reason: code },
      };
    }
  }
  return undefined;
}

/** The codes of an error, of its causes and of the servers that it speaks of. */
function codesBehind(thrown: unknown): readonly string[] {
  const codes: string[] = [];
  const seen = new Set<unknown>();
  const queue: unknown[] = [thrown];
  while (queue.length > 0) {
    const next = queue.shift();
    if (typeof next !== 'object' || next === null || seen.has(next)) continue;
    seen.add(next);
    const { code, cause, reason, error, servers } = next as Readonly<Record<string, unknown>>;
    if (typeof code === 'string') codes.push(code);
    queue.push(cause, reason, error);
    if (servers instanceof Map) queue.push(...servers.values());
  }
  return codes;
}
