import type { CommandLine, DrillName } from './command-line.js';
import { runHookDrill } from './fault/hook-drill.js';
import { runRefusalDrill } from './fault/refusal-drill.js';
import { runWireDrill } from './fault/wire-drill.js';
import { wireFaults } from './fault/wire-faults.js';
import { runKillDrill } from './kill/kill-drill.js';
import { runServerDrill } from './kill/server-drill.js';
import type { DrillResult } from './report/drill-result.js';
import { runSimulateDrill } from './simulate-drill.js';
import type { Place } from './store/drill-store.js';
import { pairNamed, type RunningPair, type ServerSet } from './store/pair.js';
import { runVerifyDrill } from './verify-drill.js';

/** What drills share. */
export interface DrillSession {
  readonly command: CommandLine;
  readonly servers: ServerSet;
  readonly say: (line: string) => void;
}

/** A pair with a source that holds so many records. */
interface SeededPair {
  readonly pair: RunningPair;
  readonly source: Place;
  readonly records: number;
}

/** Runs one drill, in all its forms. */
export async function runDrill(name: DrillName, session: DrillSession): Promise<readonly DrillResult[]> {
  const { command } = session;
  if (name === 'simulate') return [await runSimulateDrill(command.seeds, command.quick ? 0 : command.seed)];
  const results: DrillResult[] = [];
  for (const pairName of command.pairs) {
    const seeded = await seededPair(session, name, pairName);
    for await (const result of pairDrills[name](seeded, session)) {
      session.say(`${result.drill}: ${result.measured}`);
      results.push(result);
    }
  }
  return results;
}

const pairDrills: Readonly<
  Record<Exclude<DrillName, 'simulate'>, (seeded: SeededPair, session: DrillSession) => AsyncIterable<DrillResult>>
> = {
  async *kill(seeded, { command, say }) {
    const { kills, batchRecords, seed } = command;
    yield await runKillDrill({ ...seeded, kills, killsPerJob: 5, batchRecords, seed, say });
  },
  async *faults(seeded, { command }) {
    for (const side of ['source', 'target'] as const)
      for (const fault of wireFaults) yield await runWireDrill({ ...seeded, side, fault });
    yield await runRefusalDrill({ ...seeded, lasts: command.quick ? 3000 : 60_000, seed: command.seed });
  },
  async *servers(seeded, { command }) {
    for (const side of ['source', 'target'] as const)
      for (const outage of ['waits', 'gives-up'] as const)
        if (
          seeded.pair[side].store.losesAllWhenKilled !== true &&
          (!command.quick || (side === 'target') === (outage === 'waits'))
        )
          yield await runServerDrill({ ...seeded, side, outage });
  },
  async *hooks({ pair, source, records }) {
    yield await runHookDrill(pair, source, records);
  },
  async *verify(seeded, { command }) {
    const planted = command.quick ? 100 : 1000;
    yield await runVerifyDrill({ ...seeded, planted, cleanRuns: command.quick ? 3 : 100, seed: command.seed });
  },
};

function recordsOf(name: DrillName, { quick, records }: CommandLine): number {
  switch (name) {
    case 'kill':
      return records;
    case 'hooks':
      return 400;
    case 'verify':
      return quick ? 5000 : 100_000;
    case 'servers':
      return quick ? 3000 : 20_000;
    default:
      return quick ? 2000 : 20_000;
  }
}

/** The source stays when the drill is over: a server may not let go of what a killed process was reading, and is stopped soon anyway. */
async function seededPair(
  { command, servers, say }: DrillSession,
  drill: DrillName,
  name: string,
): Promise<SeededPair> {
  const records = recordsOf(drill, command);
  const pair = await servers.pair(pairNamed(name));
  const source = await pair.source.place(`drill_source_${drill}`);
  await source.seed(0, records);
  say(`${name}: ${records.toLocaleString('en')} records are there`);
  return { pair, source, records };
}
