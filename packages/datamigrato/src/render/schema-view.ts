import type { EntitySchema, RecordCount, Shape } from '@datamigrato/core';
import { typeText } from '@datamigrato/core';
import type { Palette } from './palette.js';
import { printable } from './printable.js';
import { bytesText, countText } from './quantity.js';
import { type Column, renderTable } from './table.js';

/** What was found out about one entity. */
export interface InspectedEntity {
  readonly schema: EntitySchema;
  readonly count: RecordCount | undefined;
}

const columns: readonly Column[] = [
  { title: 'field', maximumWidth: 40 },
  { title: 'kinds', maximumWidth: 56 },
  { title: 'missing', align: 'right' },
  { title: 'largest', align: 'right' },
];

/** The schema of an entity for people: a line for each path with its kinds and how often each was seen, how often it was missing, and its largest value. */
export function renderSchema({ schema, count }: InspectedEntity, palette: Palette, width: number | undefined): string {
  const records = schema.sample?.records;
  const keyRows = schema.key.map((field) =>
    row(`${field.name} (key${field.role === 'clustering' ? ', clustering' : ''})`, field, undefined),
  );
  const fieldRows = schema.fields.flatMap((field) => [
    row(field.name, field, records),
    ...(field.shape === undefined ? [] : innerRows(field.name, field.shape)),
  ]);
  const dynamicRows =
    schema.dynamic === undefined ? [] : [row('* (other names)', { shape: schema.dynamic }, undefined)];
  return `${palette.heading(printable(schema.entity))}  ${palette.quiet(headline(schema, count))}\n${renderTable(columns, [...keyRows, ...fieldRows, ...dynamicRows], width)}`;
}

function headline(schema: EntitySchema, count: RecordCount | undefined): string {
  const parts = [
    ...(count === undefined ? [] : [`${count.exact ? '' : '≈'}${countText(count.value)} records`]),
    ...(schema.origin === 'declared' ? ['declared schema'] : []),
    ...(schema.sample === undefined
      ? []
      : [schema.sample.complete ? 'all of them looked at' : `${countText(schema.sample.records)} of them looked at`]),
  ];
  return parts.join(', ');
}

type Seen = Pick<EntitySchema['fields'][number], 'type' | 'shape'>;

function row(name: string, { type, shape }: Seen, records: number | undefined): readonly string[] {
  if (shape === undefined) return [name, type === undefined ? '' : typeText(type), '', ''];
  const missing = records === undefined ? '' : countText(Math.max(0, records - shape.count));
  return [name, kindsText(shape), missing, bytesText(shape.maximumBytes)];
}

function kindsText({ kinds }: Shape): string {
  return Object.entries(kinds)
    .toSorted(([, left], [, right]) => right - left)
    .map(([kind, count]) => `${kind} ${countText(count)}`)
    .join(', ');
}

function innerRows(path: string, shape: Shape): readonly (readonly string[])[] {
  const documents = shape.kinds.document;
  return [
    ...(shape.element === undefined ? [] : nested(`${path}[]`, shape.element, undefined)),
    ...(shape.fields ?? []).flatMap((field) => nested(`${path}.${field.name}`, field.shape, documents)),
    ...(shape.dynamic === undefined ? [] : nested(`${path}.*`, shape.dynamic, undefined)),
  ];
}

function nested(path: string, shape: Shape, documents: number | undefined): readonly (readonly string[])[] {
  return [row(path, { shape }, documents), ...innerRows(path, shape)];
}
