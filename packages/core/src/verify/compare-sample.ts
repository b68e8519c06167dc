import { DatamigratoError } from '../error/datamigrato-error.js';
import { countsDisagree, storeCounts } from './compare-counts.js';
import { addFound, compareKeys } from './compare-keys.js';
import { moved, noDifferences, noFacts, totalOf } from './entity-facts.js';
import type { EntitySides } from './entity-sides.js';
import { shareOf } from './fingerprints.js';
import { settleDifferences } from './settle-differences.js';
import type { EntityVerification, SampleProof } from './verification-report.js';
import { OpenEntity } from './verification-state.js';
import type { Verification, VerificationSettings } from './verify-migration.js';

/** How sure the bound is that a sample gives. */
const confidence = 0.95;

/**
 * Reads both sides, counts all keys, and compares the records of about so many keys.
 *
 * Both sides choose a key by the same secret hash, each with the same probability, so that what one side lacks is found as well.
 * Where n records were chosen and none differs, the share of differing records is below 1 − 0.05^(1/n), about 3/n, with a confidence of 95 %: were it larger, such a sample would come up in fewer than one case of twenty.
 */
export async function compareSample(
  sides: EntitySides,
  settings: VerificationSettings,
  { signal, digestKey, runtime }: Pick<Verification, 'signal' | 'digestKey' | 'runtime'>,
): Promise<EntityVerification> {
  if (2 * settings.sampleSize > settings.recordsInMemory) throw tooLarge(settings);
  const counted = await storeCounts(sides, signal);
  const known = Math.max(counted.source ?? 0, counted.target ?? 0);
  const share = Math.min(1, settings.sampleSize / Math.max(1, known === 0 ? sides.plan.estimate.records : known));
  const entity = OpenEntity.begin(sides.plan, 1);
  entity.expected.partitions = await sides.expected.partitions(signal);
  entity.actual.partitions = await sides.actual.partitions(signal);
  const result = await compareKeys(sides, entity, (key) => shareOf(key) < share, signal);
  const { expected, actual, unmappable, selected, found } = result;
  const facts = { ...noFacts(sides.plan), expected, actual, unmappable, counted };
  const reason = countsDisagree(facts, counted);
  if (reason !== undefined) return { ...facts, verdict: 'inconclusive', reason };
  const listed = new Map([...found].slice(0, settings.listed));
  const { differences, settled, differedFor } = await settleDifferences(
    listed,
    { sides, entity, digestKey, signal },
    { runtime, within: settings.settleWithin },
  );
  const tally = addFound(noDifferences, new Map([...found].filter(([key]) => !settled.has(key))));
  const total = totalOf(tally);
  const outcome = {
    ...facts,
    compared: selected,
    tally,
    settled: settled.size,
    differences,
    differedFor,
    sample: proofOf(selected, total),
  };
  if (total > 0 || expected !== actual) return { ...outcome, verdict: 'different' };
  if (settled.size > 0 && settings.settleWithin === 0) return { ...outcome, verdict: 'inconclusive', reason: moved };
  if (selected === 0 && expected > 0)
    return { ...outcome, verdict: 'inconclusive', reason: 'the sample is so small that no record was chosen' };
  return { ...outcome, verdict: 'equal' };
}

/** What so many chosen records prove, of which so many differ. */
function proofOf(records: number, differing: number): SampleProof {
  const bound = records === 0 ? 1 : 1 - (1 - confidence) ** (1 / records);
  return { records, confidence, differingShareBelow: differing > 0 ? null : bound };
}

function tooLarge({ sampleSize, recordsInMemory }: VerificationSettings): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_SAMPLE_TOO_LARGE',
    category: 'usage',
    message: `A sample of ${sampleSize} records does not fit into the memory that a comparison may take`,
    nextStep: `take at most ${Math.floor(recordsInMemory / 2)}, or compare all records with --level records`,
  });
}
