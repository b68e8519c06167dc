import { type FileHandle, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSmallFile, readSmallText } from '../../src/index.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'datamigrato-small-file-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Opens a file and keeps the handle, so that a test sees whether it was closed. */
function opening(path: string): { readonly open: () => Promise<FileHandle>; readonly handles: FileHandle[] } {
  const handles: FileHandle[] = [];
  const opened = async (): Promise<FileHandle> => {
    const handle = await open(path, 'r');
    handles.push(handle);
    return handle;
  };
  return { open: opened, handles };
}

async function fileOf(content: string | Uint8Array): Promise<string> {
  const path = join(folder, 'file');
  await writeFile(path, content);
  return path;
}

describe('a small file', () => {
  test('is read whole up to the limit, and closed', async () => {
    const content = Buffer.alloc(1024, 7);
    const { open: opened, handles } = opening(await fileOf(content));
    expect(await readSmallFile(opened, 1024)).toEqual({ bytes: new Uint8Array(content) });
    expect(handles.map(({ fd }) => fd)).toEqual([-1]);
  });

  test('is refused one byte beyond the limit, and closed', async () => {
    const { open: opened, handles } = opening(await fileOf(Buffer.alloc(1025)));
    expect(await readSmallFile(opened, 1024)).toEqual({ refused: 'is larger than 1 KiB' });
    expect(handles.map(({ fd }) => fd)).toEqual([-1]);
  });

  test('is refused where it grows while it is read', async () => {
    const handle = await open(await fileOf(Buffer.alloc(2048)), 'r');
    const growing = {
      stat: async () => ({ size: 10, isFile: () => true }),
      read: (bytes: Uint8Array, offset: number, length: number, position: number) =>
        handle.read(bytes, offset, Math.min(length, 100), position),
      close: () => handle.close(),
    };
    expect(await readSmallFile(async () => growing, 1024)).toEqual({ refused: 'is larger than 1 KiB' });
  });

  test.each([
    ['empty', async () => fileOf(''), 'is empty'],
    ['a folder', async () => folder, 'is not a file'],
    ['not there', async () => join(folder, 'nowhere'), 'cannot be read (ENOENT)'],
    ['a path that no system takes', async () => 'a\0b', 'cannot be read (ERR_INVALID_ARG_VALUE)'],
  ])('is refused where it is %s', async (_name, path, refused) => {
    expect(await readSmallFile(opening(await path()).open, 1024)).toEqual({ refused });
  });

  test('as a text is UTF-8 or refused', async () => {
    expect(await readSmallText(opening(await fileOf('grüße')).open, 1024)).toEqual({ text: 'grüße' });
    const broken = opening(await fileOf(Buffer.from([0x61, 0xff])));
    expect(await readSmallText(broken.open, 1024)).toEqual({ refused: 'is not UTF-8' });
  });

  test('whose reading fails by a fault of ours lets the fault through', async () => {
    const fault = new TypeError('a fault');
    await expect(readSmallText(() => Promise.reject(fault), 1024)).rejects.toBe(fault);
  });
});
