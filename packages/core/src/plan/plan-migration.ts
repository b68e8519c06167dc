import type { CallOptions, WriteMode } from '../connector/call-options.js';
import type { Endpoint } from '../connector/define-connector.js';
import type { Manifest } from '../connector/manifest.js';
import { DatamigratoError, isDatamigratoError } from '../error/datamigrato-error.js';
import { filterNotices, sourceFilterFor } from '../mapping/filter-record.js';
import type { FlatField } from '../mapping/flat-field.js';
import { lockedEntity } from '../mapping/lock.js';
import type { MappingOptions } from '../mapping/mapping-options.js';
import type { LockedEntity, MappingLock, ReferencePlan } from '../mapping/mapping-plan.js';
import { holdsEveryValue } from '../mapping/natural-type.js';
import { planMapping } from '../mapping/plan-mapping.js';
import { planReferences } from '../mapping/plan-references.js';
import { compileReferencePlaces } from '../mapping/reference-forms.js';
import { restorerFor } from '../mapping/restore-record.js';
import { type EntityName, type EntitySchema, entityName, type Shape } from '../schema/entity-schema.js';
import type { ValueKind } from '../value/kind.js';
import { entityNameFor } from './entity-name-for.js';
import { lossLedger } from './loss-ledger.js';
import type { EntityPlan, Estimate, MigrationPlan } from './migration-plan.js';
import { planId } from './plan-id.js';
import { type Sampling, sampleRecords, sampleRestored, withDeclared } from './sample-restored.js';

/** Which entities to move, and how. */
export interface PlanOptions {
  /** Entities by name; all that the source does not exclude where absent. */
  readonly entities?: readonly EntitySelection[];
  /** The mapping of every entity that has none of its own. */
  readonly mapping?: MappingOptions;
  /** Default: `replace`. */
  readonly writeMode?: WriteMode;
  /** Records looked at where the source declares no schema. Default: 1,000. */
  readonly sampleSize?: number;
  /** Partitions asked for in each entity. Default: one for each 32 MiB that the entity is believed to have, at least 2 and at most 8. */
  readonly partitions?: number;
  /** The lock file of a migration that went the other way. */
  readonly lock?: MappingLock;
}

/** What is large is cut into so many partitions where nobody says otherwise. */
const mostPartitions = 8;

/** What a partition has at least, where there are more than two. */
const partitionBytes = 32 * 1024 * 1024;

/** One entity to move. */
export interface EntitySelection {
  readonly source: string;
  /** Default: the name in a lock, else the source's name. */
  readonly target?: string;
  readonly mapping?: MappingOptions;
}

/** What planning needs. */
export interface Planning {
  readonly source: Endpoint;
  readonly target: Endpoint;
  readonly options: PlanOptions;
  readonly call: CallOptions;
}

/**
 * Works out what a migration would do. Reads both sides and writes neither.
 *
 * @throws DatamigratoError `DM_ENTITY_MISSING`, `DM_NO_ENTITIES`, `DM_ENTITY_NAME`, `DM_NAME_COLLISION`, `DM_KEY_FIELD_UNKNOWN` and whatever the stores fail with.
 */
export async function planMigration(planning: Planning): Promise<MigrationPlan> {
  const { source, target, options } = planning;
  const { selections, excluded } = await selectEntities(planning);
  const planned: PlannedEntity[] = [];
  for (const selection of selections) planned.push(await planEntity(planning, selection));
  const entities = await withReferences(planning, planned);
  requireDistinctTargets(entities);
  requireLockUsed(planning, entities);
  const plan: Omit<MigrationPlan, 'id'> = {
    schema: 'datamigrato.plan/1',
    source: { connector: source.connector.id, version: source.connector.version, endpoint: source.description.id },
    target: { connector: target.connector.id, version: target.connector.version, endpoint: target.description.id },
    writeMode: options.writeMode ?? 'replace',
    entities,
    excluded,
    notices: [...source.description.notices, ...target.description.notices],
  };
  // Through JSON once, so that a plan in memory and the same plan from a file are one.
  const plain = JSON.parse(JSON.stringify(plan)) as Omit<MigrationPlan, 'id'>;
  return { ...plain, id: planId(plain) };
}

