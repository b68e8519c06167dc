import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BSON } from 'mongodb';
import { extendedText } from './extended-text.js';

/** Writes a collection as mongodump does: BSON documents one after the other. Those without `_id` get one, as MongoDB gives it. */
export async function writeCollection(folder: string, name: string, documents: readonly object[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const withIds = documents.map((document, index) => ({
    _id: new BSON.ObjectId(index.toString(16).padStart(24, '0')),
    ...document,
  }));
  await writeFile(join(folder, `${name}.bson`), Buffer.concat(withIds.map((document) => BSON.serialize(document))));
}

/** The documents of a collection as Extended JSON. */
export async function readCollection(folder: string, name: string): Promise<readonly string[]> {
  const bytes = await readFile(join(folder, `${name}.bson`));
  const texts: string[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const end = offset + bytes.readInt32LE(offset);
    texts.push(extendedText(BSON.deserialize(bytes.subarray(offset, end), { promoteValues: false })));
    offset = end;
  }
  return texts;
}
