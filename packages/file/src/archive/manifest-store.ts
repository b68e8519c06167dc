import { join } from 'node:path';
import { replaceFile, writing } from './durable-file.js';
import { type ArchivedEntity, type ArchiveManifest, manifestJson, manifestName } from './manifest.js';

/** The manifest of one archive: in memory, and on the disk after every change. */
export interface ManifestStore {
  readonly current: ArchiveManifest;
  /** The entity of this name, or undefined. */
  find(entity: string): ArchivedEntity | undefined;
  /** Changes the manifest and resolves when the change is durable. Changes are made one after the other. */
  update(change: (manifest: ArchiveManifest) => ArchiveManifest): Promise<void>;
  /** {@link update} for what is said of one entity. */
  updateEntity(entity: string, change: (entity: ArchivedEntity) => ArchivedEntity): Promise<void>;
}

/** Makes a store with what was read from `folder`. */
export function createManifestStore(folder: string, initial: ArchiveManifest): ManifestStore {
  const path = join(folder, manifestName);
  let current = initial;
  let queue: Promise<void> = Promise.resolve();

  const update: ManifestStore['update'] = (change) => {
    const done = queue.then(async () => {
      const changed = change(current);
      await writing(path, () => replaceFile(path, manifestJson(changed)));
      current = changed;
    });
    // The next change must not be lost because this one failed; whoever asked for this one sees its failure.
    queue = done.then(ignore, ignore);
    return done;
  };

  return {
    get current() {
      return current;
    },
    find: (entity) => current.entities.find((known) => known.entity === entity),
    update,
    updateEntity: (entity, change) =>
      update((manifest) => ({
        ...manifest,
        entities: manifest.entities.map((known) => (known.entity === entity ? change(known) : known)),
      })),
  };
}

function ignore(): void {}