async function selectEntities(
  planning: Planning,
): Promise<{ readonly selections: readonly EntitySelection[]; readonly excluded: MigrationPlan['excluded'] }> {
  if (planning.options.entities !== undefined && planning.options.entities.length > 0)
    return { selections: planning.options.entities, excluded: [] };
  const names = new Set<string>();
  const excluded: { readonly entity: EntityName; readonly reason: string }[] = [];
  for await (const { entity, excluded: reason, proposed } of planning.source.source().listEntities(planning.call)) {
    const known = proposed === true ? entitiesOfLock(planning).filter((locked) => overlap(locked, entity)) : [];
    if (known.length > 0) for (const locked of known) names.add(locked);
    else if (reason === undefined) names.add(entity);
    else excluded.push({ entity, reason });
  }
  if (names.size > 0) return { selections: Array.from(names, (source) => ({ source })), excluded };
  throw new DatamigratoError({
    code: 'DM_NO_ENTITIES',
    category: 'endpoint',
    message: `There is nothing to move in ${planning.source.description.id}`,
    nextStep: 'check the name of the database or folder; `datamigrato inspect` lists what is there',
  });
}

/** What an earlier migration wrote into the source, by its lock. */
function entitiesOfLock({ source, options }: Planning): readonly string[] {
  const locked = options.lock?.entities ?? [];
  return locked.filter(({ target }) => target.connector === source.connector.id).map(({ target }) => target.entity);
}

/** Whether one of two paths lies in the other; `*` is any name. */
function overlap(left: string, right: string): boolean {
  const others = right.split('/');
  return left.split('/').every((name, index) => {
    const other = others[index] ?? '*';
    return name === other || name === '*' || other === '*';
  });
}

function requireDistinctTargets(entities: readonly EntityPlan[]): void {
  const names = entities.map((entity) => entity.target);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw new DatamigratoError({
    code: 'DM_NAME_COLLISION',
    category: 'usage',
    message: `Two entities would both become "${twice}" in the target`,
    nextStep: `give them different names with --entity <source>=<target>; ${onlyNamed}`,
    context: { entity: twice },
  });
}

/** What whoever names one entity of many should know. */
const onlyNamed = 'once --entity is used, nothing is moved but what it names, so name all others too';

/** A lock that describes nothing of what is read is the lock of another migration: going on would lose what it was given to restore. */
function requireLockUsed(planning: Planning, entities: readonly EntityPlan[]): void {
  const { lock } = planning.options;
  if (lock === undefined || entities.some((entity) => entity.restore !== null)) return;
  const described = lock.entities.map((entity) => `${entity.target.entity} in ${entity.target.connector}`);
  throw new DatamigratoError({
    code: 'DM_LOCK_MISMATCH',
    category: 'usage',
    message: `The lock file describes ${described.join(', ') || 'nothing'}, and none of that is read here`,
    nextStep: `give the lock file of the migration that wrote ${planning.source.description.id}`,
  });
}

/** An entity's plan, and what its ledger of losses is made of. */
interface PlannedEntity {
  readonly plan: Omit<EntityPlan, 'losses'>;
  readonly schema: EntitySchema;
  readonly fields: readonly FlatField[];
}

