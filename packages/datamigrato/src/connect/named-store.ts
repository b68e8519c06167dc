import { DatamigratoError } from '@datamigrato/core';
import { expandVariables, variable } from '../secret/expand-variables.js';
import { isSecretName, type SecretListener } from '../secret/redactor.js';
import type { ConnectorSet } from './connector-set.js';
import { type EndpointOptions, readReference } from './endpoint-reference.js';
import type { StoreRecord, StoreTemplate } from './store-record.js';

/** What naming a store by words needs. */
export interface NamingContext {
  readonly connectors: ConnectorSet;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Hears of every secret before anything is done with it. */
  readonly secrets: SecretListener;
}

/**
 * A store as a person names it: variables put in, secrets noted, and further options of the connector laid over.
 *
 * `true` and `false` are flags; every other option is text, and the connector makes of it what it needs.
 */
export async function namedStore(template: StoreTemplate, context: NamingContext): Promise<EndpointOptions> {
  const { connectors, environment, secrets } = context;
  const expanded = await expandVariables(template.text, environment);
  for (const secret of expanded.secrets) secrets.register(secret);
  secrets.registerUrl(expanded.text);
  const reference = await readReference(expanded.text, connectors);
  const further: Record<string, string | boolean> = {};
  for (const [name, value] of Object.entries(template.options)) {
    const { text: plain, secrets: values } = await expandVariables(value, environment, (secret) => secret);
    for (const secret of values) secrets.register(secret);
    if (isSecretName(name)) secrets.register(plain);
    further[name] = plain === 'true' ? true : plain === 'false' ? false : plain;
  }
  return { ...reference, options: { ...reference.options, ...further }, template };
}

/** Which side of which run is to be reached again. */
export interface RecordedSide {
  readonly side: 'from' | 'to';
  /** What the store is called. */
  readonly endpoint: string;
  readonly record: StoreRecord;
}

/**
 * The store that a run recorded, with secrets from where they were found; what was left out of the record is looked for in `DATAMIGRATO_FROM` and `DATAMIGRATO_TO`.
 *
 * @throws DatamigratoError `DM_STORE_UNNAMED` where something is missing.
 */
export async function recordedStore(
  { side, endpoint, record }: RecordedSide,
  context: NamingContext,
): Promise<EndpointOptions> {
  const { connector, text, options, withheld } = record;
  if (withheld.length > 0) {
    const name = `DATAMIGRATO_${side.toUpperCase()}`;
    const given = await variable(name, context.environment);
    if (given === undefined) throw unnamed(side, endpoint, withheld);
    return namedStore({ text: given, options: {} }, context);
  }
  if (record.variables && text !== null) return namedStore({ text, options: textOptions(options) }, context);
  if (text === null) return { connector, options };
  const reference = await readReference(text, context.connectors);
  return { ...reference, options: { ...reference.options, ...options } };
}

function textOptions(options: StoreRecord['options']): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

function unnamed(side: 'from' | 'to', endpoint: string, withheld: readonly string[]): DatamigratoError {
  const name = `DATAMIGRATO_${side.toUpperCase()}`;
  return new DatamigratoError({
    code: 'DM_STORE_UNNAMED',
    category: 'usage',
    message: `A run keeps neither secrets nor clients, so that ${withheld.join(' and ')} of ${endpoint} ${withheld.length > 1 ? 'are' : 'is'} not known any more`,
    nextStep: `add --${side} <connection string>, or set ${name} or ${name}_FILE; with \${NAME} for a password, runs go on by themselves`,
    context: { side },
  });
}
