const integerKey = /^-?0*\d{1,10}$/;

/** Sort below and above every key; what clients send for a bound that has a value and no key. */
export const minimumKey = '[MIN_NAME]';
export const maximumKey = '[MAX_NAME]';

/** The number that a key stands for in the order of keys: 32-bit integers in decimal do, nothing else does. */
export function integerOfKey(key: string): number | undefined {
  const code = key.charCodeAt(0);
  const mayBeInteger = (code >= 48 && code <= 57) || code === 45;
  if (!mayBeInteger || !integerKey.test(key)) return undefined;
  const value = Number(key);
  return value >= -2147483648 && value <= 2147483647 ? value : undefined;
}

/** Order of keys: integers by value (of equal ones the shorter text, then code units), then all others by UTF-16 code units. */
export function compareKeys(left: string, right: string): number {
  if (left === right) return 0;
  if (left === minimumKey || right === maximumKey) return -1;
  if (right === minimumKey || left === maximumKey) return 1;
  const leftInteger = integerOfKey(left);
  const rightInteger = integerOfKey(right);
  if (leftInteger === undefined) return rightInteger !== undefined || left > right ? 1 : -1;
  if (rightInteger === undefined) return -1;
  return leftInteger - rightInteger || left.length - right.length || (left > right ? 1 : -1);
}
