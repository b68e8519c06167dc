import {
  beginCatchUp,
  type CatchUpEnd,
  type CatchUpReport,
  type CatchUpRun,
  type CatchUpState,
  catchUp,
} from '@datamigrato/core';
import { countText, durationText } from '../render/quantity.js';
import { createCatchUpFile } from '../state/catch-up-file.js';
import type { StartOptions } from './job-options.js';
import { noticePace } from './notice-pace.js';

/** Milliseconds without a change after which a source counts as quiet. */
const quietTime = 5000;

/** Makes durable that a run about to begin is to catch up, and until when. */
export async function planCatchUp(folder: string, option: StartOptions['catchUp']): Promise<void> {
  if (option !== undefined) await createCatchUpFile(folder).save(newState(endOf(option)));
}

/** What a run does about changes of its source, where it was begun for that. */
export interface CatchingUp {
  /** Before the first record is read. */
  begin(): Promise<void>;
  /** Once all records are copied. */
  finish(): Promise<CatchUpReport>;
}

/** The catching up of a run, or undefined where it was begun without and nobody asks for it. Another end than it was begun with takes the place of that. */
export async function catchingUp(
  folder: string,
  option: StartOptions['catchUp'],
  run: Omit<CatchUpRun, 'state'>,
): Promise<CatchingUp | undefined> {
  const store = createCatchUpFile(folder);
  const state = await store.load();
  if (state === undefined && option === undefined) return undefined;
  if (state !== undefined && option !== undefined) await store.save({ ...state, end: endOf(option) });
  const whole: CatchUpRun = { ...run, state: store, listener: counted(run) };
  return {
    begin: () => beginCatchUp(whole),
    async finish() {
      const text = 'all records copied; applying what the source has changed since the copy began';
      run.listener({ type: 'notice', text });
      return await catchUp(whole);
    },
  };
}

function newState(end: CatchUpEnd): CatchUpState {
  return { schema: 'datamigrato.catch-up-state/1', end, entities: [] };
}

function endOf(option: NonNullable<StartOptions['catchUp']>): CatchUpEnd {
  return option === 'until-quiet' ? { quiet: quietTime } : { elapsed: option };
}

/** A listener that also says how many changes were applied, now and then. */
function counted({ listener, runtime }: Pick<CatchUpRun, 'listener' | 'runtime'>): CatchUpRun['listener'] {
  const begun = runtime.monotonicNow();
  const isDue = noticePace(runtime);
  let changes = 0;
  return (event) => {
    listener(event);
    if (event.type !== 'changes-applied') return;
    changes += event.changes;
    if (!isDue()) return;
    const elapsed = durationText(runtime.monotonicNow() - begun);
    listener({ type: 'notice', text: `catching up: ${countText(changes)} changes applied after ${elapsed}` });
  };
}
