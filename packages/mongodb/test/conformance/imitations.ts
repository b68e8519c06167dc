import type { StandIn } from '@datamigrato/connector-testkit';
import {
  BinaryValue,
  CodeValue,
  DecimalValue,
  DoubleValue,
  isArray,
  kindOf,
  type Value,
  type ValueKind,
} from '@datamigrato/core';

const kinds = (...lacking: readonly ValueKind[]): ((value: Value) => boolean) => {
  const set = new Set(lacking);
  return (value) => set.has(kindOf(value)) || (isArray(value) && value.some((inner) => set.has(kindOf(inner))));
};

/** Both servers find binaries by their bytes alone, and sort them by length and subtype first. */
const isOddBinary = (key: Value): boolean =>
  key instanceof BinaryValue && (key.subtype !== 0 || key.bytes.byteLength !== 1);
const subtype = (value: Value): number => (value instanceof BinaryValue ? value.subtype : 0);
/** Decimals are compared as doubles, and what is no number is sorted among them. */
const isNoDouble = (key: Value): boolean =>
  key instanceof DecimalValue && (!Number.isFinite(Number(key.text)) || String(Number(key.text)) !== key.text);

/** What the servers of these tests lack of MongoDB; for the real one, what its driver cannot send as a filter. */
export const standIns: Readonly<Record<'secantus' | 'mongo-java' | 'mongodb', StandIn>> = {
  secantus: {
    name: 'SecantusDB',
    lacksValue: kinds('symbol', 'pointer', 'undefined'),
    // Finds code by its text alone.
    lacksKey: (key) =>
      kinds('symbol', 'pointer', 'undefined')(key) ||
      isOddBinary(key) ||
      (key instanceof CodeValue && key.scope !== null),
  },
  'mongo-java': {
    name: 'mongo-java-server',
    entityBytes: 100,
    lacksValue: (value) =>
      kinds('symbol', 'pointer', 'undefined')(value) ||
      (value instanceof CodeValue && value.scope !== null) ||
      subtype(value) > 127,
    // Compares keys of these kinds in ways of its own.
    lacksKey: (key) =>
      kinds('symbol', 'pointer', 'undefined', 'code', 'uuid')(key) ||
      isOddBinary(key) ||
      isNoDouble(key) ||
      (key instanceof DoubleValue && Number.isNaN(key.value)),
  },
  mongodb: {
    name: 'the driver',
    lacksValue: () => false,
    // Reading goes on at the beginning of the range there: records come again, none is lost.
    lacksKey: kinds('pointer'),
  },
};
