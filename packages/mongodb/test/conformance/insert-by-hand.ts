import { connect } from 'node:net';
import type { NetworkAddress } from '@datamigrato/connector-testkit';
import { raw, rawDocument } from '../bson/raw-bson.js';
import { documentOfBytes } from './bson-by-hand.js';

/** Most documents of one message. */
const documentsAtOnce = 500;

/**
 * Inserts documents that are BSON already, by a message of the wire protocol that is put together here: the driver has no way to send what its own serializer cannot make.
 *
 * https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/#op_msg
 */
export async function insertByHand(
  address: NetworkAddress,
  database: string,
  collection: string,
  documents: readonly Buffer[],
): Promise<void> {
  for (let start = 0; start < documents.length; start += documentsAtOnce) {
    const some = documents.slice(start, start + documentsAtOnce);
    const body = rawDocument([
      ['insert', raw.string(collection)],
      ['$db', raw.string(database)],
    ]);
    const sequence = Buffer.concat([Buffer.from('documents\0'), ...some]);
    const sections = [Buffer.of(0), body, Buffer.of(1), int32(sequence.length + 4), sequence];
    const answer = documentOfBytes(await messageAnswered(address, Buffer.concat(sections)));
    const text = JSON.stringify(answer, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
    if (text.includes('writeErrors') || !text.includes(`"n":${some.length}`))
      throw new Error(`the server does not take what a test inserts: ${text}`);
  }
}

/** Sends one OP_MSG and gives the body of its answer. */
function messageAnswered({ host, port }: NetworkAddress, sections: Buffer): Promise<Buffer> {
  const header = Buffer.concat([int32(sections.length + 20), int32(1), int32(0), int32(2013), int32(0)]);
  return new Promise((resolve, reject) => {
    const socket = connect(port, host);
    let received = Buffer.alloc(0);
    socket.on('error', reject);
    // After an answer this changes nothing.
    socket.on('close', () => reject(new Error('the server closed the connection without an answer')));
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      if (received.length < 4 || received.length < received.readInt32LE()) return;
      socket.destroy();
      // Header, flags and the kind of the one section.
      resolve(received.subarray(21));
    });
    socket.write(Buffer.concat([header, sections]));
  });
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}
