/** A part of the ring: every token above `after`, up to and including `upTo`. */
export interface TokenRange {
  readonly after: bigint;
  readonly upTo: bigint;
}

/** Below every token: no key has it, so a range that starts here misses nothing. */
export const minimumToken = -(2n ** 63n);

/** The highest token of all. */
export const maximumToken = 2n ** 63n - 1n;

/**
 * Cuts the whole ring into about `targetCount` ranges that touch and do not overlap.
 *
 * Cuts lie at the nodes' tokens as long as there are enough of these, so that a range has one set of replicas; beyond that, the ranges between tokens are split evenly.
 * The wrap from the highest token to the lowest is always a cut, since no CQL condition can express a range across it.
 */
export function cutRing(nodeTokens: readonly bigint[], targetCount: number): readonly TokenRange[] {
  const inner = [...new Set(nodeTokens)]
    .filter((token) => token > minimumToken && token < maximumToken)
    .sort(ascending);
  const edges = [minimumToken, ...inner, maximumToken];
  const count = BigInt(Math.max(1, Math.floor(targetCount)));
  const cuts = BigInt(edges.length - 1) <= count ? splitBetween(edges, count) : groupedBetween(edges, count);
  return cuts.slice(1).map((upTo, index) => ({ after: cuts[index] as bigint, upTo }));
}

const ringWidth = maximumToken - minimumToken;

/** Every edge, and between two of them as many more as keep each range within an even part of the ring, give or take an eighth: the widest is what a migration waits for. */
function splitBetween(edges: readonly bigint[], count: bigint): readonly bigint[] {
  const cuts: bigint[] = [minimumToken];
  for (let index = 1; index < edges.length; index += 1) {
    const start = edges[index - 1] as bigint;
    const width = (edges[index] as bigint) - start;
    const share = (8n * count * width + 7n * ringWidth) / (8n * ringWidth);
    const pieces = share < 1n ? 1n : share > width ? width : share;
    for (let piece = 1n; piece <= pieces; piece += 1n) cuts.push(start + (width * piece) / pieces);
  }
  return cuts;
}

/** Those edges that come first after an even cut of the ring. */
function groupedBetween(edges: readonly bigint[], count: bigint): readonly bigint[] {
  const cuts: bigint[] = [minimumToken];
  for (const edge of edges.slice(1, -1)) {
    const wanted = BigInt(cuts.length);
    if (wanted < count && (edge - minimumToken) * count >= ringWidth * wanted) cuts.push(edge);
  }
  cuts.push(maximumToken);
  return cuts;
}

function ascending(left: bigint, right: bigint): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
