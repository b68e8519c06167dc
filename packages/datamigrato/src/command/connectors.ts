import { type Connector, isDatamigratoError } from '@datamigrato/core';
import { knownConnectors, loadKnownConnector } from '../connect/known-connectors.js';
import { renderTable } from '../render/table.js';
import { sessionConnectors } from './endpoints.js';
import { exitCodes } from './exit-codes.js';
import type { Session } from './session.js';

interface ConnectorLine {
  readonly id: string;
  readonly package: string;
  readonly version: string | null;
  readonly source: boolean | null;
  readonly target: boolean | null;
  readonly schemes: readonly string[];
  readonly installed: boolean;
}

/** `datamigrato connectors`: which stores can be reached, and how they are written. */
export async function connectors(session: Session): Promise<number> {
  const known = await Promise.all(
    knownConnectors.map(async (one): Promise<ConnectorLine> => {
      try {
        const { connector } = await loadKnownConnector(one);
        return lineOf(connector, one.packageName);
      } catch (error) {
        if (!isDatamigratoError(error) || error.code !== 'DM_CONNECTOR_MISSING') throw error;
        const { id, packageName, schemes } = one;
        return { id, package: packageName, version: null, source: null, target: null, schemes, installed: false };
      }
    }),
  );
  const { further } = await sessionConnectors(session);
  const lines = [...known, ...further.map(({ connector }) => lineOf(connector, '(named with --connector)'))];
  session.print(
    session.flags.json === true
      ? JSON.stringify({ schema: 'datamigrato.connectors/1', connectors: lines }, null, 2)
      : renderTable(
          [
            { title: 'connector' },
            { title: 'version' },
            { title: 'source' },
            { title: 'target' },
            { title: 'connection strings' },
            { title: 'package' },
          ],
          lines.map((line) => [
            line.id,
            line.version ?? `not installed: npm install ${line.package}`,
            yesNo(line.source),
            yesNo(line.target),
            line.schemes.map((scheme) => `${scheme}:`).join(' '),
            line.package,
          ]),
        ),
  );
  return exitCodes.done.code;
}

function lineOf({ id, version, capabilities, schemes }: Connector, packageName: string): ConnectorLine {
  return {
    id,
    package: packageName,
    version,
    source: capabilities.source,
    target: capabilities.target,
    schemes,
    installed: true,
  };
}

function yesNo(answer: boolean | null): string {
  return answer === null ? '' : answer ? 'yes' : 'no';
}
