import type { EntityPlan, Fidelity, Shape } from '@datamigrato/core';

/** What became of the values of one kind, over all entities of a plan. */
export interface Conversion {
  readonly sourceKind: string;
  readonly targetKind: string;
  readonly fidelity: Fidelity;
  /** Values seen in the samples; null where the schema is declared and none was counted. */
  readonly count: number | null;
  /** Places, such as `movies.director`, where it happens. */
  readonly places: readonly string[];
}

/** Most places named for one conversion. */
const placesNamed = 12;

/** Every conversion of a plan, those that lose most first. A kind that the loss ledger does not list is kept as it is. */
export function conversionsOf(entities: readonly EntityPlan[]): readonly Conversion[] {
  const found = new Map<string, { conversion: Omit<Conversion, 'places'>; places: Set<string> }>();
  const add = (conversion: Omit<Conversion, 'places'>, place: string): void => {
    const key = JSON.stringify([conversion.sourceKind, conversion.targetKind, conversion.fidelity]);
    const before = found.get(key);
    if (before === undefined) {
      found.set(key, { conversion, places: new Set([place]) });
      return;
    }
    const count =
      before.conversion.count === null && conversion.count === null
        ? null
        : (before.conversion.count ?? 0) + (conversion.count ?? 0);
    before.conversion = { ...conversion, count };
    if (before.places.size <= placesNamed) before.places.add(place);
  };
  for (const { source, losses, sourceSchema } of entities) {
    const listed = new Map<string, number | null>();
    for (const { path, sourceKind, targetKind, fidelity, count } of losses) {
      const place = [source, ...path].join('.');
      add({ sourceKind, targetKind, fidelity, count }, place);
      const key = JSON.stringify([path[0] === 'key' ? null : path[0], sourceKind]);
      listed.set(key, count);
    }
    for (const { name, kind, count } of topLevelKinds(sourceSchema)) {
      if (listed.has(JSON.stringify([name, kind]))) continue;
      add(
        { sourceKind: kind, targetKind: kind, fidelity: 'exact', count },
        name === null ? `${source} key` : `${source}.${name}`,
      );
    }
  }
  return [...found.values()]
    .map(({ conversion, places }) => ({ ...conversion, places: [...places] }))
    .sort(
      (left, right) => severity(right.fidelity) - severity(left.fidelity) || (right.count ?? 0) - (left.count ?? 0),
    );
}

interface SeenKind {
  /** Null for a key part. */
  readonly name: string | null;
  readonly kind: string;
  readonly count: number | null;
}

function topLevelKinds({ key, fields }: EntityPlan['sourceSchema']): readonly SeenKind[] {
  const kindsOf = (name: string | null, shape: Shape | undefined, kind: string | undefined): readonly SeenKind[] => {
    if (shape !== undefined) return Object.entries(shape.kinds).map(([seen, count]) => ({ name, kind: seen, count }));
    return kind === undefined ? [] : [{ name, kind, count: null }];
  };
  return [
    ...key.flatMap((part) => kindsOf(null, part.shape, part.type?.kind)),
    ...fields.flatMap((field) => kindsOf(field.name, field.shape, field.type?.kind)),
  ];
}

function severity(fidelity: Fidelity): number {
  return ['exact', 'widened', 'lossy', 'unsupported'].indexOf(fidelity);
}
