import type { ConnectorSet } from '../connect/connector-set.js';
import { createConnectorSet } from '../connect/connector-set.js';
import type { EndpointOptions } from '../connect/endpoint-reference.js';
import type { LoadedConnector } from '../connect/loaded-connector.js';
import { namedStore } from '../connect/named-store.js';
import { loadThirdPartyConnector } from '../connect/third-party-connector.js';
import { printable } from '../render/printable.js';
import type { AgainFlags } from './migration-flags.js';
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
  return { set: createConnectorSet(further, session.redactor), further };
}

/** A store as a command line names it, with variables of the environment and further options; secrets are kept out of whatever is printed from then on. */
export async function commandReference(
  text: string,
  options: Readonly<Record<string, string>> | undefined,
  session: Session,
  connectors: ConnectorSet,
): Promise<EndpointOptions> {
  return namedStore(
    { text, options: options ?? {} },
    { connectors, environment: session.environment, secrets: session.redactor },
  );
}

/** The connectors of a command that takes up a run, and the stores that its flags name again. */
export async function storesAgain(
  session: Session,
  flags: AgainFlags,
): Promise<{
  readonly named: { readonly from?: EndpointOptions; readonly to?: EndpointOptions };
  readonly set: ConnectorSet;
  readonly further: readonly LoadedConnector[];
}> {
  const { set, further } = await sessionConnectors(session);
  const { from, to, fromOption, toOption } = flags;
  return {
    named: {
      ...(from !== undefined && { from: await commandReference(from, fromOption, session, set) }),
      ...(to !== undefined && { to: await commandReference(to, toOption, session, set) }),
    },
    set,
    further,
  };
}
