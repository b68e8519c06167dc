// Start a server

export type { Fault, FaultInjector, IncomingRequest } from './faults.js';
// Limits and faults
export { documentedLimits, type RealtimeLimits } from './limits.js';
// Trouble
export { RealtimeServerError, type RealtimeServerErrorCode } from './server-error.js';
export { type RealtimeServer, type RealtimeServerOptions, startRealtimeServer } from './start-server.js';
