// The connector
export { fileConnector } from './connector.js';
// Its errors, explained
export { errorCatalogue, type FileErrorCode } from './errors.js';
// Its options
export { type FileOptions, type FileOptionsInput, fileOptionsSchema } from './options.js';
