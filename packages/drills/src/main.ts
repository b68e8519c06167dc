import { parseCommandLine, UsageError, usage } from './command-line.js';
import { runDrill } from './drills.js';
import { type DrillResult, holds, tableOf } from './report/drill-result.js';
import { ServerSet } from './store/pair.js';

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function main(): Promise<void> {
  const command = parseCommandLine(process.argv.slice(2), Date.now());
  await using servers = new ServerSet({ survivesKills: true });
  const results: DrillResult[] = [];
  for (const name of command.drills) results.push(...(await runDrill(name, { command, servers, say })));
  process.stdout.write(`${tableOf(results)}\n`);
  process.exitCode = results.length > 0 && results.every(holds) ? 0 : 1;
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  say(`${error.message}\n\n${usage}`);
  process.exitCode = 2;
}
