import { readFileSync } from 'node:fs';
import { main } from './command/main.js';

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};

await main(process.argv, manifest.version);
