import type { Change, Json } from '@datamigrato/core';
import { deserialize, EJSON } from 'bson';
import { type ElementPlace, placesOf } from './bson/element.js';

/** A change event as the server sent it, read without its documents: https://www.mongodb.com/docs/manual/reference/change-events/ */
export interface ChangeEvent {
  /** The token to go on after. */
  readonly position: Json;
  /** Undefined for events that are about no document. */
  readonly change: Change<Uint8Array> | undefined;
  /** Whether nothing follows that could be applied: the collection was dropped, renamed or replaced. */
  readonly ends: boolean;
}

const document = 0x03;
const text = 0x02;
const ending: ReadonlySet<string> = new Set(['drop', 'dropDatabase', 'invalidate', 'rename']);
const writing: ReadonlySet<string> = new Set(['insert', 'replace', 'update']);

/**
 * Takes a change event apart; documents stay the bytes that they are.
 *
 * An update whose document was gone when the server looked it up counts as a deletion: either is overtaken by what follows.
 */
export function readChangeEvent(event: Uint8Array): ChangeEvent {
  const places = placesOf(event);
  const type = textAt(event, places.get('operationType'));
  const position = positionOf(deserialize(documentAt(event, places.get('_id')) ?? emptyDocument));
  const key = documentAt(event, places.get('documentKey'));
  const full = documentAt(event, places.get('fullDocument'));
  if (writing.has(type) && full !== undefined)
    return { position, change: { type: 'written', record: full }, ends: false };
  const isGone = writing.has(type) || type === 'delete';
  const change = isGone && key !== undefined ? ({ type: 'deleted', record: key } as const) : undefined;
  return { position, change, ends: ending.has(type) };
}

/** A resume token as JSON that keeps its kinds. */
export function positionOf(token: object): Json {
  return EJSON.serialize(token, { relaxed: false }) as Json;
}

/** The token of a position. */
export function tokenOf(position: Json): object {
  const token: unknown = EJSON.parse(JSON.stringify(position), { relaxed: false });
  return typeof token === 'object' && token !== null ? token : {};
}

const emptyDocument = Uint8Array.of(5, 0, 0, 0, 0);

function documentAt(event: Uint8Array, place: ElementPlace | undefined): Uint8Array | undefined {
  return place?.type === document ? event.subarray(place.start, place.end) : undefined;
}

function textAt(event: Uint8Array, place: ElementPlace | undefined): string {
  return place?.type === text ? Buffer.from(event.subarray(place.start + 4, place.end - 1)).toString('utf8') : '';
}
