/** Sizes beyond which requests are refused. The defaults are those that Firebase documents. */
export interface RealtimeLimits {
  /** Bytes of one message of a client library. Default: 16 MiB. */
  readonly messageBytes: number;
  /** Bytes of the body of one REST request. Default: 256 MB. */
  readonly bodyBytes: number;
  /** Bytes of the JSON text of one answer. Default: 256 MB. */
  readonly readBytes: number;
  /** UTF-8 bytes of one string. Default: 10 MiB. */
  readonly stringBytes: number;
  /** UTF-8 bytes of one key. Default: 768. */
  readonly keyBytes: number;
  /** Keys from the root to a leaf. Default: 32. */
  readonly depth: number;
}

export const documentedLimits: RealtimeLimits = {
  messageBytes: 16 * 1024 * 1024,
  bodyBytes: 256_000_000,
  readBytes: 256_000_000,
  stringBytes: 10 * 1024 * 1024,
  keyBytes: 768,
  depth: 32,
};
