import { existsSync, readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CallFrame } from './cpu-profile.js';

/** Finds the source of functions of built files. */
export interface PlaceFinder {
  /** The package that a function belongs to, or `node` for those of the platform. */
  packageOf(frame: CallFrame): string;
  /** File and line of the function's source, as short as it is clear. */
  placeOf(frame: CallFrame): string;
}

/** A finder that reads each source map once. */
export function createPlaceFinder(root: string): PlaceFinder {
  const maps = new Map<string, SourceMap | undefined>();
  const mapOf = (file: string): SourceMap | undefined => {
    if (!maps.has(file)) {
      const path = `${file}.map`;
      maps.set(
        file,
        existsSync(path) ? new SourceMap(JSON.parse(readFileSync(path, 'utf8')) as SourceMapPayload) : undefined,
      );
    }
    return maps.get(file);
  };
  const sourceOf = (frame: CallFrame): { readonly path: string; readonly line: number } | undefined => {
    if (!frame.url.startsWith('file:')) return undefined;
    const file = fileURLToPath(frame.url);
    const entry = mapOf(file)?.findEntry(frame.lineNumber, frame.columnNumber);
    if (entry === undefined || !('originalSource' in entry)) return { path: file, line: frame.lineNumber + 1 };
    return { path: resolve(dirname(file), entry.originalSource), line: entry.originalLine + 1 };
  };
  return {
    packageOf(frame) {
      const path = sourceOf(frame)?.path;
      if (path === undefined) return 'node';
      const installed = path.split('/node_modules/').at(-1);
      if (installed !== undefined && installed !== path)
        return installed
          .split('/')
          .slice(0, installed.startsWith('@') ? 2 : 1)
          .join('/');
      return relative(join(root, 'packages'), path).split('/')[0] ?? path;
    },
    placeOf(frame) {
      const source = sourceOf(frame);
      if (source === undefined) return frame.url === '' ? '' : frame.url;
      const installed = source.path.split('/node_modules/').at(-1) as string;
      return `${installed === source.path ? relative(root, source.path) : installed}:${source.line}`;
    },
  };
}
