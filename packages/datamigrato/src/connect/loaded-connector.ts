import type { Connector, ErrorCatalogue } from '@datamigrato/core';

/** What the module of a connector package exports that concerns us. */
export interface LoadedConnector {
  readonly connector: Connector;
  /** Explanations of the package's own error codes; empty where it exports none. */
  readonly errorCatalogue: ErrorCatalogue;
}

/** The connectors among a module's exports: whatever has the members of one. */
export function connectorsIn(module: object): readonly LoadedConnector[] {
  const exported: Readonly<Record<string, unknown>> = { ...module };
  const catalogue = exported['errorCatalogue'];
  const errorCatalogue = isCatalogue(catalogue) ? catalogue : {};
  return Object.values(exported)
    .filter(isConnector)
    .map((connector) => ({ connector, errorCatalogue }));
}

/** Whether a thing is a connector made by `defineConnector`, of this or another copy of core. */
export function isConnector(thing: unknown): thing is Connector {
  return (
    typeof thing === 'object' &&
    thing !== null &&
    'id' in thing &&
    typeof thing.id === 'string' &&
    'version' in thing &&
    typeof thing.version === 'string' &&
    'schemes' in thing &&
    Array.isArray(thing.schemes) &&
    'manifest' in thing &&
    'codec' in thing &&
    'parseUrl' in thing &&
    typeof thing.parseUrl === 'function' &&
    'configure' in thing &&
    typeof thing.configure === 'function'
  );
}

function isCatalogue(thing: unknown): thing is ErrorCatalogue {
  return (
    typeof thing === 'object' &&
    thing !== null &&
    Object.values(thing).every(
      (entry: unknown) => typeof entry === 'object' && entry !== null && 'meaning' in entry && 'remedy' in entry,
    )
  );
}
