/**
 * What happens where records are beyond a limit of the target.
 *
 * - `reject` (default): each becomes a dead letter.
 * - `refuse`: the migration does not start.
 * - `spill`, for depth alone: what is too deep is written as typed text, which the way back reads again. Needs a target that takes documents; in a table nothing is deep.
 *
 * - `{ split: 'lines' }`, for the size of records alone: of those that are too large, this field lies in records of its own beside them, and whoever reads them with Datamigrato gets them whole.
 *   Needs a target that can: Firestore, where they are a sub-collection.
 *
 * Values out of a kind's range and keys that are too long for a store of text keys need no choice: they become typed text, or a hash beside the whole key.
 */
export interface LimitChoices {
  readonly recordBytes?: 'reject' | 'refuse' | { readonly split: string };
  readonly fieldBytes?: 'reject' | 'refuse';
  readonly keyBytes?: 'reject' | 'refuse';
  readonly depth?: 'reject' | 'refuse' | 'spill';
  readonly valueRange?: 'reject' | 'refuse';
  /** Any other reason for which a record cannot be written, such as a key field that it lacks. */
  readonly other?: 'reject' | 'refuse';
}

/** Something that records may be beyond. */
export type LimitName = keyof LimitChoices;

/** Every limit, in the order in which they are shown. */
export const limitNames: readonly LimitName[] = [
  'recordBytes',
  'fieldBytes',
  'keyBytes',
  'depth',
  'valueRange',
  'other',
];

/** Whether a choice can keep a migration from starting, so that limits have to be checked before. */
export function mayRefuse(choices: LimitChoices): boolean {
  return Object.values(choices).includes('refuse');
}
