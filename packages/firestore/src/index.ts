// The connector
export { firestoreConnector } from './connector.js';
// Its errors
export { errorCatalogue } from './error-catalogue.js';
// Its options
export type { FirestoreUserOptions } from './options.js';
