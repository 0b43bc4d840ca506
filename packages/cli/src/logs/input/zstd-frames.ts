/**
 * Where the frames of zstd end (https://www.rfc-editor.org/rfc/rfc8878#section-3.1), without unpacking them: Node's engine
 * stops after the first one, and does not say when one is cut off.
 */

/** A part of a frame, and whether the frame ends with it. */
export interface FramePart {
  readonly bytes: Buffer;
  readonly last: boolean;
}

const MAGIC = 0xfd2fb528;
/** 16 of them, for what others have put in: nothing to unpack. */
const SKIPPABLE = 0x184d2a50;
/** Of what a frame's header may hold, by the flags that say how long it is. */
const DICTIONARY_BYTES: readonly number[] = [0, 1, 2, 4];
const CONTENT_BYTES: readonly number[] = [0, 2, 4, 8];
const RUN_OF_ONE_BYTE = 1;

type Next = "magic" | "skippable" | "header" | "block" | "over";

export class ZstdFrames {
  #next: Next = "magic";
  /** Bytes of what is being looked at, until it is whole. */
  readonly #head: number[] = [];
  /** Bytes that need no look. */
  #pass = 0;
  #checksum = false;
  #damaged = false;

  /** Whether what has come ends with a frame. */
  get complete(): boolean {
    return this.#next === "magic" && this.#head.length === 0 && this.#pass === 0 && !this.#damaged;
  }

  /** Bytes behind a frame that begin none are left out. */
  *push(chunk: Buffer): Generator<FramePart> {
    let from = 0;
    for (let at = 0; at < chunk.length && !this.#damaged;) {
      if (this.#pass > 0) {
        const passed = Math.min(this.#pass, chunk.length - at);
        at += passed;
        this.#pass -= passed;
      } else {
        this.#head.push(chunk[at] as number);
        at += 1;
        this.#look();
      }
      if (this.#next !== "over" || this.#pass > 0) continue;
      this.#next = "magic";
      yield { bytes: chunk.subarray(from, at), last: true };
      from = at;
    }
    if (from < chunk.length) yield { bytes: chunk.subarray(from), last: false };
  }

  #look(): void {
    const head = this.#head;
    switch (this.#next) {
      case "magic":
      case "skippable": {
        if (head.length < 4) return;
        const word = little(head);
        if (this.#next === "skippable") this.#go("over", word);
        else if (word === MAGIC) this.#go("header", 0);
        else if ((word & 0xfffffff0) >>> 0 === SKIPPABLE) this.#go("skippable", 0);
        else this.#damaged = true;
        return;
      }
      case "header": {
        const [flags = 0] = head;
        const single = (flags >> 5) & 1;
        this.#checksum = ((flags >> 2) & 1) === 1;
        const content = flags >> 6 === 0 ? single : CONTENT_BYTES[flags >> 6];
        this.#go("block", 1 - single + (DICTIONARY_BYTES[flags & 3] ?? 0) + (content ?? 0));
        return;
      }
      case "block": {
        if (head.length < 3) return;
        const word = little(head);
        const size = ((word >> 1) & 3) === RUN_OF_ONE_BYTE ? 1 : word >>> 3;
        const last = (word & 1) === 1;
        this.#go(last ? "over" : "block", size + (last && this.#checksum ? 4 : 0));
        return;
      }
      case "over":
    }
  }

  #go(next: Next, pass: number): void {
    this.#next = next;
    this.#pass = pass;
    this.#head.length = 0;
  }
}

function little(bytes: readonly number[]): number {
  return bytes.reduce((sum, byte, at) => sum + byte * 2 ** (8 * at), 0);
}
