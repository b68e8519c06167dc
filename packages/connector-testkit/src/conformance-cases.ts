import { adminCases } from './cases/admin-cases.js';
import { cancelCases } from './cases/cancel-cases.js';
import { changeCases } from './cases/change-cases.js';
import { codecCases } from './cases/codec-cases.js';
import { errorCases } from './cases/error-cases.js';
import { keyCases } from './cases/key-cases.js';
import { lifecycleCases } from './cases/lifecycle-cases.js';
import { limitCases } from './cases/limit-cases.js';
import { listingCases } from './cases/listing-cases.js';
import { manifestCases } from './cases/manifest-cases.js';
import { networkCases } from './cases/network-cases.js';
import { preparationCases } from './cases/preparation-cases.js';
import { readingCases } from './cases/reading-cases.js';
import { valueCases } from './cases/value-cases.js';
import { writeCases } from './cases/write-cases.js';
import type { ConformanceCase } from './conformance-case.js';

/** Every case, from what can be told without a store to what happens when a network fails. Those that do not apply to a connector are among them. */
export const conformanceCases: readonly ConformanceCase[] = [
  ...manifestCases,
  ...lifecycleCases,
  ...listingCases,
  ...readingCases,
  ...changeCases,
  ...codecCases,
  ...valueCases,
  ...keyCases,
  ...preparationCases,
  ...writeCases,
  ...limitCases,
  ...adminCases,
  ...errorCases,
  ...cancelCases,
  ...networkCases,
];
