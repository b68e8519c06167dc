import { provideServers } from './shared-servers.js';

/** Vitest's global setup: offers the shared servers to every test file, and ends those that were asked for. */
export default function setup(): Promise<() => Promise<void>> {
  return provideServers();
}
