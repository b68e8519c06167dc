import type { Cell, ColumnType, DataSet, Row } from '../data/data-set.js';

/** A record as a node without its key: what is null is left out, and what JSON has no form for is text. */
export function realtimeNode(dataSet: DataSet, row: Row): Record<string, unknown> {
  const node: Record<string, unknown> = {};
  for (const [index, { name, type }] of dataSet.columns.entries()) {
    const cell = row[index];
    if (index > 0 && cell !== null && cell !== undefined) node[name] = realtimeValue(type, cell);
  }
  return node;
}

function realtimeValue(type: ColumnType, cell: Cell): unknown {
  switch (type) {
    case 'bigint':
      return String(cell);
    case 'timestamp':
      return new Date(cell as number).toISOString();
    case 'uuid':
      return (cell as Buffer).toString('hex');
    case 'binary':
      return (cell as Buffer).toString('base64');
    default:
      return cell;
  }
}
