const integerName = /^-?0*\d{1,10}$/;

/**
 * The order in which the database sorts the names of nodes: 32-bit integers by their value (of equal ones the shorter text), then all other names.
 *
 * Those are compared by UTF-16 units here, as Google's client libraries do. A server may compare bytes of UTF-8, which differs for names with characters beyond U+FFFF beside such between U+E000 and U+FFFF: whoever relies on the order must bear either.
 */
export function compareNames(left: string, right: string): number {
  if (left === right) return 0;
  const leftInteger = integerOf(left);
  const rightInteger = integerOf(right);
  if (leftInteger === undefined) return rightInteger !== undefined || left > right ? 1 : -1;
  if (rightInteger === undefined) return -1;
  return leftInteger - rightInteger || left.length - right.length;
}

function integerOf(name: string): number | undefined {
  const code = name.charCodeAt(0);
  if (!((code >= 0x30 && code <= 0x39) || code === 0x2d) || !integerName.test(name)) return undefined;
  const value = Number(name);
  return value >= -2147483648 && value <= 2147483647 ? value : undefined;
}
