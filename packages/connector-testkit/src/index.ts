// What a connector's author hands in

export type {
  ConformanceHarness,
  NetworkAddress,
  NetworkPlace,
  Oracle,
  OracleChange,
  Place,
  PlaceNeed,
  StandIn,
} from './harness.js';

// For test runners with `describe` and `test`

export { describeConnector, type TestRunner } from './describe-connector.js';

// The cases

export { type Applicability, type ConformanceCase, ConformanceFailure } from './conformance-case.js';
export { conformanceCases } from './conformance-cases.js';

// Keys by the million

export { checkKeyCodec, type KeyCodecReport } from './key-codec.js';
