import { readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { TestbedError } from './testbed-error.js';

const mainClass = 'com.google.cloud.datastore.emulator.firestore.CloudFirestore';

/** The emulator's program: a jar of the Google Cloud SDK or of firebase-tools. */
export interface FirestoreJar {
  readonly path: string;
  /** Changes with every other version; part of the names of cached files that depend on it. */
  readonly identity: string;
  /** What java is told to run; the jar of the Google Cloud SDK names no main class itself. */
  readonly mainArguments: readonly string[];
}

/**
 * Finds the emulator of an installed Google Cloud SDK (`CLOUDSDK_ROOT_DIR`, else its usual folders), else the newest one that
 * firebase-tools has fetched (`FIREBASE_EMULATORS_PATH`, else its usual folder). Throws `unavailable` where there is none.
 */
export async function findFirestoreJar(environment: NodeJS.ProcessEnv = process.env): Promise<FirestoreJar> {
  const candidates = [
    ...cloudSdkFolders(environment).map((folder) => {
      const path = jarOfCloudSdk(folder);
      return { path, mainArguments: ['-cp', path, mainClass] };
    }),
    ...(await jarsOfFirebaseTools(environment)).map((path) => ({ path, mainArguments: ['-jar', path] })),
  ];
  for (const { path, mainArguments } of candidates) {
    const facts = await statIfThere(path);
    if (facts?.isFile() === true) return { path, identity: `${path}:${facts.size}:${facts.mtimeMs}`, mainArguments };
  }
  throw new TestbedError(
    'unavailable',
    'The Firestore emulator is not installed: `gcloud components install cloud-firestore-emulator`, or `npx firebase-tools setup:emulators:firestore`.',
  );
}

function cloudSdkFolders(environment: NodeJS.ProcessEnv): readonly string[] {
  const chosen = environment['CLOUDSDK_ROOT_DIR'];
  const usual = ['/usr/lib/google-cloud-sdk', '/usr/share/google-cloud-sdk', join(homedir(), 'google-cloud-sdk')];
  return chosen ? [chosen, ...usual] : usual;
}

function jarOfCloudSdk(folder: string): string {
  return join(folder, 'platform', 'cloud-firestore-emulator', 'cloud-firestore-emulator.jar');
}

async function jarsOfFirebaseTools(environment: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const folder = environment['FIREBASE_EMULATORS_PATH'] || join(homedir(), '.cache', 'firebase', 'emulators');
  const names = (await namesIn(folder)).filter((name) => /^cloud-firestore-emulator-v[\d.]+\.jar$/.test(name));
  const newestFirst = names.sort((left, right) => right.localeCompare(left, 'en', { numeric: true }));
  return newestFirst.map((name) => join(folder, name));
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function statIfThere(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
