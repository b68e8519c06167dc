import type { ProtoFields } from './proto-value.js';

/** A document as this connector reads and writes it. */
export interface NativeDocument {
  /** Collections and ids below the database, joined by `/`, such as `users/alice/messages/1`. */
  readonly path: string;
  readonly fields: ProtoFields;
  /** What references to documents of the same database begin with, slash included; set in what was read. */
  readonly root?: string;
  /** In what is to be written: the references that are relative to the database, whose name is put in on the way. */
  readonly references?: readonly RelativeReference[];
  /** In what is to be written: documents that hold what this one is too small for. */
  readonly parts?: readonly NativeDocument[];
  /** Documents of sub-collections that lie in this one's record, by collection, in the order of their ids. */
  readonly embedded?: ReadonlyMap<string, readonly NativeDocument[]>;
  /** In what was read: parts of it are not there. */
  readonly incomplete?: true;
  /** In what was read: what is embedded in it was given up for its size. */
  readonly oversized?: true;
  /** In what is to be written: bytes on the wire, roughly, parts included. */
  readonly bytes?: number;
}

/** A reference whose database is not known yet. */
export interface RelativeReference {
  readonly value: { referenceValue: string };
  readonly path: string;
}
