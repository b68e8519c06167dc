import { DatamigratoError } from '../error/datamigrato-error.js';
import { type LimitChoices, limitNames } from '../mapping/limit-choices.js';
import type { LimitReport } from './limit-report.js';

/** Throws `DM_LIMIT_REFUSED` where records are beyond a limit for which `refuse` was chosen. */
export function requireWithinLimits(report: LimitReport, choices: LimitChoices): void {
  const refused = report.entities.flatMap(({ source, findings }) =>
    findings.filter(({ limit }) => choices[limit] === 'refuse').map((finding) => ({ source, finding })),
  );
  const [first] = refused;
  if (first === undefined) return;
  const records = refused.reduce((sum, { finding }) => sum + finding.records, 0);
  const limits = limitNames.filter((name) => refused.some(({ finding }) => finding.limit === name));
  throw new DatamigratoError({
    code: 'DM_LIMIT_REFUSED',
    category: 'usage',
    message: `${records} of ${report.checked} records are beyond limits of ${report.target.endpoint} (${limits.join(', ')}), first in ${first.source}`,
    nextStep:
      'look at them with `datamigrato plan --check`, change the mapping or the records, or choose `reject` for these limits',
    context: { records, checked: report.checked },
  });
}
