import { setTimeout as pause } from 'node:timers/promises';
import { createGuardedFolder } from '@datamigrato/testbed';
import type { DrillResult } from '../report/drill-result.js';
import { comparePlace } from '../store/compare.js';
import type { Place } from '../store/drill-store.js';
import { pairName, type RunningPair } from '../store/pair.js';
import { createEventPipe } from './event-pipe.js';
import { type Ended, isWholeReport, startCommand } from './product-command.js';

/** One server that dies while it is read from or written to. */
export interface ServerDrill {
  readonly pair: RunningPair;
  readonly side: 'source' | 'target';
  /** `waits`: it is back before the program gives up. `gives-up`: it is not, and the run is resumed once it is. */
  readonly outage: 'waits' | 'gives-up';
  readonly source: Place;
  readonly records: number;
}

/** R-06 with real processes: SIGKILL for a server in the middle of a run, and started again on the same data. */
export async function runServerDrill(drill: ServerDrill): Promise<DrillResult> {
  const { pair, side, outage, source, records } = drill;
  const started = performance.now();
  const name = `${pairName({ source: pair.source.store, target: pair.target.store })} ${side} ${outage}`;
  const target = await pair.target.place(`server_${name.replaceAll(/\W+/g, '_')}`);
  await using folder = await createGuardedFolder('drill');
  const server = pair[side];
  const violations: string[] = [];
  const ended: Ended[] = [];

  let dying: Promise<void> | undefined;
  let downFor = 0;
  await using pipe = await createEventPipe(folder.path, (event) => {
    if (event.type !== 'batch-written' || dying !== undefined) return;
    const diedAt = performance.now();
    dying = server.kill();
    if (outage === 'waits')
      dying = dying
        .then(() => pause(1000))
        .then(() => server.restart())
        .then(() => {
          downFor = performance.now() - diedAt;
        });
  });
  const patience = ['--max-outage', outage === 'waits' ? '120' : '2', '--timeout', '5'];
  const output = ['--json', '--quiet', '--events', pipe.path];
  ended.push(await startCommand(folder.path, ['copy', source.url(), target.url(), ...patience, ...output]).ended);
  if (dying === undefined) violations.push('the run was over before the server was killed');
  await dying;
  if (outage === 'gives-up') {
    await server.restart();
    ended.push(await startCommand(folder.path, ['resume', ...output]).ended);
  }

  const expected = outage === 'waits' ? [0] : [9, 0];
  const codes = ended.map(({ code }) => code);
  const isRight = codes.join() === expected.join();
  const last = ended.at(-1);
  if (!isRight) violations.push(`ended with ${codes.join(', ')}, not ${expected.join(', ')}: ${last?.stderr}`);
  else if (last !== undefined && !isWholeReport(last, records)) violations.push('its report is not exact');
  const { lost, duplicated, examples } = await comparePlace(target, records);
  violations.push(...examples);
  await target.drop();
  return {
    drill: `server dies ${name}`,
    tried: 1,
    lost,
    duplicated,
    false: isRight ? 0 : 1,
    milliseconds: performance.now() - started,
    measured: outage === 'waits' ? `down for ${(downFor / 1000).toFixed(1)} s` : 'exit 9, then resumed',
    violations,
  };
}
