import { z } from 'zod';

const fieldName = z.string().min(1);

/** The options of the file connector, checked; the README lists them for users. */
export const fileOptionsSchema = z.strictObject({
  /** The file or folder; a relative path starts at the working directory. */
  path: z
    .string()
    .min(1)
    .refine((path) => !path.includes('\0'), 'a path holds no NUL'),
  /** `auto` looks at names and first bytes. */
  format: z.enum(['auto', 'archive', 'ndjson', 'json', 'extended-json', 'bson', 'csv']).default('auto'),
  /** The fields that are a record's key. Default: `_id` or `id` where every record at the beginning has its own, else a generated key. */
  key: z.union([fieldName, z.array(fieldName).min(1)]).optional(),
  /** Gives every record a key: made of its content, or of its place in the file. */
  generatedKey: z.enum(['content', 'position']).optional(),
  /** Where the array of records lies in a JSON document, such as `data.items` or `$["a.b"].items`. Default: `data.data`, `data` or the document itself. */
  recordsPath: z.string().optional(),
  /** Between the cells of a CSV file. Default: a tab for `.tsv`, else a comma. */
  delimiter: z.string().length(1).optional(),
  /** `strings` keeps every CSV cell as text; `infer` reads numbers, booleans and empty cells. */
  csvTypes: z.enum(['strings', 'infer']).default('strings'),
  /** Whether chunks of an archive are written as gzip. */
  gzip: z.stringbool().or(z.boolean()).default(false),
  /** Bytes after which a chunk of an archive is complete and the next is begun. */
  chunkBytes: z.coerce
    .number()
    .int()
    .min(4096)
    .max(1024 ** 3)
    .default(32 * 1024 * 1024),
});

/** The options of the file connector, checked and with defaults. */
export type FileOptions = z.output<typeof fileOptionsSchema>;

/** The options of the file connector as a user gives them. */
export type FileOptionsInput = z.input<typeof fileOptionsSchema>;
