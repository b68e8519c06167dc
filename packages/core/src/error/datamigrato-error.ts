const errorSymbol: unique symbol = Symbol.for('datamigrato.error') as never;

/** A code that `docs/errors.md` explains. */
export type ErrorCode = `DM_${string}`;

/**
 * Who can do something about an error.
 *
 * - `usage`: the user, by changing options, a file or a command.
 * - `endpoint`: the user, at the store: credentials, permissions, a missing entity, a schema in the way.
 * - `record`: one record is at fault, the others are not.
 * - `transient`: nobody; it may pass. Only these are retried.
 * - `internal`: us.
 */
export type ErrorCategory = 'usage' | 'endpoint' | 'record' | 'transient' | 'internal';

/**
 * What is known of a transient failure.
 *
 * - `safe`: the request was certainly not applied.
 * - `ambiguous`: it may have been applied; repeat it only if that changes nothing.
 * - `throttled`: the store asks for less.
 */
export type RetryClass = 'safe' | 'ambiguous' | 'throttled';

/** What makes a {@link DatamigratoError}. */
export interface ErrorDetails {
  readonly code: ErrorCode;
  readonly category: ErrorCategory;
  /** What went wrong, where and why, in one sentence. Never a secret, never a record's contents. */
  readonly message: string;
  /** What the user can do next, as a command where there is one. */
  readonly nextStep?: string;
  /** For transient errors. */
  readonly retry?: RetryClass;
  /** Milliseconds that the store asked to wait. */
  readonly retryAfter?: number;
  /** Facts for programs: names, sizes, limits. The same rule as for the message. */
  readonly context?: Readonly<Record<string, string | number | boolean>>;
  readonly cause?: unknown;
}

/** The one class of error that this project throws on purpose. Recognise it with {@link isDatamigratoError}, which works across copies of this package. */
export class DatamigratoError extends Error {
  override readonly name: string = 'DatamigratoError';
  readonly code: ErrorCode;
  readonly category: ErrorCategory;
  readonly nextStep: string | undefined;
  readonly retry: RetryClass | undefined;
  readonly retryAfter: number | undefined;
  readonly context: Readonly<Record<string, string | number | boolean>>;

  constructor(details: ErrorDetails) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = details.code;
    this.category = details.category;
    this.nextStep = details.nextStep;
    this.retry = details.category === 'transient' ? (details.retry ?? 'ambiguous') : undefined;
    this.retryAfter = details.retryAfter;
    this.context = details.context ?? {};
  }
}

Object.defineProperty(DatamigratoError.prototype, errorSymbol, { value: true });

/** Whether a thrown thing is a {@link DatamigratoError} of this or another copy of this package. */
export function isDatamigratoError(thrown: unknown): thrown is DatamigratoError {
  return (
    typeof thrown === 'object' && thrown !== null && (thrown as { readonly [errorSymbol]?: true })[errorSymbol] === true
  );
}

/** An explanation of one code, for `docs/errors.md` and `datamigrato explain`. */
export interface ErrorExplanation {
  readonly category: ErrorCategory;
  /** What the code means, in one or two sentences. */
  readonly meaning: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** The codes of one package with their explanations. Each package exports its own as `errorCatalogue`. */
export type ErrorCatalogue = Readonly<Record<ErrorCode, ErrorExplanation>>;
