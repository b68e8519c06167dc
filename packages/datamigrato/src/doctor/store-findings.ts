import { isDatamigratoError } from '@datamigrato/core';
import type { ConnectorSet } from '../connect/connector-set.js';
import { type EndpointReference, resolveReference } from '../connect/endpoint-reference.js';
import { knownConnectors, loadKnownConnector } from '../connect/known-connectors.js';
import type { StartOptions } from '../job/job-options.js';
import { connectCall } from '../job/request-deadlines.js';
import { countText, durationText } from '../render/quantity.js';
import { systemRuntime } from '../runtime.js';
import { failure } from './failure.js';
import { type Finding, ok, warning } from './finding.js';

/** Entities that are counted before it is enough. */
const mostEntities = 1000;

/** Which connectors that come with this program are installed. A missing one is in the way of its own stores alone. */
export async function connectorFindings(): Promise<readonly Finding[]> {
  return Promise.all(
    knownConnectors.map(async (known) => {
      try {
        const { connector } = await loadKnownConnector(known);
        return ok('connector', `${connector.id} ${connector.version}`);
      } catch (error) {
        if (!isDatamigratoError(error) || error.code !== 'DM_CONNECTOR_MISSING') throw error;
        return warning('connector', `${known.id} is not installed`, `npm install ${known.packageName}`);
      }
    }),
  );
}

/** Whether a store can be reached within its deadline, and what it lets itself be seen of. Writes nothing. */
export async function storeFindings(
  reference: EndpointReference,
  connectors: ConnectorSet,
  options: Pick<StartOptions, 'connectDeadline' | 'deadline'>,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const started = systemRuntime.monotonicNow();
  try {
    const { configured } = await resolveReference(reference, connectors);
    await using endpoint = await configured.open(connectCall(options, signal));
    const elapsed = durationText(systemRuntime.monotonicNow() - started);
    const { id, notices } = endpoint.description;
    let entities = 0;
    if (endpoint.connector.capabilities.source) {
      for await (const _ of endpoint.source().listEntities({ signal, deadline: options.deadline ?? 30_000 })) {
        entities += 1;
        if (entities >= mostEntities) break;
      }
    }
    return [
      ok('store', `${id} answers after ${elapsed}, ${countText(entities)} ${entities === 1 ? 'entity' : 'entities'}`),
      ...notices.map((notice) => warning('store', `${id}: ${notice}`, 'make sure that this is what you want')),
    ];
  } catch (error) {
    signal.throwIfAborted();
    return [failure('store', error)];
  }
}
