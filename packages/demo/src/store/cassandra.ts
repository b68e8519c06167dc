import { startCassandra } from '@datamigrato/testbed';
import { Client } from 'cassandra-driver';
import { sortedText } from '../extended-text.js';
import type { DemoStore } from './demo-store.js';
import { populate } from './populate.js';

/** One node of Apache Cassandra. */
export const cassandra: DemoStore = {
  name: 'cassandra',
  title: 'Apache Cassandra',
  async start({ folder, onProgress }) {
    const { port, contactPoints, localDataCenter, ...server } = await startCassandra({ onProgress });
    const client = new Client({ contactPoints: [...contactPoints], localDataCenter, protocolOptions: { port } });
    const url = (place: string): string =>
      `cassandra://127.0.0.1:${port}/${place}?localDataCenter=${localDataCenter}&createKeyspace=true`;
    return {
      url,
      fill: (datamigrato) => populate(folder, datamigrato, url('shop')),
      async read(place, entity) {
        const texts: string[] = [];
        const rows = await client.execute(`SELECT JSON * FROM ${place}.${entity}`, [], { fetchSize: 5000 });
        for await (const row of rows) texts.push(cellsOf(String(row.get('[json]'))));
        return texts;
      },
      async [Symbol.asyncDispose]() {
        await client.shutdown();
        await server.stop();
      },
    };
  },
};

/** The cells of a row; an empty one and one that is not there are the same. */
function cellsOf(row: string): string {
  const cells: object = JSON.parse(row);
  return sortedText(Object.fromEntries(Object.entries(cells).filter(([, cell]) => cell !== null)));
}
