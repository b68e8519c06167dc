/** What stands at a node, as JSON in the database's export form: priorities are kept, and an array is an object with its indices as names. */
export type Node = null | boolean | number | string | readonly Node[] | Branch;

/** The member of an exported node that holds the value of a leaf that has a priority; no name of a child. */
export const valueMember = '.value';

/** The member of an exported node that holds its priority; no name of a child. */
export const priorityMember = '.priority';

/** The members of an exported node that has children or a priority. */
export interface Branch {
  readonly [name: string]: Node;
}

/** Whether a node has children or a priority. */
export function isBranch(node: Node): node is Branch {
  return typeof node === 'object' && node !== null && !isList(node);
}

/** Whether a node came as an array, as servers print some that is not exported. */
export function isList(node: Node): node is readonly Node[] {
  return Array.isArray(node);
}
