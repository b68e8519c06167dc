import { measureWork } from '../measure/measure-work.js';
import type { Leg, LegSample, LegTask } from './leg-task.js';

/** Does the leg that a task names and resolves with what it measured. */
export async function doLeg(task: LegTask, legs: Readonly<Record<string, Leg>>): Promise<LegSample | undefined> {
  const leg = legs[task.leg];
  if (leg === undefined) throw new RangeError(`${task.benchmark} has no leg "${task.leg}"`);
  return leg({ task, measure: (work) => measureWork(task.servers, work) });
}

/** Takes one task from the process that started this one, does it and sends back what it measured. */
export function serveLeg(legsOf: (benchmark: string) => Promise<Readonly<Record<string, Leg>>>): void {
  process.once('message', (message) => {
    const task = message as LegTask;
    const finish = async (): Promise<void> => {
      const sample = await doLeg(task, await legsOf(task.benchmark));
      if (sample !== undefined) process.send?.(sample);
      process.disconnect();
    };
    void finish();
  });
}
