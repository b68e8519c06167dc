// Start a server

export { type RealtimeServer, type RealtimeServerOptions, startRealtimeServer } from './start-server.js';

// Limits and faults

export type { Fault, FaultInjector, IncomingRequest } from './faults.js';
export { documentedLimits, type RealtimeLimits } from './limits.js';

// Trouble

export { RealtimeServerError, type RealtimeServerErrorCode } from './server-error.js';
