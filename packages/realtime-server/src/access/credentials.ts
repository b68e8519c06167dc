import { isJsonObject } from '../json-object.js';
import { refusals } from '../request-refusal.js';
import type { Identity } from './identity.js';

/**
 * Whom a token stands for: the owner's token the owner, a token in JWT form the user that it names.
 *
 * Signatures are not checked: like Firebase's own emulator, the server believes what a token says. Signed ones may expire.
 *
 * @throws RequestRefusal `invalid_token`, `expired_token`
 */
export function identify(token: string, ownerToken: string, now: number): Identity {
  if (token === ownerToken) return { type: 'owner' };
  const claims = readClaims(token);
  const expiry = claims['exp'];
  // Tokens that test tools make are unsigned and expired in 1970; the emulator takes them.
  const isSigned = !token.endsWith('.');
  if (isSigned && typeof expiry === 'number' && expiry * 1000 <= now) throw refusals.expiredToken();
  const { firebase, user_id: userId, sub } = claims;
  const provider = isJsonObject(firebase) ? (firebase['sign_in_provider'] ?? null) : null;
  return { type: 'user', auth: { uid: userId ?? sub ?? null, provider, token: claims } };
}

/** What a JWT says; the signature is not looked at. */
export function readClaims(token: string): Record<string, unknown> {
  const [, payload, signature, ...more] = token.split('.');
  if (payload === undefined || signature === undefined || more.length > 0) throw refusals.invalidToken();
  let claims: unknown;
  try {
    claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  } catch (error) {
    throw error instanceof SyntaxError ? refusals.invalidToken() : error;
  }
  if (!isJsonObject(claims)) throw refusals.invalidToken();
  return claims;
}
