/** Keys from the root to a node; the root itself is empty. */
export type Path = readonly string[];

/** The keys of a path as clients write it: slashes at either end and empty parts mean nothing. */
export function parsePath(text: string): Path {
  return text.split('/').filter((part) => part !== '');
}

/** `a/b/c`; the root gives the empty text. */
export function pathText(path: Path): string {
  return path.join('/');
}

/** True where `path` is `ancestor` or lies below it. */
export function isAtOrBelow(path: Path, ancestor: Path): boolean {
  return path.length >= ancestor.length && ancestor.every((key, index) => path[index] === key);
}

/** Order of paths, key by key, by UTF-16 code units. */
export function comparePaths(left: Path, right: Path): number {
  const common = Math.min(left.length, right.length);
  for (let depth = 0; depth < common; depth += 1) {
    const [a, b] = [left[depth] ?? '', right[depth] ?? ''];
    if (a !== b) return a < b ? -1 : 1;
  }
  return left.length - right.length;
}
