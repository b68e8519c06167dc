/** Why a server could not be started or used: `usage` is the caller's to change, the others the machine's. */
export type RealtimeServerErrorCode = 'usage' | 'address-in-use' | 'folder-in-use' | 'folder-damaged' | 'server-failed';

/** Trouble with the server itself; what clients did wrong is told to them, not thrown. */
export class RealtimeServerError extends Error {
  override readonly name = 'RealtimeServerError';
  readonly code: RealtimeServerErrorCode;

  constructor(code: RealtimeServerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
