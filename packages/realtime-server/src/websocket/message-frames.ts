/** Puts the frames of a websocket together to messages: a number says how many frames the next message has. */
export class MessageFrames {
  #missing = 0;
  #parts: string[] = [];
  #length = 0;

  /** The message that a frame completes; `undefined` where more is to come or the frame is a sign of life. */
  take(frame: string): string | undefined {
    if (this.#missing === 0) {
      if (frame.length > 6 || !/^\d+$/.test(frame)) return frame;
      this.#missing = Number(frame);
      return undefined;
    }
    this.#parts.push(frame);
    this.#length += frame.length;
    this.#missing -= 1;
    if (this.#missing > 0) return undefined;
    const message = this.#parts.join('');
    this.#parts = [];
    this.#length = 0;
    return message;
  }

  /** UTF-16 units of the message that is coming in. */
  get pendingLength(): number {
    return this.#length;
  }
}
