// The connector
export { mongodbConnector } from './connector.js';
// Its errors
export { errorCatalogue } from './error-catalogue.js';
// Its options
export type { MongodbUserOptions } from './options.js';
