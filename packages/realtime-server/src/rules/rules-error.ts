/** Rules that cannot be used; the message says where and why. */
export class RulesError extends Error {
  override readonly name = 'RulesError';
}
