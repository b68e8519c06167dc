import { type Connector, DatamigratoError, type ErrorCatalogue } from '@datamigrato/core';
import type { SecretListener } from '../secret/redactor.js';
import { knownConnectors, loadKnownConnector } from './known-connectors.js';
import type { LoadedConnector } from './loaded-connector.js';

/** The connectors that a job may use: those that come with this package, and those handed in. */
export interface ConnectorSet {
  /** The connector with this id, loaded now if it was not. Throws `DM_CONNECTOR_UNKNOWN` or `DM_CONNECTOR_MISSING`. */
  byId(id: string): Promise<Connector>;
  /** The connector that takes connection strings with this scheme. Throws likewise. */
  byScheme(scheme: string): Promise<Connector>;
  /** Hears of the secrets of every store before it is opened. */
  readonly secrets: SecretListener;
  /** The explanations of every connector that can be loaded. */
  errorCatalogues(): Promise<readonly ErrorCatalogue[]>;
}

/** A set of the connectors of this package and further ones; a further one with the id or scheme of a known one takes its place. */
export function createConnectorSet(further: readonly LoadedConnector[], secrets: SecretListener): ConnectorSet {
  const find = async (
    isFurther: (connector: Connector) => boolean,
    isKnown: (known: (typeof knownConnectors)[number]) => boolean,
    wanted: string,
  ): Promise<Connector> => {
    const handedIn = further.find(({ connector }) => isFurther(connector));
    if (handedIn !== undefined) return handedIn.connector;
    const known = knownConnectors.find(isKnown);
    if (known !== undefined) return (await loadKnownConnector(known)).connector;
    throw unknown(wanted, further);
  };
  return {
    secrets,
    byId: (id) =>
      find(
        (connector) => connector.id === id,
        (known) => known.id === id,
        `the id ${quoted(id)}`,
      ),
    byScheme: (scheme) =>
      find(
        (connector) => connector.schemes.includes(scheme),
        (known) => known.schemes.includes(scheme),
        quoted(`${scheme}:`),
      ),
    async errorCatalogues() {
      const loaded = await Promise.all(knownConnectors.map(loadKnownConnector));
      return [...loaded, ...further].map(({ errorCatalogue }) => errorCatalogue);
    },
  };
}

function unknown(wanted: string, further: readonly LoadedConnector[]): DatamigratoError {
  const ids = [...knownConnectors.map(({ id }) => id), ...further.map(({ connector }) => connector.id)];
  return new DatamigratoError({
    code: 'DM_CONNECTOR_UNKNOWN',
    category: 'usage',
    message: `No connector for ${wanted}. There are: ${ids.join(', ')}`,
    nextStep:
      'for another store: npm install <its connector package>, then name that package with --connector <package>',
  });
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 40));
}
