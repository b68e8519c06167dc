import type { CallOptions, ConfiguredEndpoint, Endpoint } from '@datamigrato/core';

/** Both sides of a migration, open. */
export interface OpenPair extends AsyncDisposable {
  readonly source: Endpoint;
  readonly target: Endpoint;
}

/** Opens both sides at once; where one fails, the other is closed again and the first failure thrown. */
export async function openPair(
  source: ConfiguredEndpoint,
  target: ConfiguredEndpoint,
  call: CallOptions,
): Promise<OpenPair> {
  const [openSource, openTarget] = await Promise.allSettled([source.open(call), target.open(call)]);
  if (openSource.status === 'fulfilled' && openTarget.status === 'fulfilled') {
    return {
      source: openSource.value,
      target: openTarget.value,
      async [Symbol.asyncDispose]() {
        await closeAll([openSource.value, openTarget.value]);
      },
    };
  }
  await closeAll([openSource, openTarget].flatMap((side) => (side.status === 'fulfilled' ? [side.value] : [])));
  throw openSource.status === 'rejected'
    ? openSource.reason
    : openTarget.status === 'rejected'
      ? openTarget.reason
      : undefined;
}

async function closeAll(endpoints: readonly Endpoint[]): Promise<void> {
  const results = await Promise.allSettled(endpoints.map((endpoint) => endpoint.close()));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}
