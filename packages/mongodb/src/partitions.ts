import { type CallOptions, type EntityName, isDatamigratoError, type Partition, type Value } from '@datamigrato/core';
import { type BracketName, bracketConditions, brackets, bracketsAfter } from './bracket.js';
import type { MongodbClient } from './client.js';
import { requireCollection } from './collection.js';
import { findById } from './find-command.js';
import { StoredId } from './id-position.js';
import { interpolate } from './interpolate.js';
import { type IdCondition, type PartitionRange, rangeId, rangeToJson } from './partition-range.js';
import { withRareTypes } from './rare-types.js';
import { request } from './request.js';
import { Scan } from './scan.js';

/** Brackets with so few values, or none that compare, that they are not cut. */
const uncut: ReadonlySet<BracketName> = new Set([
  'minKey',
  'null',
  'boolean',
  'pointer',
  'code',
  'codeWithScope',
  'maxKey',
]);

/** Up to this many documents are counted and walked through for even parts; of more, a random sample tells where to cut. */
const countedDocuments = 1_000_000;

/** Ids sampled for each part, of which the greatest becomes a cut. */
const sampledPerPart = 50;

/** Between these shares of the records in its first half, a bracket counts as evenly spread. */
const evenHalf = { least: 0.25, most: 0.75 };

/**
 * Cuts a collection by ranges of `_id` inside each bracket of types, and adds one partition for all brackets that are empty now.
 *
 * Ids with arithmetic are cut by interpolation between the least and the greatest; where one count shows that this is uneven, and for other ids, by walking the index in equal steps.
 * Collections of more than a million documents, where both would take long, are cut by a random sample of their ids.
 * Counts and estimates decide where the cuts are, never what is read: the ranges of one plan are all ids there can be, whatever they say.
 */
export async function* planPartitions(
  client: MongodbClient,
  entity: EntityName,
  call: CallOptions & { readonly targetCount: number },
  counted = countedDocuments,
): AsyncGenerator<Partition> {
  const facts = await requireCollection(client, entity, call);
  if (facts.type !== 'collection') {
    yield partition(entity, { kind: 'everything', collated: facts.collated });
    return;
  }
  const planner = new Planner(client, entity, facts.collated, call);
  const sampled = (await planner.estimate()) > counted;
  const present = await planner.presentBrackets();
  const cuttable = [...present.keys()].filter((name) => !uncut.has(name)).length;
  const parts = Math.max(1, Math.ceil(call.targetCount / Math.max(1, cuttable)));
  const { collated } = facts;
  for (const [bracket, ends] of present) {
    let cuts: readonly StoredId[] = [];
    if (parts > 1 && !uncut.has(bracket)) {
      cuts = sampled
        ? await planner.sampledCuts(bracket, parts)
        : await planner.cuts(bracket, ends, parts, present.size === 1);
    }
    for (let index = 0; index <= cuts.length; index += 1) {
      const from = cuts[index - 1];
      const to = cuts[index];
      yield partition(entity, { kind: 'range', bracket, collated, ...(from && { from }), ...(to && { to }) });
    }
  }
  const empty = brackets.map((bracket) => bracket.name).filter((name) => !present.has(name));
  yield partition(entity, { kind: 'others', brackets: empty, collated });
}

function partition(entity: EntityName, range: PartitionRange): Partition {
  return { entity, id: rangeId(range), range: rangeToJson(range) };
}

/** The least and the greatest `_id` of a bracket, as far as they are known. */
interface Ends {
  readonly first: StoredId;
  readonly last: StoredId | undefined;
}

/** Looks ids up for one plan. */
class Planner {
  readonly #client: MongodbClient;
  readonly #entity: EntityName;
  readonly #collated: boolean;
  readonly #call: CallOptions;
  readonly #where: string;

  constructor(client: MongodbClient, entity: EntityName, collated: boolean, call: CallOptions) {
    this.#client = client;
    this.#entity = entity;
    this.#collated = collated;
    this.#call = call;
    this.#where = `${client.where}, partitioning ${entity}`;
  }

