import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { provideServers, serverOrSkip } from '../src/index.js';

/** A machine without any tool, in a test run that shares nothing yet. */
beforeEach(() => {
  vi.stubEnv('DATAMIGRATO_TESTBED_SHARED', undefined);
  vi.stubEnv('PATH', '/nowhere');
  vi.stubEnv('JAVA_HOME', undefined);
  vi.stubEnv('CI', undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

test('reports a server which cannot be had, by name and reason, once', async () => {
  const end = await provideServers(['mongo-java']);
  try {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(await serverOrSkip('mongo-java')).toBeUndefined();
    expect(await serverOrSkip('mongo-java')).toBeUndefined();
    const report =
      '[testbed] mongo-java cannot be had here: java is not installed or not on PATH; it is needed for mongo-java-server.\n';
    expect(write.mock.calls).toEqual([[report]]);
  } finally {
    await end();
  }
});

test('fails where every server is demanded', async () => {
  vi.stubEnv('CI', 'true');
  const end = await provideServers(['secantus']);
  try {
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    await expect(serverOrSkip('secantus')).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('python3 is not installed or not on PATH'),
    });
  } finally {
    await end();
  }
});

test('refuses a name that is not shared, and a test run that shares nothing', async () => {
  const end = await provideServers(['secantus']);
  try {
    await expect(serverOrSkip('cassandra')).rejects.toMatchObject({ code: 'usage' });
  } finally {
    await end();
  }
  await expect(serverOrSkip('secantus')).rejects.toMatchObject({ code: 'usage' });
});
