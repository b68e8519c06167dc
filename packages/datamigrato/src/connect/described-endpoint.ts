import type { ConfiguredEndpoint } from '@datamigrato/core';

/** The same endpoint under the name of where its records come from, rather than of the file that they pass through. */
export function describedAs(configured: ConfiguredEndpoint, id: string): ConfiguredEndpoint {
  const description = { ...configured.description, id };
  return {
    connector: configured.connector,
    description,
    secrets: () => configured.secrets(),
    async open(call) {
      const endpoint = await configured.open(call);
      return { ...endpoint, description };
    },
  };
}
