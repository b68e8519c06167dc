/** A value as typed: what reads as a JSON scalar is one, and everything else is text. */
export function scalarOf(text: string): string | number | boolean | null {
  if (text === 'true' || text === 'false') return text === 'true';
  if (text === 'null') return null;
  if (/^-?(?:0|[1-9]\d{0,8})$/.test(text)) return Number(text);
  const quoted = /^"((?:[^"\\]|\\.)*)"$/s.test(text);
  return quoted ? (JSON.parse(text) as string) : text;
}
