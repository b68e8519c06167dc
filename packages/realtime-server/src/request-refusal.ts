/** Statuses of the websocket protocol for a request that is refused. */
export type WireStatus =
  | 'permission_denied'
  | 'datastale'
  | 'too_big'
  | 'write_too_big'
  | 'invalid_token'
  | 'expired_token'
  | 'unavailable'
  | 'failure';

/** A request that is answered with an error: on a websocket as status and text, over REST as HTTP status and `{"error": text}`. */
export class RequestRefusal extends Error {
  override readonly name = 'RequestRefusal';
  readonly status: WireStatus;
  readonly httpStatus: number;

  constructor(message: string, status: WireStatus = 'failure', httpStatus = 400) {
    super(message);
    this.status = status;
    this.httpStatus = httpStatus;
  }
}

/** A key that may not be stored; over REST the answer tells where in the body it stands. */
export class InvalidKeyRefusal extends RequestRefusal {
  readonly key: string;

  constructor(key: string, place = JSON.stringify(key)) {
    super(`Invalid data; couldn't parse key beginning at ${place}. Key value can't be empty or contain $ # [ ] / or .`);
    this.key = key;
  }
}

const unparsable = "Invalid data; couldn't parse JSON object, array, or value.";

export const refusals = {
  unparsable: () => new RequestRefusal(unparsable),
  invalidData: (what: string) => new RequestRefusal(`Invalid data; ${what}`),
  invalidKey: (key: string, place?: string) => new InvalidKeyRefusal(key, place),
  invalidPath: () => new RequestRefusal('Invalid path: Invalid token in path'),
  noData: () => new RequestRefusal('Error: No data supplied.'),
  permissionDenied: () => new RequestRefusal('Permission denied', 'permission_denied', 401),
  invalidToken: () => new RequestRefusal('Could not parse auth token.', 'invalid_token', 401),
  expiredToken: () => new RequestRefusal('Auth token is expired', 'expired_token', 401),
  writeTooBig: () =>
    new RequestRefusal(
      'Data to write exceeds the maximum size that can be modified with a single request.',
      'write_too_big',
    ),
  readTooBig: () =>
    new RequestRefusal(
      'Data requested exceeds the maximum size that can be accessed with a single request.',
      'too_big',
    ),
  noIndex: (index: string, path: string) =>
    new RequestRefusal(`Index not defined, add ".indexOn": "${index}", for path "${path}", to the rules`),
} as const;
