import { createHash } from 'node:crypto';

/** Longest folder name that is made; file systems take 255 bytes. */
const longestName = 200;

/** Names that Windows keeps for devices, whatever their extension. */
const deviceName = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/;

/**
 * The folder of an entity inside an archive: the name itself where that is safe, else with `%` and two hexadecimal digits for each byte that is not.
 *
 * Two entities never share a folder, on file systems that ignore case or fold Unicode either, and no name leads out of the archive:
 * lower-case letters, digits, `-`, `_` and inner dots stay, all else is escaped. A name longer than 200 bytes ends in `~` and a hash of all of it.
 */
export function entityFolder(entity: string): string {
  let name = '';
  for (const byte of Buffer.from(wellFormed(entity), 'utf8')) {
    const character = String.fromCharCode(byte);
    name += /[a-z0-9_.-]/.test(character) ? character : escapeByte(byte);
  }
  name = name.replace(/^\.|\.$/g, '%2e');
  if (deviceName.test(name)) name = escapeByte(name.charCodeAt(0)) + name.slice(1);
  if (name === '') return '%';
  return name.length <= longestName ? name : `${name.slice(0, longestName - 33)}~${shortHash(entity)}`;
}

/** Whether a text, such as one in a manifest from elsewhere, is a folder name that {@link entityFolder} could have made. */
export function isEntityFolder(text: string): boolean {
  return (
    /^[a-z0-9_%][a-z0-9_.%~-]*$/.test(text.replace(/^-/, '_')) &&
    !text.endsWith('.') &&
    text.length <= longestName &&
    !deviceName.test(text)
  );
}

function escapeByte(byte: number): string {
  return `%${byte.toString(16).padStart(2, '0')}`;
}

/** UTF-8 has no lone surrogates; each is spelt out so that two names with different ones stay apart. */
function wellFormed(entity: string): string {
  return entity.replace(/[\ud800-\udfff]/gu, (unit) => `%u${unit.charCodeAt(0).toString(16)}`);
}

function shortHash(entity: string): string {
  return createHash('sha256').update(entity, 'utf16le').digest('hex').slice(0, 32);
}
