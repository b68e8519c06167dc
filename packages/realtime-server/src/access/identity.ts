/** What a token says of a user, or null for somebody who has shown none. */
type AuthVariable = Readonly<Record<string, unknown>> | null;

/** On whose behalf a request is made. The owner is above the rules; everybody else is subject to them. */
export type Identity = { readonly type: 'owner' } | { readonly type: 'user'; readonly auth: AuthVariable };

export const anonymous: Identity = { type: 'user', auth: null };
