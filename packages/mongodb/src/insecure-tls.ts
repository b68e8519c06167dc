import { DatamigratoError } from '@datamigrato/core';

/** A connection string that switches the verification of certificates off without the user's consent. */
export function insecureTls(address: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_MONGODB_INSECURE_TLS',
    category: 'usage',
    message: `The connection string for ${address} switches the verification of the server's certificate off`,
    nextStep:
      'remove `tlsInsecure`, `tlsAllowInvalidCertificates` and `tlsAllowInvalidHostnames` and name the authority with `tlsCAFile=`, or consent with `insecure: true`',
  });
}
