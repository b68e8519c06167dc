import { inspect } from 'node:util';
import { BinaryValue, type DatamigratoError, decimal, entityName, type Value, type ValueKind } from '@datamigrato/core';
import { call, inPlace, write, writeAll } from '../case-session.js';
import { readable, writable, writesIn } from '../conditions.js';
import { type ConformanceCase, defineCase } from '../conformance-case.js';
import { ordinaryRecord, plannedEntity, uniqueName } from '../data/planned-entity.js';
import { asContractError, contractError, expectThat } from '../expectation.js';

/** A text that stands for what is private in a record. */
const canary = 'PrivateCanary91c4';

/** What errors say, and what they keep to themselves. */
export const errorCases: readonly ConformanceCase[] = [
  defineCase({
    id: 'encoder-errors-hold-no-content',
    title: 'an encoder does not tell what it refuses',
    promise:
      'The error of a value that cannot be held is of category record, and shows nothing of any field of the record.',
    when: [writable],
    async run({ connector: { manifest, codec } }) {
      let refused = 0;
      for (const [kind, value] of refusable) {
        if (manifest.values[kind].holds?.(value) ?? manifest.values[kind].fidelity === 'exact') continue;
        const encoder = codec.createEncoder(plannedEntity(manifest, { fields: { text: { kind: 'string' } } }));
        try {
          encoder.encode({ key: ordinaryRecord(manifest, 1).key, fields: { other: canary, text: value } });
        } catch (thrown) {
          refused += 1;
          const error = asContractError(thrown, `encoding a ${kind}`);
          expectThat(error.category === 'record', `encoding a ${kind} fails with category ${error.category}`);
          expectThat(!shownOf(error).includes(canary), `${error.code} shows what is in a record`);
        }
      }
      const everything = refusable.every(
        ([kind, value]) => manifest.values[kind].holds?.(value) ?? manifest.values[kind].fidelity === 'exact',
      );
      expectThat(refused > 0 || everything, 'nothing is refused, though the manifest does not hold everything');
    },
  }),
  defineCase({
    id: 'write-failures-hold-no-content',
    title: 'a failed record is not told',
    promise: 'The failure of a record shows nothing of its fields.',
    when: [writable, writesIn('create')],
    run: (harness) =>
      inPlace(harness, async ({ endpoint }) => {
        const { manifest } = harness.connector;
        const schema = plannedEntity(manifest);
        await writeAll(endpoint, schema, [ordinaryRecord(manifest, 1, canary)]);
        const { result } = await write(endpoint, schema, [ordinaryRecord(manifest, 1, `${canary} again`)], 'create');
        const [failure] = result.failures;
        expectThat(failure !== undefined, 'a record was created over another one');
        expectThat(!shownOf(failure.error).includes(canary), `${failure.error.code} shows what is in a record`);
      }),
  }),
  defineCase({
    id: 'errors-say-what-to-do',
    title: 'an error that somebody can act on says how',
    promise: 'An error about an entity names the entity and a next step, and never calls itself internal.',
    when: [readable],
    run: (harness) =>
      inPlace(harness, async ({ endpoint }) => {
        const name = uniqueName();
        const asked = endpoint.source().inferSchema(entityName(name), { ...call, sampleSize: 1 });
        const error = await contractError(asked, 'the schema of a missing entity');
        expectThat(error.message.includes(name), `"${error.message}" does not name the entity`);
        expectThat(/^DM_[A-Z0-9_]+$/.test(error.code), `the code is ${error.code}`);
      }),
  }),
  defineCase({
    id: 'errors-survive-json',
    title: 'an error can be stored',
    promise: 'What programs read of an error is plain data: code, category, context.',
    when: [readable],
    run: (harness) =>
      inPlace(harness, async ({ endpoint }) => {
        const asked = endpoint.source().inferSchema(entityName(uniqueName()), { ...call, sampleSize: 1 });
        const { context } = await contractError(asked, 'the schema of a missing entity');
        for (const [name, value] of Object.entries(context))
          expectThat(
            ['string', 'number', 'boolean'].includes(typeof value),
            `the context has ${name} of type ${typeof value}`,
          );
      }),
  }),
];

/** Values that hardly any store holds, in a field that is planned as a string. */
const refusable: readonly (readonly [ValueKind, Value])[] = [
  ['binary', new BinaryValue(Buffer.from(canary), 77)],
  ['decimal', decimal('1E+999999')],
  ['varint', 10n ** 80n],
  ['array', [canary, [canary, [canary]]]],
];

/** All of an error that anybody could print. */
function shownOf(error: DatamigratoError): string {
  return `${inspect(error, { depth: 10 })} ${JSON.stringify(error)} ${String(error.stack)} ${Buffer.from(inspect(error.cause)).toString()}`;
}
