import type { DataSet } from './data-set.js';
import { createRandom } from './random.js';

const fieldBytes = 20_000;
const fieldCount = 10;

/** Records of about 200 kB in ten texts that do not compress to nothing: 2,000 of them are 400 MB. */
export const wideRecords: DataSet = {
  name: 'wide',
  description: 'generated, 10 texts of 20 kB',
  columns: [
    { name: 'id', type: 'text' },
    ...Array.from({ length: fieldCount }, (_, field) => ({ name: `text${field}`, type: 'text' as const })),
  ],
  size: 2000,
  row(index) {
    const random = createRandom(Math.imul(index + 1, 0x85ebca6b));
    return [`wide-${String(index).padStart(6, '0')}`, ...Array.from({ length: fieldCount }, () => text(random.bits()))];
  },
};

function text(seed: number): string {
  const random = createRandom(seed);
  const bytes = Buffer.allocUnsafe(fieldBytes);
  // Printable ASCII: one byte a character in every store.
  for (let offset = 0; offset < fieldBytes; offset += 4)
    bytes.writeUInt32LE((random.bits() & 0x3f3f3f3f) + 0x20202020, offset);
  return bytes.toString('latin1');
}
