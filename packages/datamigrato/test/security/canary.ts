/** A secret that is easy to find again, whatever a program made of it. */
export interface Canary {
  /** What is given as the secret. */
  readonly text: string;
  /** Whether any form of it, or most of it, stands in a text. */
  isIn(text: string): boolean;
}

/** Characters that connection strings, YAML, JSON and shells treat in a way of their own. */
const awkward = ['', ':', '@', '/', '%', '"', "'", '\\', ' ', '#', '?', '&', '=', ',', '{', '}', '$', 'é', '漢', '%41'];

/** A canary of its own for each number. */
export function canaryOf(seed: number): Canary {
  const character = (step: number): string => awkward[(seed * 7 + step * 3) % awkward.length] ?? '';
  const number = String(seed * 7919 + 10_000);
  const [head, tail] = [`Canary${number}`, `yranaC${number}`];
  const text = `${head}${character(1)}${character(2)}${tail}`;
  const forms = [head, tail].flatMap((part) => [
    part,
    Buffer.from(part).toString('hex'),
    ...[0, 1, 2].map((shift) => middleOfBase64(part, shift)),
  ]);
  const lower = forms.map((form) => form.toLowerCase());
  return {
    text,
    isIn(where) {
      const haystack = where.toLowerCase();
      return lower.some((form) => haystack.includes(form));
    },
  };
}

/** What base64 makes of a text that stands so many bytes after a multiple of three, without the characters that depend on what is around it. */
function middleOfBase64(text: string, shift: number): string {
  const encoded = Buffer.concat([Buffer.alloc(shift), Buffer.from(text)]).toString('base64');
  return encoded.slice(shift === 0 ? 0 : 4, Math.floor((shift + text.length) / 3) * 4);
}
