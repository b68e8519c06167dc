import type { Connector } from '@datamigrato/core';

/** A store that runs, seen by its plain driver. None of this but `connector` and `options` is the product's. */
export interface PairStore extends AsyncDisposable {
  /** As `--pair` has it. */
  readonly id: string;
  readonly title: string;
  readonly connector: Connector;
  /** What the connector reaches it with. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Removes whatever earlier journeys left. */
  clear(): Promise<void>;
  /** Fills an entity with so many records of every kind that the store holds; each has a text `serial` of its own, and one of a few texts as its `group`. */
  seed(entity: string, records: number, seed: number): Promise<void>;
  /** Every record of an entity by its key, as texts that differ where a value, a kind or a name does. */
  contents(entity: string): Promise<ReadonlyMap<string, string>>;
}

/** A JSON text that two values share when they are equal, whatever the order of their fields. */
export function sortedText(value: unknown): string {
  return JSON.stringify(value, (_name, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([left], [right]) => (left < right ? -1 : 1)))
      : inner,
  );
}
