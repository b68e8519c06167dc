import type { MigrationEvent, MigrationPlan, Runtime } from '@datamigrato/core';
import { renderFrame, renderLine } from './frame.js';
import type { Palette } from './palette.js';
import { afterEvent, type Progress, startOf } from './progress.js';
import { countText, durationText } from './quantity.js';

/** Shows a migration under way. */
export interface ProgressView {
  begin(plan: MigrationPlan): void;
  event(event: MigrationEvent): void;
  /** Shows the last state and frees the terminal. */
  end(): void;
}

/** What a view draws on. */
export interface ProgressSurface {
  readonly stream: NodeJS.WritableStream & { readonly columns?: number };
  readonly runtime: Runtime;
  readonly palette: Palette;
}

/** Shows nothing. */
export const silentView: ProgressView = { begin() {}, event() {}, end() {} };

/** Milliseconds between two lines of {@link lineView}. */
const lineInterval = 10_000;
/** Milliseconds between two frames of {@link terminalView}. */
const frameInterval = 100;

/** Complete lines at the start, every 10 s and at the end, without a cursor code: for whatever is no terminal. */
export function lineView({ stream, runtime }: ProgressSurface): ProgressView {
  let progress: Progress = { entities: [], retries: 0 };
  let timer: NodeJS.Timeout | undefined;
  let started = 0;
  const write = (text: string): void => {
    stream.write(`${text}\n`);
  };
  const elapsed = (): string => durationText(runtime.monotonicNow() - started);
  return {
    begin(plan) {
      progress = startOf(plan);
      started = runtime.monotonicNow();
      write(
        `started: ${plan.entities.length === 1 ? 'one entity' : `${countText(plan.entities.length)} entities`} from ${plan.source.endpoint} to ${plan.target.endpoint}`,
      );
      timer = setInterval(
        () => write(`after ${elapsed()}: ${renderLine(progress, runtime.monotonicNow())}`),
        lineInterval,
      );
    },
    event(event) {
      progress = afterEvent(progress, event, runtime.monotonicNow());
      if (event.type === 'notice') write(event.text);
    },
    end() {
      if (timer === undefined) return;
      clearInterval(timer);
      timer = undefined;
      write(`ended after ${elapsed()}: ${renderLine(progress, runtime.monotonicNow())}`);
    },
  };
}

/** Bars that are drawn anew ten times a second. `draw` shows a text in place of the one before, `keep` leaves it standing. */
export function terminalView(
  { stream, runtime, palette }: ProgressSurface,
  screen: { draw(text: string): void; keep(): void },
): ProgressView {
  let progress: Progress = { entities: [], retries: 0 };
  let timer: NodeJS.Timeout | undefined;
  const draw = (): void =>
    screen.draw(renderFrame(progress, { width: stream.columns ?? 80, now: runtime.monotonicNow(), palette }));
  return {
    begin(plan) {
      progress = startOf(plan);
      draw();
      timer = setInterval(draw, frameInterval);
    },
    event(event) {
      progress = afterEvent(progress, event, runtime.monotonicNow());
    },
    end() {
      if (timer === undefined) return;
      clearInterval(timer);
      timer = undefined;
      draw();
      screen.keep();
    },
  };
}
