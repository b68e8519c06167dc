import { Binary, Decimal128, type Document, Double, UUID } from 'mongodb';
import type { Cell, ColumnType, DataSet, Row } from '../data/data-set.js';

/** A record of benchmark data as a document: the key is its `_id`, and what is null is stored as null. */
export function mongodbDocument(dataSet: DataSet, row: Row): Document {
  const document: Document = {};
  for (const [index, column] of dataSet.columns.entries()) {
    document[index === 0 ? '_id' : column.name] = mongodbValue(column.type, row[index]);
  }
  return document;
}

function mongodbValue(type: ColumnType, cell: Cell): unknown {
  if (cell === null) return null;
  switch (type) {
    case 'double':
      return new Double(cell as number);
    case 'timestamp':
      return new Date(cell as number);
    case 'uuid':
      return new UUID(cell as Buffer);
    case 'binary':
      return new Binary(cell as Buffer);
    case 'decimal':
      return Decimal128.fromString(cell as string);
    default:
      return cell;
  }
}
