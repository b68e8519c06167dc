/** Longest name that a server takes for a keyspace, a table or a user-defined type. */
export const entityNameLimit = 48;

/** Names that a server takes for keyspaces and tables, quoted or not. */
export const entityNamePattern = `^[a-zA-Z_0-9]{1,${entityNameLimit}}$`;

/** Longest name of a column, in bytes of UTF-8: names travel and are stored with a length of 16 bits. */
export const columnNameBytes = 65_535;

const entityName = new RegExp(entityNamePattern);

/** A name as CQL text that means exactly this name, whatever its characters. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A table or type of a keyspace, as CQL text. */
export function qualified(keyspace: string, name: string): string {
  return `${quoted(keyspace)}.${quoted(name)}`;
}

/** A text as a CQL literal. */
export function textLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Why a name cannot be a keyspace, table or type, or undefined where it can. */
export function entityNameProblem(what: string, name: string): string | undefined {
  if (entityName.test(name)) return undefined;
  return `${what} ${JSON.stringify(name)} is not a name that Cassandra takes: 1 to ${entityNameLimit} letters, digits and underscores`;
}

/** Why a name cannot be a column, or undefined where it can. */
export function columnNameProblem(name: string): string | undefined {
  if (name === '') return 'a column has no name';
  const bytes = Buffer.byteLength(name);
  if (bytes > columnNameBytes) return `a column's name has ${bytes} bytes; at most ${columnNameBytes} are allowed`;
  if (Buffer.from(name).toString() !== name) return 'a column name holds half of a surrogate pair';
  return undefined;
}
