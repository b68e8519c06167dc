/** What a name begins with that Firestore would not take as it is. */
const prefix = '@dm:';

/** Longest name in bytes of UTF-8: <https://cloud.google.com/firestore/quotas#collections_documents_and_fields> */
export const fieldNameBytes = 1_500;

const reserved = /^(?:__[\s\S]*__)?$/;

/** A field's name as Firestore takes it: itself, or with a prefix where it is empty, reserved (`__x__`) or begins with that prefix. */
export function storedFieldName(name: string): string {
  return reserved.test(name) || name.startsWith(prefix) ? prefix + name : name;
}

/** The name that {@link storedFieldName} was given. */
export function originalFieldName(stored: string): string {
  if (!stored.startsWith(prefix)) return stored;
  const name = stored.slice(prefix.length);
  // One that a person gave needs no prefix and has none taken away.
  return storedFieldName(name) === stored ? name : stored;
}
