import { main } from './command/main.js';
import { programVersion } from './program-version.js';

await main(process.argv, programVersion);
