// The connector

export { cassandraConnector } from './connector.js';
// What it may throw
export { errorCatalogue } from './errors.js';
// What it can be given
export type { CassandraConnectorOptions } from './options.js';
// What its source hands out and its target takes
export type { CassandraRow, LayoutColumn, RowLayout } from './row.js';
