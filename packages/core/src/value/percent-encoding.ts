/** Replaces characters by the hexadecimal digits of their UTF-8 bytes, reversibly. */
export interface PercentEncoding {
  encode(text: string): string;
  /** The text that was encoded, or undefined where it cannot have been. */
  decode(text: string): string | undefined;
}

/**
 * An encoding of the characters that a pattern matches and of `%`; undefined where the pattern forbids what encoded text is made of.
 *
 * Texts must be well formed.
 */
export function compilePercentEncoding(forbidden: RegExp): PercentEncoding | undefined {
  const flags = forbidden.flags.replace(/[gyu]/g, '');
  const unicode = flags.includes('v') ? flags : `${flags}u`;
  const single = new RegExp(`^(?:${forbidden.source})$`, unicode);
  if (Array.from('%0123456789ABCDEF').some((character) => single.test(character))) return undefined;
  const escaped = new RegExp(`%|${forbidden.source}`, `${unicode}g`);
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  return {
    encode: (text) => text.replace(escaped, encodeCharacters),
    decode(text) {
      if (!text.includes('%')) return text;
      if (/%(?![0-9A-F]{2})/.test(text)) return undefined;
      try {
        return text.replace(/(?:%[0-9A-F]{2})+/g, (run) => decoder.decode(Buffer.from(run.replaceAll('%', ''), 'hex')));
      } catch (error) {
        if (error instanceof TypeError) return undefined;
        throw error;
      }
    },
  };
}

function encodeCharacters(characters: string): string {
  return Buffer.from(characters).toString('hex').toUpperCase().replace(/../g, '%$&');
}
