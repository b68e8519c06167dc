import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DemoFailure } from './demo-failure.js';
import { sortedText } from './extended-text.js';

interface ArchiveManifest {
  readonly entities: readonly {
    readonly entity: string;
    readonly folder: string;
    readonly chunks: readonly { readonly name: string }[];
  }[];
}

/** The records of an entity of a typed archive as Extended JSON, read with nothing of the project: each kind by what the format says of it. */
export async function readArchive(archive: string, entity: string): Promise<readonly string[]> {
  const manifest: ArchiveManifest = JSON.parse(await readFile(join(archive, 'manifest.json'), 'utf8'));
  const found = manifest.entities.find((one) => one.entity === entity);
  if (found === undefined) throw new DemoFailure(`there is no ${entity} in ${archive}`);
  const chunks = await Promise.all(found.chunks.map(({ name }) => readFile(join(archive, found.folder, name), 'utf8')));
  return chunks.flatMap((chunk) => chunk.split('\n').filter((line) => line !== '')).map(documentText);
}

function documentText(line: string): string {
  const { key, fields }: { readonly key: readonly unknown[]; readonly fields: object } = JSON.parse(line);
  const entries = Object.entries(fields).map(([name, value]) => [name, extended(value)] as const);
  return sortedText(Object.fromEntries([['_id', extended(key[0])], ...entries]));
}

function extended(value: unknown): unknown {
  if (typeof value === 'number') return (value | 0) === value ? { $numberInt: String(value) } : double(String(value));
  if (Array.isArray(value)) return value.map(extended);
  if (typeof value !== 'object' || value === null) return value;
  if ('@dm' in value && 'v' in value) return extendedKind(String(value['@dm']), value.v, 't' in value ? value.t : 0);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, extended(inner)]));
}

function extendedKind(kind: string, value: unknown, subtype: unknown): object {
  const text = String(value);
  const binary = (bytes: Buffer, type: number): object => ({
    $binary: { base64: bytes.toString('base64'), subType: type.toString(16).padStart(2, '0') },
  });
  switch (kind) {
    case 'int64':
      return { $numberLong: text };
    case 'double':
      return double(text);
    case 'decimal':
      return { $numberDecimal: text };
    case 'objectId':
      return { $oid: text };
    case 'instant':
      return { $date: { $numberLong: String(Date.parse(text)) } };
    case 'binary':
      return binary(Buffer.from(text, 'base64'), Number(subtype));
    case 'uuid':
      return binary(Buffer.from(text.replaceAll('-', ''), 'hex'), 4);
    case 'regularExpression': {
      const [pattern, options] = Array.isArray(value) ? value : [];
      return { $regularExpression: { pattern, options } };
    }
    default:
      throw new DemoFailure(`the archive holds the kind ${kind}, which was not in the dump`);
  }
}

function double(text: string): object {
  return { $numberDouble: /^-?\d+$/.test(text) ? `${text}.0` : text };
}
