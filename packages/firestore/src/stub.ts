import gax from 'google-gax';
import type { ProtoDocument, ProtoFields, ProtoTimestamp, ProtoValue } from './proto-value.js';

/** A request under way that can be given up. */
interface Cancellable {
  cancel(): void;
}

/** A method with one answer. */
export type Unary<Request, Response> = (
  request: Request,
  metadata: gax.grpc.Metadata,
  options: { readonly deadline: number },
  callback: (error: gax.grpc.ServiceError | null, response?: Response) => void,
) => Cancellable;

/** Messages that come one after the other, a stream of Node's in objects. */
export interface MessageReadable<Message> extends Cancellable {
  /** The next message, or null as long as there is none. */
  read(): Message | null;
  on(event: 'readable' | 'end', listener: () => void): unknown;
  on(event: 'error', listener: (error: unknown) => void): unknown;
}

/** A method that answers with many messages. */
export type Streaming<Request, Message> = (request: Request, metadata: gax.grpc.Metadata) => MessageReadable<Message>;

/**
 * The methods of the service that this connector calls, straight on the driver's stub:
 * <https://cloud.google.com/firestore/docs/reference/rpc/google.firestore.v1#firestore>.
 *
 * The layer above it repeats requests by itself, for up to a minute, and has handed documents of a repeated stream out twice; core repeats, within its own bounds.
 */
export type FirestoreStub = {
  readonly batchWrite: Unary<BatchWriteRequest, BatchWriteResponse>;
  readonly listCollectionIds: Unary<ListCollectionIdsRequest, ListCollectionIdsResponse>;
  readonly partitionQuery: Unary<PartitionQueryRequest, PartitionQueryResponse>;
  readonly runQuery: Streaming<RunQueryRequest, RunQueryResponse>;
  readonly runAggregationQuery: Streaming<RunAggregationQueryRequest, RunAggregationQueryResponse>;
};

/** One change of a document, which overwrites it whole or deletes it. */
export type Write =
  | {
      readonly update: { readonly name: string; readonly fields: ProtoFields };
      readonly currentDocument?: { readonly exists: boolean };
    }
  | { readonly delete: string; readonly currentDocument?: { readonly exists: boolean } };

interface BatchWriteRequest {
  readonly database: string;
  readonly writes: readonly Write[];
}

interface BatchWriteResponse {
  /** What became of each write, in their order. */
  readonly status: readonly { readonly code: number; readonly message: string }[];
}

interface ListCollectionIdsRequest {
  readonly parent: string;
  readonly pageSize: number;
  readonly pageToken: string;
}

interface ListCollectionIdsResponse {
  readonly collectionIds: readonly string[];
  readonly nextPageToken: string;
}

/** A place among documents: before or after the one whose name is the value. */
export interface Cursor {
  readonly values: readonly ProtoValue[];
  readonly before: boolean;
}

export interface StructuredQuery {
  readonly from: readonly { readonly collectionId?: string; readonly allDescendants?: boolean }[];
  readonly select?: { readonly fields: readonly { readonly fieldPath: string }[] };
  readonly where?: { readonly compositeFilter: { readonly op: 'AND'; readonly filters: readonly FieldFilter[] } };
  readonly orderBy: readonly { readonly field: { readonly fieldPath: string }; readonly direction: 'ASCENDING' }[];
  readonly startAt?: Cursor;
  readonly endAt?: Cursor;
  readonly offset?: number;
  readonly limit?: { readonly value: number };
}

export interface FieldFilter {
  readonly fieldFilter: {
    readonly field: { readonly fieldPath: string };
    readonly op: 'EQUAL';
    readonly value: ProtoValue;
  };
}

export interface RunQueryRequest {
  readonly parent: string;
  readonly structuredQuery: StructuredQuery;
}

interface RunQueryResponse {
  /** Null in a message that only tells progress. */
  readonly document: ProtoDocument | null;
  readonly readTime: ProtoTimestamp | null;
}

interface PartitionQueryRequest extends RunQueryRequest {
  readonly partitionCount: string;
  readonly pageSize: number;
  readonly pageToken: string;
}

interface PartitionQueryResponse {
  readonly partitions: readonly Cursor[];
  readonly nextPageToken: string;
}

interface RunAggregationQueryRequest {
  readonly parent: string;
  readonly structuredAggregationQuery: {
    readonly structuredQuery: StructuredQuery;
    readonly aggregations: readonly {
      readonly alias: string;
      readonly count: { readonly upTo?: { readonly value: string } };
    }[];
  };
}

interface RunAggregationQueryResponse {
  readonly result: { readonly aggregateFields: ProtoFields } | null;
}

/** What goes beside every request: where it is routed, and for an emulator the right to pass over security rules. */
export function createMetadata(database: string, isEmulator: boolean): gax.grpc.Metadata {
  const metadata = new gax.grpc.Metadata();
  metadata.set('google-cloud-resource-prefix', database);
  const [ofDatabase, ofDocuments] = [database, `${database}/documents`].map(encodeURIComponent);
  metadata.set('x-goog-request-params', `database=${ofDatabase}&parent=${ofDocuments}`);
  if (isEmulator) metadata.set('authorization', 'Bearer owner');
  return metadata;
}
