import type { Manifest } from '../connector/manifest.js';
import { DatamigratoError } from '../error/datamigrato-error.js';
import type { EntitySchema } from '../schema/entity-schema.js';
import type { MappingOptions } from './mapping-options.js';

/** The field that records too large are split by, as the user names it; none where that was not chosen. */
export function splitChoice({ onLimit }: MappingOptions): readonly string[] {
  const choice = onLimit?.recordBytes;
  return typeof choice === 'object' ? [choice.split] : [];
}

/**
 * The field by which the target splits records, under its name there.
 *
 * @throws DatamigratoError `DM_SPLIT_UNSUPPORTED` where the target cannot.
 */
export function planSplit(options: MappingOptions, target: Manifest): Pick<EntitySchema, 'splits'> {
  const [field] = splitChoice(options);
  if (field === undefined) return {};
  if (target.splitsRecords === true)
    return { splits: new Map(Object.entries(options.rename ?? {})).get(field) ?? field };
  throw new DatamigratoError({
    code: 'DM_SPLIT_UNSUPPORTED',
    category: 'usage',
    message: `Records that are too large are to be split by "${field}", and the target stores no record in parts`,
    nextStep: 'choose `reject` or `refuse` for recordBytes, or leave the field out with the option `drop`',
  });
}
