// The connector
export { firebaseRealtimeConnector } from './connector.js';
// Its errors
export { errorCatalogue } from './error-catalogue.js';
// Its options
export type { FirebaseRealtimeOptions } from './options.js';
