import type { ConnectorSet } from '../connect/connector-set.js';
import { createConnectorSet } from '../connect/connector-set.js';
import { type EndpointOptions, readReference } from '../connect/endpoint-reference.js';
import type { LoadedConnector } from '../connect/loaded-connector.js';
import { loadThirdPartyConnector } from '../connect/third-party-connector.js';
import { printable } from '../render/printable.js';
import { expandVariables } from '../secret/expand-variables.js';
import { isSecretName } from '../secret/redactor.js';
import type { Session } from './session.js';

/** The connectors that a command may use: ours, and those of packages that the user named with `--connector`, each said aloud with its version and place. */
export async function sessionConnectors(
  session: Session,
): Promise<{ readonly set: ConnectorSet; readonly further: readonly LoadedConnector[] }> {
  const further: LoadedConnector[] = [];
  for (const name of session.flags.connector ?? []) {
    const { connectors, packageName, version, path } = await loadThirdPartyConnector(name, session.folder);
    for (const { connector } of connectors) {
      session.remark(printable(`connector ${connector.id} ${connector.version}: ${packageName} ${version}, ${path}`));
    }
    further.push(...connectors);
  }
  return { set: createConnectorSet(further), further };
}

/**
 * A store as a command line names it: variables put in, secrets noted, and further options of the connector laid over.
 *
 * `true` and `false` are flags; every other option is text, and the connector makes of it what it needs.
 */
export async function commandReference(
  text: string,
  options: Readonly<Record<string, string>> | undefined,
  session: Session,
  connectors: ConnectorSet,
): Promise<EndpointOptions> {
  const expanded = await expandVariables(text, session.environment);
  for (const secret of expanded.secrets) session.redactor.register(secret);
  session.redactor.registerUrl(expanded.text);
  const reference = await readReference(expanded.text, connectors);
  const further: Record<string, string | boolean> = {};
  for (const [name, value] of Object.entries(options ?? {})) {
    const { text: plain, secrets } = await expandVariables(value, session.environment, (secret) => secret);
    for (const secret of secrets) session.redactor.register(secret);
    if (isSecretName(name)) session.redactor.register(plain);
    further[name] = plain === 'true' ? true : plain === 'false' ? false : plain;
  }
  return { ...reference, options: { ...reference.options, ...further } };
}
