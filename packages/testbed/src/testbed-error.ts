/** What went wrong: something this machine lacks, a server that failed, or a wrong request. */
export type TestbedErrorCode = 'unavailable' | 'server-failed' | 'usage';

/**
 * The only error that the testbed throws on purpose.
 *
 * `unavailable`: a tool is missing (Java, Maven, Python, OpenSSL) or a download failed; the server cannot be had on this machine.
 * `server-failed`: a server was started but ended or never became ready; the message ends with the tail of its log.
 * `usage`: the call itself is wrong.
 */
export class TestbedError extends Error {
  override readonly name = 'TestbedError';
  readonly code: TestbedErrorCode;

  constructor(code: TestbedErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The last `lines` lines of a text, for error messages. */
export function tailOf(text: string, lines = 25): string {
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}
