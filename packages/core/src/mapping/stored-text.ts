import { isDatamigratoError } from '../error/datamigrato-error.js';
import { valueFromText } from '../value/text.js';
import type { Value } from '../value/value.js';

/** The value of typed JSON text that was written into a store, where others may have written since; undefined for any other text. */
export function valueFromStoredText(text: string): Value | undefined {
  try {
    return valueFromText(text);
  } catch (error) {
    if (isDatamigratoError(error) && error.code === 'DM_TEXT_INVALID') return undefined;
    throw error;
  }
}
