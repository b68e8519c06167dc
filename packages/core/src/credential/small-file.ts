/** The slice of a file handle of `node:fs/promises` that is used. */
export interface OpenedFile {
  stat(): Promise<{ readonly size: number; isFile(): boolean }>;
  read(bytes: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
  close(): Promise<void>;
}

/** Why a file is not taken, as the rest of a sentence that begins with its name, such as `is larger than 64 KiB`. Holds nothing of what the file does. */
export interface RefusedFile {
  readonly refused: string;
}

/**
 * The bytes of a file of credentials: a small one, read once, so that what is checked is what is used.
 *
 * What is missing, unreadable, no file, empty or larger is refused; a device without end is not read. The file is closed in any case.
 *
 * @param open - Opens the file with `O_RDONLY | O_NONBLOCK`: without the latter, opening a pipe to which nobody writes never ends.
 * @param limit - Most bytes; whole KiB.
 */
export async function readSmallFile(
  open: () => Promise<OpenedFile>,
  limit: number,
): Promise<{ readonly bytes: Uint8Array } | RefusedFile> {
  try {
    const file = await open();
    try {
      const facts = await file.stat();
      if (!facts.isFile()) return { refused: 'is not a file' };
      return facts.size > limit ? tooLarge(limit) : await readWithin(file, limit);
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    return { refused: `cannot be read (${code})` };
  }
}

/** The text of a file of credentials, which is UTF-8; refused otherwise. See {@link readSmallFile}. */
export async function readSmallText(
  open: () => Promise<OpenedFile>,
  limit: number,
): Promise<{ readonly text: string } | RefusedFile> {
  const read = await readSmallFile(open, limit);
  if ('refused' in read) return read;
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(read.bytes) };
  } catch (error) {
    if (error instanceof TypeError) return { refused: 'is not UTF-8' };
    throw error;
  }
}

async function readWithin(file: OpenedFile, limit: number): Promise<{ readonly bytes: Uint8Array } | RefusedFile> {
  // One byte more than allowed, so that a file which grows meanwhile is noticed.
  const bytes = new Uint8Array(limit + 1);
  let length = 0;
  while (length < bytes.length) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  if (length === 0) return { refused: 'is empty' };
  if (length > limit) return tooLarge(limit);
  return { bytes: bytes.subarray(0, length) };
}

function tooLarge(limit: number): RefusedFile {
  return { refused: `is larger than ${limit / 1024} KiB` };
}

/** The code of a system's refusal, or of Node.js where a path has a NUL in it, which no system is asked about. */
function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  return 'syscall' in error || error.code === 'ERR_INVALID_ARG_VALUE' ? error.code : undefined;
}
