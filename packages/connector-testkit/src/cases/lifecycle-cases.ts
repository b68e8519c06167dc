import { inspect, isDeepStrictEqual } from 'node:util';
import { isDatamigratoError } from '@datamigrato/core';
import { call, configured, firstLook, inSeededPlace, openEndpoint, readEntity } from '../case-session.js';
import { readable } from '../conditions.js';
import { type ConformanceCase, defineCase, within } from '../conformance-case.js';
import { ordinaryRecords, plannedEntity } from '../data/planned-entity.js';
import { asContractError, contractError, expectRecords, expectThat, rejection } from '../expectation.js';
import type { Oracle } from '../harness.js';

/** A text that stands for a password and occurs nowhere else. */
const canary = 'S3cretCanary7f3a';

/** Options, opening and closing. */
export const lifecycleCases: readonly ConformanceCase[] = [
  defineCase({
    id: 'wrong-options-are-refused',
    title: 'options of the wrong form are refused',
    promise: 'Options that the schema does not take are a usage error, before anything is opened.',
    async run(harness) {
      for (const options of [undefined, null, 42, 'text', [], { no_connector_has_this_option: true }]) {
        const what = `configuring with ${JSON.stringify(options) ?? 'undefined'}`;
        const error = await contractError(configured(harness, options), what);
        expectThat(error.category === 'usage', `${what} failed with category ${error.category}`);
      }
    },
  }),
  defineCase({
    id: 'description-is-stable',
    title: 'the description of an endpoint is stable',
    promise: 'The same options have the same description in every process, since a user repeats it to consent.',
    async run(harness) {
      await using place = await harness.openPlace({ own: false });
      const { description } = await configured(harness, place.options);
      const again = (await configured(harness, place.options)).description;
      expectThat(description.id.length > 0, 'the description has no id');
      expectThat(isDeepStrictEqual(description, again), `it is ${description.id}, and then ${again.id}`);
      const other = (await configured(harness, place.unreachable)).description;
      expectThat(other.id !== description.id, `options that lead elsewhere are described as ${other.id} as well`);
    },
  }),
  defineCase({
    id: 'description-holds-no-secret',
    title: 'the description of an endpoint holds no secret',
    promise: 'No password, token or key of the options is in what may be shown of an endpoint.',
    async run(harness) {
      await using place = await harness.openPlace({ own: false });
      for (const options of [place.options, place.unreachable]) {
        const shown = inspect((await configured(harness, options)).description, { depth: 10 });
        for (const secret of place.secrets) expectThat(!shown.includes(secret), 'the description shows a secret');
      }
    },
  }),
  defineCase({
    id: 'secrets-are-told',
    title: 'the secrets of options are told to whoever prints',
    promise:
      'Every password, token or key of the options is among `secrets`, by itself or in a connection string, so that it can be kept out of what is printed.',
    async run(harness) {
      await using place = await harness.openPlace({ own: false });
      const places = await Promise.all([place.options, place.unreachable].map((one) => configured(harness, one)));
      const told = (await Promise.all(places.map((one) => one.secrets()))).flat();
      for (const [index, secret] of place.secrets.entries())
        expectThat(
          told.some((text) => text.includes(secret)),
          `secret ${index + 1} of the place is not among the ${told.length} that are told`,
        );
    },
  }),
  defineCase({
    id: 'url-password-is-not-shown',
    title: 'the password of a connection string is not shown',
    promise: 'A connection string with a password is understood or refused; the password is shown neither way.',
    async run(harness) {
      const { connector } = harness;
      for (const scheme of connector.schemes) {
        for (const rest of [`//user:${canary}@127.0.0.1:1/place`, `//user:${canary}@[broken/place`, `//:${canary}@`]) {
          try {
            const { options } = connector.parseUrl(`${scheme}:${rest}`);
            const { description } = await configured(harness, options);
            expectThat(
              !inspect(description, { depth: 10 }).includes(canary),
              `the description of a ${scheme}: string shows its password`,
            );
          } catch (thrown) {
            const error = asContractError(thrown, `a ${scheme}: string with a password`);
            expectThat(error.category === 'usage', `a ${scheme}: string is refused with category ${error.category}`);
            expectThat(!shownOf(error).includes(canary), `the refusal of a ${scheme}: string shows its password`);
          }
        }
      }
    },
  }),
  defineCase({
    id: 'close-may-be-repeated',
    title: 'an endpoint may be closed more than once',
    promise: 'Closing ends, again and again, also where nothing was done.',
    async run(harness) {
      await using place = await harness.openPlace({ own: false });
      const endpoint = await openEndpoint(harness, place.options);
      await within(30_000, Promise.all([endpoint.close(), endpoint.close()]), 'closing twice at once');
      await within(30_000, endpoint.close(), 'closing a third time');
    },
  }),
  defineCase({
    id: 'closed-endpoint-is-closed',
    title: 'a closed endpoint is closed',
    promise: 'After closing, no role is given out any more.',
    async run(harness) {
      await using place = await harness.openPlace({ own: false });
      const endpoint = await openEndpoint(harness, place.options);
      await endpoint.close();
      const { source, target } = harness.connector.capabilities;
      for (const role of [...(source ? ['source' as const] : []), ...(target ? ['target' as const] : [])]) {
        const thrown = await rejection((async () => endpoint[role]())(), `asking a closed endpoint for its ${role}`);
        expectThat(
          isDatamigratoError(thrown) && thrown.code === 'DM_ENDPOINT_CLOSED',
          `it failed with ${String(thrown)}`,
        );
      }
    },
  }),
  defineCase({
    id: 'endpoints-are-independent',
    title: 'two endpoints do not know of each other',
    promise: 'Closing one endpoint of a place leaves another one usable.',
    when: [readable],
    async run(harness) {
      const { manifest } = harness.connector;
      const schema = plannedEntity(manifest);
      const records = ordinaryRecords(manifest, 3);
      const seed = (oracle: Oracle): Promise<void> => oracle.seed(schema, records);
      await inSeededPlace(harness, seed, async ({ place, endpoint }) => {
        const other = await openEndpoint(harness, place.options);
        expectRecords(await readEntity(other, schema), records, 'read through another endpoint');
        await other.close();
        expectRecords(await readEntity(endpoint, schema), records, 'read after another endpoint was closed');
      });
    },
  }),
  defineCase({
    id: 'unreachable-store-is-an-error',
    title: 'a store that is not there is an error',
    promise:
      'Opening, or at the latest the first look, fails within the deadline; the error says what to do and holds no secret.',
    async run(harness) {
      await using place = await harness.openPlace({ own: false });
      const error = await contractError(
        firstLook(harness, place.unreachable, { ...call, deadline: 3000 }),
        'opening what is not there',
        20_000,
      );
      expectThat(error.nextStep !== undefined, `${error.code} says no next step`);
      const shown = shownOf(error);
      for (const secret of place.secrets) expectThat(!shown.includes(secret), `${error.code} shows a secret`);
    },
  }),
];

/** All of an error that anybody could print. */
function shownOf(error: Error): string {
  return `${inspect(error, { depth: 10 })} ${JSON.stringify(error)} ${String(error.stack)}`;
}
