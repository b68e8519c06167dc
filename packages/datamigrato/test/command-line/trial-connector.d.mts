import type { Connector, DataRecord, ValueKind } from '@datamigrato/core';

export function trialConnector(
  id: string,
  options?: {
    readonly lossyKind?: ValueKind;
    readonly version?: string;
    readonly idempotentWrites?: boolean;
    readonly onWrite?: (record: DataRecord) => void;
  },
): Connector;