/** Which records refer to which can be planned once it is known where each entity goes. */
async function withReferences(planning: Planning, planned: readonly PlannedEntity[]): Promise<readonly EntityPlan[]> {
  const { source, target, options, call } = planning;
  const { manifest } = target.connector;
  const references = planReferences(
    source.connector.manifest,
    manifest,
    planned.map(({ plan, schema }) => ({ ...plan, schema, restored: plan.restore !== null })),
  );
  const entities: EntityPlan[] = [];
  for (const [index, { plan, schema, fields }] of planned.entries()) {
    const wanted = references[index];
    const sampling = {
      endpoint: source,
      sourceSchema: plan.sourceSchema,
      sampleSize: options.sampleSize ?? 1000,
      call,
    };
    const followed = wanted && (await followedPlaces(sampling, wanted, manifest));
    // What refers to nothing that is moved stays as it is, and costs no record a look.
    const mapping = wanted && followed?.size ? { ...plan.mapping, references: wanted } : plan.mapping;
    entities.push({ ...plan, mapping, losses: lossLedger(mapping, schema, fields, manifest, followed) });
  }
  return entities;
}

/** Where in the records of a sample something refers to records that are moved too, as {@link placeText} writes it. */
async function followedPlaces(
  sampling: Sampling,
  references: ReferencePlan,
  target: Manifest,
): Promise<ReadonlySet<string>> {
  const places = new Set<string>();
  const find = compileReferencePlaces(references, target, (place) => places.add(place));
  await sampleRecords(sampling, ({ fields }) => find(fields));
  return places;
}

async function planEntity(planning: Planning, selection: EntitySelection): Promise<PlannedEntity> {
  const { source, target, options, call } = planning;
  const sourceName = entityName(selection.source);
  const sampleSize = options.sampleSize ?? 1000;
  const { notices = [], ...sourceSchema } = await source.source().inferSchema(sourceName, { ...call, sampleSize });
  const lock =
    options.lock === undefined ? undefined : lockedEntity(options.lock, source.connector.id, selection.source);
  const { names } = target.connector.manifest;
  const ownName = entityNameFor(selection.source, source.connector.manifest.names, names);
  const targetName = entityName(selection.target ?? lock?.source.entity ?? ownName);
  requireEntityName(targetName, target, selection.source);
  const restore: LockedEntity | null = lock ?? null;
  const mappingOptions = selection.mapping ?? options.mapping ?? {};
  const restorer = restorerFor(
    { source: sourceName, sourceSchema, restore, mapping: { drop: mappingOptions.drop ?? [] } },
    source.connector.manifest,
  );
  const sampled =
    restorer === undefined
      ? sourceSchema
      : await sampleRestored({ endpoint: source, sourceSchema, sampleSize, call }, restorer);
  const schema =
    restore === null ? sampled : withDeclared(sampled, restore.source, target.connector.manifest.table?.overflowField);
  const existing = await existingTable(target, targetName, call);
  const sameStore = (restore?.source.connector ?? source.connector.id) === target.connector.id;
  const planned = planMapping({
    schema,
    source: comesHome(restore, sourceSchema, schema, target) ? target.connector.manifest : source.connector.manifest,
    target: target.connector.manifest,
    entity: targetName,
    options: mappingOptions,
    sameStore,
    ...(existing && { existing }),
  });
  const preparation = await target.target().planEntity(planned.targetSchema, call);
  const { idempotentWrites } = target.connector.manifest;
  const estimated = await estimate(source, sourceSchema, planned.mapping.filter === undefined, call);
  const plan: PlannedEntity['plan'] = {
    source: sourceName,
    target: planned.targetSchema.entity,
    sourceSchema,
    targetSchema: planned.targetSchema,
    mapping: planned.mapping,
    restore,
    estimate: estimated,
    partitions: options.partitions ?? partitionsFor(estimated, source),
    targetExists: preparation.exists,
    statements: preparation.statements,
    conflicts: [...planned.conflicts, ...preparation.conflicts],
    targetFingerprint: preparation.fingerprint,
    guarantee: idempotentWrites ? 'effectively-once' : 'at-least-once',
    notices: [
      ...notices,
      ...planned.notices,
      ...filterNotices(
        planned.mapping.filter,
        sourceFilterFor({ ...planned, restore, source: sourceName, sourceSchema }, source.connector.manifest),
      ),
      ...(options.lock !== undefined && restore === null
        ? [`the lock file says nothing of ${sourceName}: it is read as it is`]
        : []),
    ],
  };
  return { plan, schema, fields: planned.fields };
}

