import type { MigrationEvent, MigrationPlan, Runtime } from '@datamigrato/core';
import { renderFrame, renderLine } from './frame.js';
import type { Palette } from './palette.js';
import { afterEvent, type Progress, startOf } from './progress.js';
import { countText, durationText } from './quantity.js';

/** Shows a migration under way. */
export interface ProgressView {
  /** Both sides are looked at, and nothing is known yet. */
  look(): void;
  begin(plan: MigrationPlan): void;
  event(event: MigrationEvent): void;
  /** Shows a remark that stays. */
  say(text: string): void;
  /** Makes room for a question. */
  pause(): void;
  /** Shows the last state and frees the terminal. */
  end(): void;
}

/** Where complete lines go, one call each. */
export interface LineSurface {
  readonly runtime: Runtime;
  write(line: string): void;
}

/** A place on a terminal that can be drawn over. */
export interface ScreenSurface {
  readonly runtime: Runtime;
  readonly palette: Palette;
  width(): number;
  /** Shows a text in place of the one before. */
  draw(text: string): void;
  /** Shows a text above what is drawn over. */
  say(text: string): void;
  /** Takes the text away. */
  clear(): void;
  /** Leaves the text standing for good. */
  keep(): void;
}

/** Shows nothing. */
export const silentView: ProgressView = { look() {}, begin() {}, event() {}, say() {}, pause() {}, end() {} };

/** Milliseconds between two lines of {@link lineView}. */
const lineInterval = 10_000;
/** Milliseconds between two frames of {@link screenView}. */
const frameInterval = 100;

/**
 * Complete lines at the start, every 10 s and at the end, without a cursor code: for whatever is no terminal.
 *
 * Their times are those since the command began; the last line says how many of them passed before records moved, which the summary's times leave out.
 */
export function lineView({ runtime, write }: LineSurface): ProgressView {
  let progress: Progress | undefined;
  const started = runtime.monotonicNow();
  let began = started;
  const elapsed = (): string => durationText(runtime.monotonicNow() - started);
  const state = (): string =>
    progress === undefined ? 'looking at both sides' : renderLine(progress, runtime.monotonicNow());
  let timer: NodeJS.Timeout | undefined;
  return {
    look() {
      timer ??= setInterval(() => write(`after ${elapsed()}: ${state()}`), lineInterval);
    },
    begin(plan) {
      progress = startOf(plan);
      began = runtime.monotonicNow();
      const what = plan.entities.length === 1 ? 'one entity' : `${countText(plan.entities.length)} entities`;
      write(`started: ${what} from ${plan.source.endpoint} to ${plan.target.endpoint}`);
    },
    event(event) {
      if (progress !== undefined) progress = afterEvent(progress, event, runtime.monotonicNow());
      if (event.type === 'notice') write(event.text);
    },
    say: write,
    pause() {},
    end() {
      if (timer === undefined) return;
      clearInterval(timer);
      timer = undefined;
      if (progress === undefined) return;
      write(`ended after ${elapsed()}, the first ${durationText(began - started)} looking at both sides: ${state()}`);
    },
  };
}

/** Bars that are drawn anew ten times a second. */
export function screenView({ runtime, palette, width, draw, say, clear, keep }: ScreenSurface): ProgressView {
  let progress: Progress | undefined;
  let timer: NodeJS.Timeout | undefined;
  const show = (): void => {
    const now = runtime.monotonicNow();
    draw(
      progress === undefined
        ? palette.quiet('looking at both sides …')
        : renderFrame(progress, { width: width(), now, palette }),
    );
  };
  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
  };
  const start = (): void => {
    show();
    timer ??= setInterval(show, frameInterval);
  };
  return {
    look: start,
    begin(plan) {
      progress = startOf(plan);
      start();
    },
    event(event) {
      if (progress !== undefined) progress = afterEvent(progress, event, runtime.monotonicNow());
      if (event.type === 'notice') say(event.text);
    },
    say,
    pause() {
      stop();
      clear();
    },
    end() {
      if (timer === undefined) return;
      stop();
      if (progress === undefined) clear();
      else {
        show();
        keep();
      }
    },
  };
}
