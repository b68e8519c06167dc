import { createHash } from 'node:crypto';

/** Longest folder name that is made; file systems take 255 bytes. */
const longestName = 200;

/** Names that Windows keeps for devices, whatever their extension, and those of the archive's own files. */
const reservedName = /^(?:(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)|manifest\.json|writing\.lock)/;

/**
 * The folder of an entity inside an archive: the name itself where that is safe, else with `%` and two hexadecimal digits for each byte that is not.
 *
 * Two entities never share a folder, on file systems that ignore case or fold Unicode either, and no name leads out of the archive:
 * lower-case letters, digits, `-`, `_` and inner dots stay, all else is escaped. A name longer than 200 bytes ends in `~` and a hash of all of it.
 */
export function entityFolder(entity: string): string {
  let name = '';
  for (const character of entity) name += /[a-z0-9_.-]/.test(character) ? character : escaped(character);
  name = name.replace(/^\.|\.$/g, '%2e');
  if (reservedName.test(name)) name = escapeByte(name.charCodeAt(0)) + name.slice(1);
  if (name === '') return '%';
  return name.length <= longestName ? name : `${name.slice(0, longestName - 33)}~${shortHash(entity)}`;
}

/** Whether a text, such as one in a manifest from elsewhere, is a folder name that {@link entityFolder} could have made. */
export function isEntityFolder(text: string): boolean {
  return (
    /^[a-z0-9_%][a-z0-9_.%~-]*$/.test(text.replace(/^-/, '_')) &&
    !text.endsWith('.') &&
    text.length <= longestName &&
    !reservedName.test(text)
  );
}

function escapeByte(byte: number): string {
  return `%${byte.toString(16).padStart(2, '0')}`;
}

/** A character's bytes, each escaped. A lone surrogate has none, and is spelt out. */
function escaped(character: string): string {
  if (/^[\ud800-\udfff]$/.test(character)) return `%u${character.charCodeAt(0).toString(16)}`;
  return Array.from(Buffer.from(character, 'utf8'), escapeByte).join('');
}

function shortHash(entity: string): string {
  return createHash('sha256').update(entity, 'utf16le').digest('hex').slice(0, 32);
}