/**
 * Whether records are restored into a store of the kind that they came from, and none has a kind which that store lacks, as far as is known.
 * Such records go in as they are: what looks like a wrapper by now is a document of a user.
 */
function comesHome(lock: LockedEntity | null, read: EntitySchema, restored: EntitySchema, target: Endpoint): boolean {
  if (lock?.source.connector !== target.connector.id) return false;
  const { manifest } = target.connector;
  const { table, converts } = lock.mapping;
  if (table === null) return !converts || holdsSample(restored, manifest);
  const known = new Set([table.overflow, ...table.columns.map(({ name }) => name)]);
  return read.fields.every(
    ({ name, type }) => known.has(name) || (type !== undefined && holdsEveryValue(type, manifest)),
  );
}

/** Whether a store holds every kind of a sample. A value of another kind that the sample has not seen is refused where it is met. */
function holdsSample({ fields, dynamic }: EntitySchema, manifest: Manifest): boolean {
  const holds = (shape: Shape | undefined): boolean =>
    shape === undefined ||
    ((Object.keys(shape.kinds) as ValueKind[]).every((kind) => manifest.values[kind].fidelity === 'exact') &&
      [shape.element, shape.mapKey, shape.dynamic].every(holds) &&
      (shape.fields ?? []).every((field) => holds(field.shape)));
  return holds(dynamic) && fields.every(({ shape }) => holds(shape));
}

/** What a table target already declares under a name, or undefined where it has no such table or no tables at all. */
async function existingTable(
  target: Endpoint,
  entity: EntityName,
  call: CallOptions,
): Promise<EntitySchema | undefined> {
  if (target.connector.manifest.shape !== 'table' || !target.connector.capabilities.source) return undefined;
  try {
    return await target.source().inferSchema(entity, { ...call, sampleSize: 0 });
  } catch (error) {
    if (isDatamigratoError(error) && error.code === 'DM_ENTITY_MISSING') return undefined;
    throw error;
  }
}

/** Two overlap reading with writing; what is small is not worth more cuts, each of which some stores pay for with a scan. */
function partitionsFor({ bytes, exact }: Estimate, source: Endpoint): number {
  if (!exact && source.admin() === undefined) return mostPartitions;
  return Math.min(mostPartitions, Math.max(2, Math.ceil(bytes / partitionBytes)));
}

/** How much there is to read at most: `whole` where no filter leaves any of it out. */
async function estimate(source: Endpoint, schema: EntitySchema, whole: boolean, call: CallOptions): Promise<Estimate> {
  const sample = schema.sample;
  const perRecord = sample === undefined || sample.records === 0 ? 0 : sample.bytes / sample.records;
  if (sample?.complete === true) return { records: sample.records, exact: whole, bytes: sample.bytes };
  const count = await source.admin()?.countRecords(schema.entity, { ...call, estimate: true });
  if (count === undefined) return { records: sample?.records ?? 0, exact: false, bytes: sample?.bytes ?? 0 };
  return { records: count.value, exact: count.exact && whole, bytes: Math.round(count.value * perRecord) };
}

function requireEntityName(name: EntityName, target: Endpoint, source: string): void {
  const { entityPattern, entityBytes } = target.connector.manifest.names;
  const matches = entityPattern === null || new RegExp(entityPattern, 'u').test(name);
  if (matches && (entityBytes === null || Buffer.byteLength(name) <= entityBytes)) return;
  const suggestion = name.replaceAll(/[^A-Za-z0-9_]+/g, '_').slice(0, entityBytes ?? 48);
  throw new DatamigratoError({
    code: 'DM_ENTITY_NAME',
    category: 'usage',
    message: `"${name}" cannot be the name of an entity in ${target.description.id}`,
    nextStep: `give it another name, for instance --entity ${source}=${suggestion}; ${onlyNamed}`,
    context: { entity: name },
  });
}