  /** The brackets that hold ids, in order. */
  async presentBrackets(): Promise<ReadonlyMap<BracketName, Ends>> {
    const present = new Map<BracketName, Ends>();
    const [first, last] = await Promise.all([this.#id({}, 1), this.#id({}, -1)]);
    const greatest = last?.bracket();
    let found: StoredId | undefined = first;
    while (found !== undefined) {
      const bracket = found.bracket();
      if (bracket === undefined) break;
      present.set(bracket, { first: found, last: bracket === greatest ? last : undefined });
      if (bracket === greatest) break;
      found = await this.#firstOf(bracketsAfter(bracket));
    }
    return present;
  }

  /** At most `parts - 1` ids that cut a bracket into parts of about the same number of records, in order. */
  async cuts(bracket: BracketName, ends: Ends, parts: number, alone: boolean): Promise<readonly StoredId[]> {
    const first = ends.first.isNaN() ? await this.#id({ $gte: Number.NEGATIVE_INFINITY }, 1) : ends.first;
    const [all = {}] = bracketConditions([bracket], false);
    const last = ends.last ?? (await this.#id(all, -1));
    if (first === undefined || last === undefined) return [];
    const count = await this.#count(alone ? {} : all, undefined);
    const points = interpolate(first.value(), last.value(), parts);
    if (points !== undefined && (await this.#even(first, last, count)))
      return points.map((point) => StoredId.ofValue(point));
    return await this.#walk(bracket, first, Math.ceil(count / parts), parts);
  }

  /** At most `parts - 1` ids that cut a random sample of a bracket into equal parts; none where the server takes no samples. */
  async sampledCuts(bracket: BracketName, parts: number): Promise<readonly StoredId[]> {
    const sample = await this.#takeSample(bracket, parts * sampledPerPart);
    const ids = sample.filter((id) => id.bracket() === bracket && !id.isNaN());
    const cuts = new Map<string, StoredId>();
    for (let part = 1; part < parts; part += 1) {
      const id = ids[Math.floor((ids.length * part) / parts)];
      if (id !== undefined && id.driverValue() !== undefined) cuts.set(id.text, id);
    }
    return [...cuts.values()];
  }

  /** How many documents the server believes there are. */
  async estimate(): Promise<number> {
    return await this.#count({}, undefined);
  }

  /** Those ids of so many randomly chosen documents that lie in a bracket, in order. Ids of one bracket alone are sorted: mongo-java-server 1.47 often fails to sort mixed ones. */
  async #takeSample(bracket: BracketName, size: number): Promise<readonly StoredId[]> {
    const [condition = {}] = bracketConditions([bracket], false);
    const pipeline = [
      { $sample: { size } },
      { $match: { _id: condition } },
      { $project: { _id: 1 } },
      { $sort: { _id: 1 } },
    ];
    const collation = this.#collated ? { collation: { locale: 'simple' } } : {};
    const command = { aggregate: this.#entity, pipeline, cursor: { batchSize: size }, ...collation };
    const scan = new Scan(this.#client, command, this.#call, this.#where);
    const ids: StoredId[] = [];
    try {
      for (;;) {
        const documents = await request(this.#call, this.#where, () => scan.next());
        if (documents === undefined) return ids;
        for (const document of documents) {
          const id = StoredId.of(document);
          if (id !== undefined) ids.push(id);
        }
      }
    } catch (error) {
      if (isDatamigratoError(error) && error.code === 'DM_MONGODB_REFUSED') return [];
      throw error;
    } finally {
      await scan.close();
    }
  }

  /** Whether about half of the ids lie in the first half of the way between two. */
  async #even(first: StoredId, last: StoredId, count: number): Promise<boolean> {
    const middle: Value | undefined = interpolate(first.value(), last.value(), 2)?.[0];
    if (middle === undefined) return false;
    const most = Math.ceil(count * evenHalf.most);
    const condition = { $gte: first.driverValue(), $lt: StoredId.ofValue(middle).driverValue() };
    const half = await this.#count(condition, most + 1);
    return half >= count * evenHalf.least && half <= most;
  }

  /** Every `step`th id of a bracket. */
  async #walk(bracket: BracketName, first: StoredId, step: number, parts: number): Promise<readonly StoredId[]> {
    const cuts: StoredId[] = [];
    let from: StoredId | undefined = first;
    while (cuts.length < parts - 1 && from !== undefined) {
      const lower: unknown = from.driverValue();
      if (lower === undefined) break;
      const next: StoredId | undefined = await this.#id({ $gte: lower }, 1, Math.max(1, step));
      if (next === undefined || next.bracket() !== bracket) break;
      if (next.driverValue() !== undefined) cuts.push(next);
      from = next;
    }
    return cuts;
  }

  async #firstOf(names: readonly BracketName[]): Promise<StoredId | undefined> {
    return await withRareTypes(async (rareTypes) => {
      const [condition] = bracketConditions(names, rareTypes);
      return condition && (await this.#id(condition, 1));
    });
  }

  async #id(condition: IdCondition, direction: 1 | -1, skip = 0): Promise<StoredId | undefined> {
    const find = findById(this.#client, {
      entity: this.#entity,
      condition,
      direction,
      skip,
      limit: 1,
      collated: this.#collated,
      indexed: true,
      idsOnly: true,
    });
    const scan = new Scan(this.#client, find, this.#call, this.#where);
    try {
      const documents = await request(this.#call, this.#where, () => scan.next());
      return documents?.[0] && StoredId.of(documents[0]);
    } finally {
      await scan.close();
    }
  }

  async #count(condition: IdCondition, limit: number | undefined): Promise<number> {
    const query = Object.keys(condition).length === 0 ? {} : { _id: condition };
    const count = { count: this.#entity, query, ...(limit !== undefined && { limit }) };
    const answer = await request(this.#call, this.#where, (signal) => this.#client.database.command(count, { signal }));
    return Number(answer['n']);
  }
}
