/** An id that is a number. */
export const numericId = /^__id(-?\d+)__$/;

/** The order in which Firestore has names: segment by segment, ids that are numbers (`__id5__`) before others, those by their bytes of UTF-8. */
export function compareNames(left: string, right: string): number {
  const [lefts, rights] = [left.split('/'), right.split('/')];
  for (let index = 0; index < Math.min(lefts.length, rights.length); index += 1) {
    const order = compareSegments(lefts[index] as string, rights[index] as string);
    if (order !== 0) return order;
  }
  return lefts.length - rights.length;
}

function compareSegments(left: string, right: string): number {
  if (left === right) return 0;
  const [leftNumber, rightNumber] = [numericId.exec(left)?.[1], numericId.exec(right)?.[1]];
  if (leftNumber !== undefined && rightNumber !== undefined) return BigInt(leftNumber) < BigInt(rightNumber) ? -1 : 1;
  if (leftNumber !== undefined) return -1;
  if (rightNumber !== undefined) return 1;
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
