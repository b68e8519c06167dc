import type { CommandLine } from '../command-line.js';

/** The databases, or folders, of a demonstration: what is moved, where it is moved to, where it comes back to, and a place for what is refused. */
type PlaceName = 'shop' | 'moved' | 'returned' | 'refusing';

/** A kind of store that the demonstration can start. */
export interface DemoStore {
  /** As `--with` takes it. */
  readonly name: string;
  /** What is started, as a person would call it. */
  readonly title: string;
  /** The same where it is the source, if that is something else. */
  readonly sourceTitle?: string;
  /** Why it cannot hold documents of 41 levels, where that is so. */
  readonly depthLimit?: string;
  start(options: StartOptions): Promise<RunningStore>;
}

/** How a store is started. */
interface StartOptions {
  /** The folder in which the demonstration works, absolute. */
  readonly folder: string;
  readonly onProgress: (line: string) => void;
}

/** A store that answers. */
export interface RunningStore extends AsyncDisposable {
  /** A place's connection string, as it is given to commands that run in the demonstration's folder. */
  url(place: PlaceName): string;
  /** Fills `shop`. Gives the numbers of records by entity. */
  fill(datamigrato: CommandLine): Promise<ReadonlyMap<string, number>>;
  /** The records of an entity, each as a text that tells values and kinds, read with nothing of Datamigrato. */
  read(place: 'shop' | 'returned', entity: string): Promise<readonly string[]>;
}
