/** A processor profile as V8 writes it, so far as it is read here. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  /** Id of the node that was running, sample by sample. */
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

/** A function in one place of the call tree. */
interface ProfileNode {
  readonly id: number;
  readonly callFrame: CallFrame;
  readonly children?: readonly number[];
}

/** Where a function begins; lines and columns from 0. */
export interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

/** What one function took, all its places in the call tree together. */
export interface FunctionTime {
  readonly frame: CallFrame;
  /** Microseconds in the function itself. */
  readonly self: number;
  /** Microseconds in it and in all that it called; a function that calls itself counts once. */
  readonly total: number;
}

/** The functions of a profile by their own time, longest first. Waiting is left out. */
export function functionTimes(profile: CpuProfile): readonly FunctionTime[] {
  const own = ownTimes(profile);
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const times = new Map<string, { frame: CallFrame; self: number; total: number }>();
  const visit = (node: ProfileNode, above: ReadonlySet<string>): number => {
    const key = keyOf(node.callFrame);
    const within = above.has(key) ? above : new Set(above).add(key);
    let total = own.get(node.id) ?? 0;
    const self = total;
    for (const child of node.children ?? []) total += visit(nodes.get(child) as ProfileNode, within);
    const time = times.get(key) ?? { frame: node.callFrame, self: 0, total: 0 };
    time.self += self;
    if (!above.has(key)) time.total += total;
    times.set(key, time);
    return total;
  };
  const [root] = profile.nodes;
  if (root !== undefined) visit(root, new Set());
  return [...times.values()]
    .filter(({ frame }) => frame.functionName !== '(root)' && frame.functionName !== '(idle)')
    .sort((left, right) => right.self - left.self);
}

function ownTimes(profile: CpuProfile): ReadonlyMap<number, number> {
  const own = new Map<number, number>();
  for (const [index, id] of profile.samples.entries()) {
    own.set(id, (own.get(id) ?? 0) + (profile.timeDeltas[index] ?? 0));
  }
  return own;
}

function keyOf(frame: CallFrame): string {
  return `${frame.functionName} ${frame.url}:${frame.lineNumber}:${frame.columnNumber}`;
}
