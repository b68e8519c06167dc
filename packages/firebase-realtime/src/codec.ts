import type { DataRecord, EntitySchema, RecordCodec, RecordDecoder, RecordEncoder, RecordKey } from '@datamigrato/core';
import { decodeRecord } from './decode-node.js';
import { NodeEncoder } from './encode-node.js';
import type { Node } from './node.js';
import { forbiddenCharacters, nameBytesLimit } from './node-name.js';
import { keyUnusable } from './record-fault.js';

/** A record as it is read or sent: one node, and the names that lead to it. */
export interface RealtimeRecord {
  /** The parts of the key: names of nodes, as they are. */
  readonly key: readonly string[];
  /** The node as JSON: parsed where it was read, text where it is to be sent. */
  readonly content: { readonly node: Node } | { readonly text: string };
  /** Names from the record's node to its deepest leaf; 0 where it was read. */
  readonly levels: number;
}

/** What the connector leaves in the schema of records that it reads, to know them again when they come home. */
export const nativeMark = { store: 'firebase-realtime' } as const;

const quotesAndSeparators = 6;

/** Nodes as JSON: see `decodeRecord` and `NodeEncoder` for the forms, `nodeNameOf` for names. Keys are names of nodes already. */
export const codec: RecordCodec<RealtimeRecord> = { createDecoder, createEncoder };

function createDecoder(): RecordDecoder<RealtimeRecord> {
  return {
    decode({ key, content }): DataRecord {
      const node = 'node' in content ? content.node : (JSON.parse(content.text) as Node);
      return { key, fields: decodeRecord(node) };
    },
    identify: ({ key }) => key.map((name) => JSON.stringify(name)).join(' / '),
  };
}

function createEncoder(schema: EntitySchema): RecordEncoder<RealtimeRecord> {
  const encoder = new NodeEncoder({ isHome: isHome(schema) });
  return {
    encode({ key, fields }) {
      const names = keyNames(key);
      const { text, levels } = encoder.encode(fields);
      return { key: names, content: { text }, levels };
    },
    sizeOf({ key, content }) {
      const text = 'text' in content ? content.text : JSON.stringify(content.node);
      let bytes = Buffer.byteLength(text);
      for (const name of key) bytes += name.length + quotesAndSeparators;
      return bytes;
    },
  };
}

/** Whether the records of a schema were read from a Realtime Database. */
function isHome({ native }: EntitySchema): boolean {
  return typeof native === 'object' && native !== null && 'store' in native && native['store'] === nativeMark.store;
}

const forbidden = new RegExp(forbiddenCharacters);

/** The names of a key's nodes. Throws `DM_REALTIME_KEY`. */
export function keyNames(key: RecordKey): readonly string[] {
  for (const part of key) if (typeof part !== 'string' || !isName(part)) throw keyUnusable();
  return key as readonly string[];
}

function isName(text: string): boolean {
  if (text === '' || forbidden.test(text) || !text.isWellFormed()) return false;
  return text.length * 3 <= nameBytesLimit || Buffer.byteLength(text) <= nameBytesLimit;
}
