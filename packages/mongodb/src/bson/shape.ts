import { isIntegerName } from '@datamigrato/core';

/**
 * A sequence of field names as documents have shown it, one step a name.
 *
 * Documents of one collection repeat a few sequences of names. Following the steps that earlier documents took turns reading a name into comparing a few bytes, gives one string object per name,
 * and says for nothing that the names so far are distinct.
 */
export interface Shape {
  /** The last name of the sequence; empty for the start of a document. */
  readonly name: string;
  /** The name's bytes, without the terminating zero. */
  readonly bytes: Uint8Array;
  /** Whether a plain object keeps the sequence in order and needs no care on assignment. */
  readonly plain: boolean;
  /** The step that the last document took from here. */
  next: Shape | undefined;
  /** All steps that documents took from here. */
  steps: Map<string, Shape> | undefined;
  /** The start of the documents that stand at this place. */
  inner: Shape | undefined;
}

/** Most steps that are remembered; past them the memory starts afresh, so that names which are data cannot fill it. */
const stepLimit = 4096;

/** The shapes of one entity's documents. */
export class ShapeMemory {
  #root = start();
  #steps = 0;

  /** Where a new top-level document starts. */
  root(): Shape {
    if (this.#steps >= stepLimit) {
      this.#root = start();
      this.#steps = 0;
    }
    return this.#root;
  }

  /** The start of documents that stand at a place. */
  inner(shape: Shape | undefined): Shape | undefined {
    if (shape === undefined) return undefined;
    if (shape.inner === undefined) {
      if (this.#steps >= stepLimit) return undefined;
      this.#steps += 1;
      shape.inner = start();
    }
    return shape.inner;
  }

  /** The step from a shape by a name, or undefined where it was never taken. */
  known(shape: Shape, name: string): Shape | undefined {
    const step = shape.steps?.get(name);
    if (step !== undefined) shape.next = step;
    return step;
  }

  /** Remembers a step whose name differs from all earlier ones of the sequence; undefined where the memory is full. */
  remember(shape: Shape, name: string, bytes: Uint8Array): Shape | undefined {
    if (this.#steps >= stepLimit) return undefined;
    this.#steps += 1;
    const step: Shape = {
      name,
      bytes: bytes.slice(),
      plain: shape.plain && !needsCare(name),
      next: undefined,
      steps: undefined,
      inner: undefined,
    };
    shape.steps ??= new Map();
    shape.steps.set(name, step);
    shape.next = step;
    return step;
  }
}

/** Whether assigning a field of this name to a plain object would lose it or its place. */
function needsCare(name: string): boolean {
  return name === '__proto__' || isIntegerName(name);
}

function start(): Shape {
  return { name: '', bytes: new Uint8Array(0), plain: true, next: undefined, steps: undefined, inner: undefined };
}
