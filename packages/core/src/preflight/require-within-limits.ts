import { DatamigratoError } from '../error/datamigrato-error.js';
import { type LimitChoices, limitNames } from '../mapping/limit-choices.js';
import type { LimitReport } from './limit-report.js';

/** Whether records are beyond a limit for which `refuse` was chosen. */
export function isRefused(report: LimitReport, choices: LimitChoices): boolean {
  return report.entities.some(({ findings }) => findings.some(({ limit }) => choices[limit] === 'refuse'));
}

/** Throws `DM_LIMIT_REFUSED` where records are beyond a limit for which `refuse` was chosen. */
export function requireWithinLimits(report: LimitReport, choices: LimitChoices): void {
  if (!isRefused(report, choices)) return;
  const findings = report.entities.flatMap((entity) => entity.findings);
  const counts = limitNames
    .filter((name) => choices[name] === 'refuse' && findings.some(({ limit }) => limit === name))
    .map((name) => {
      const records = findings.filter(({ limit }) => limit === name).reduce((sum, { records }) => sum + records, 0);
      return `${name} ${records}`;
    });
  const { checked, beyond } = report;
  throw new DatamigratoError({
    code: 'DM_LIMIT_REFUSED',
    category: 'usage',
    message: `Of ${checked} records tried, some are beyond limits of ${report.target.endpoint}, which is to be refused: ${counts.join(', ')}`,
    nextStep:
      'look at them with `datamigrato plan --check`, change the mapping or the records, or choose `reject` for these limits',
    context: { checked, beyond },
  });
}
