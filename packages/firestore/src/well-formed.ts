const half = /\p{Surrogate}/u;

/** Whether a text has no surrogate that stands alone, so that UTF-8 can hold it. */
export function isWellFormed(text: string): boolean {
  return !half.test(text);
}
