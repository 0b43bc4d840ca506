/**
 * JSON documents, taken apart while they are read: `aws logs filter-log-events`, the documents of subscription filters
 * (which Firehose writes one after the other without anything between), results of Logs Insights. Pretty-printed or on one
 * line, larger than memory.
 */

import { isUtf8 } from "node:buffer";
import type { ReadCounts } from "../model.ts";
import { MAX_LINE_BYTES } from "./lines.ts";

/** What a document says of all that is in its list. */
export interface Heading {
  readonly logGroup?: string;
  readonly logStream?: string;
}

export interface Elements {
  readonly heading: Heading;
  /** JSON values, and lines of text that stand between documents. */
  readonly texts: readonly string[];
}

/** Lists of log events, one of which a document has at most. */
const LISTS: ReadonlySet<string> = new Set(["events", "logEvents", "results"]);
const LIST_MEMBER = /"(?:events|logEvents|results|searchedLogStreams)"\s*:\s*\[/;
const PRETTY = /^\s*(?:\{\s*[\r\n]|\[\s*[[{\]])/;
const [TAB, NEWLINE, RETURN, SPACE] = [9, 10, 13, 32];
const [QUOTE, COMMA, COLON, BACKSLASH] = [34, 44, 58, 92];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [91, 93, 123, 125];

/** Whether a source that begins so is to be taken apart here. What is no document is given line by line all the same. */
export function beginsDocument(head: string): boolean {
  const text = head.replace(/^\uFEFF/, "");
  return PRETTY.test(text) || (/^\s*\{/.test(text) && LIST_MEMBER.test(text));
}

export class DocumentSplitter {
  readonly #counts: ReadCounts;
  readonly #maxBytes: number;
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** In a line between documents. */
  #inText = false;
  /** Whether the document is a list itself; otherwise it is an object. */
  #topIsList = false;
  /** The depth of the values that are given one by one: 1 in a list, 2 in a list of an object; 0: the document as a whole. */
  #level = 0;
  #key = "";
  #beforeColon = true;
  #heading: { logGroup?: string; logStream?: string } = {};
  #elements: Elements[] = [];
  #texts: string[] = [];
  /** What is being captured: from here on in this chunk, and parts of earlier chunks. */
  #from = -1;
  #stringFrom = -1;
  #parts: Buffer[] = [];
  #partBytes = 0;
  #stringParts: Buffer[] = [];

  constructor(counts: ReadCounts, maxBytes: number = MAX_LINE_BYTES) {
    this.#counts = counts;
    this.#maxBytes = maxBytes;
  }

  push(chunk: Buffer): readonly Elements[] {
    let at = 0;
    if (this.#depth === 0 && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf) at = 3;
    for (; at < chunk.length; at += 1) {
      const byte = chunk[at] as number;
      if (this.#inText) {
        if (byte === NEWLINE) this.#endText(chunk, at);
      } else if (this.#inString) at = this.#string(chunk, at);
      else this.#outside(chunk, at, byte);
    }
    this.#carry(chunk);
    return this.#flush();
  }

  end(): readonly Elements[] {
    if (this.#inText) this.#endText(Buffer.alloc(0), 0);
    else if (this.#depth > 0 || this.#inString) this.#cut();
    return this.#flush();
  }

  #flush(): readonly Elements[] {
    this.#part();
    const elements = this.#elements;
    this.#elements = [];
    return elements;
  }

  /** Ends a batch: what comes has another heading. */
  #part(): void {
    if (this.#texts.length > 0) this.#elements.push({ heading: { ...this.#heading }, texts: this.#texts });
    this.#texts = [];
  }

  /** To the quote that ends it: one that an odd number of backslashes stands before is a part of it. */
  #string(chunk: Buffer, from: number): number {
    const start = this.#escaped ? from + 1 : from;
    this.#escaped = false;
    for (let at = start; ;) {
      const quote = chunk.indexOf(QUOTE, at);
      const end = quote < 0 ? chunk.length : quote;
      let backslashes = 0;
      while (end - backslashes > start && chunk[end - backslashes - 1] === BACKSLASH) backslashes += 1;
      const escaped = backslashes % 2 === 1;
      if (quote < 0) {
        this.#escaped = escaped;
        return end;
      }
      if (escaped) {
        at = quote + 1;
        continue;
      }
      this.#inString = false;
      if (this.#depth === 1 && !this.#topIsList) this.#member(chunk, quote);
      else if (this.#from >= 0 && this.#depth === this.#level) this.#value(chunk, quote + 1);
      return quote;
    }
  }

  #outside(chunk: Buffer, at: number, byte: number): void {
    switch (byte) {
      case SPACE:
      case TAB:
      case NEWLINE:
      case RETURN:
      case COMMA:
        if (byte === COMMA) this.#beforeColon = true;
        // A number or a word of a list ends here.
        if (this.#from >= 0 && this.#level > 0 && this.#depth === this.#level) this.#value(chunk, at);
        return;
      case COLON:
        this.#beforeColon = false;
        return;
      case QUOTE:
        if (this.#depth === 0) this.#beginText(at);
        else {
          if (this.#depth === 1 && !this.#topIsList) this.#stringFrom = at;
          this.#begin(at);
          this.#inString = true;
        }
        return;
      case OPEN_OBJECT:
      case OPEN_LIST:
        // `[INFO] …`
        if (this.#depth === 0 && byte === OPEN_LIST && isCapital(chunk[at + 1])) this.#beginText(at);
        else this.#open(at, byte);
        return;
      case CLOSE_OBJECT:
      case CLOSE_LIST:
        this.#shut(chunk, at);
        return;
      default:
        if (this.#depth === 0) this.#beginText(at);
        else this.#begin(at);
    }
  }

  #open(at: number, byte: number): void {
    if (this.#depth === 0) {
      this.#topIsList = byte === OPEN_LIST;
      this.#level = this.#topIsList ? 1 : 0;
      this.#part();
      this.#heading = {};
      this.#beforeColon = true;
      if (!this.#topIsList) this.#capture(at);
    } else if (this.#depth === 1 && !this.#topIsList && byte === OPEN_LIST && LISTS.has(this.#key)) {
      this.#drop();
      this.#level = 2;
    } else this.#begin(at);
    this.#depth += 1;
  }

  #shut(chunk: Buffer, at: number): void {
    if (this.#depth === 0) {
      this.#beginText(at);
      return;
    }
    if (this.#from >= 0 && this.#level > 0 && this.#depth === this.#level) this.#value(chunk, at);
    this.#depth -= 1;
    if (this.#depth === this.#level && this.#from >= 0) this.#value(chunk, at + 1);
    else if (this.#level === 2 && this.#depth === 1) this.#level = -1;
    if (this.#depth === 0) this.#drop();
  }

  /** A value of the list begins. */
  #begin(at: number): void {
    if (this.#from < 0 && this.#level > 0 && this.#depth === this.#level) this.#capture(at);
  }

  #capture(at: number): void {
    this.#from = at;
  }

  #drop(): void {
    this.#from = -1;
    this.#parts = [];
    this.#partBytes = 0;
  }

  #value(chunk: Buffer, to: number): void {
    const last = chunk.subarray(Math.max(0, this.#from), to);
    const bytes = this.#parts.length === 0 ? last : Buffer.concat([...this.#parts, last]);
    this.#drop();
    this.#give(bytes);
  }

  #give(bytes: Buffer): void {
    this.#counts.lines += 1;
    if (isUtf8(bytes)) this.#texts.push(bytes.toString("utf8"));
    else this.#counts.unreadable += 1;
  }

  /** A string of the document's own: a name, or a value such as the log group. */
  #member(chunk: Buffer, at: number): void {
    const last = chunk.subarray(Math.max(0, this.#stringFrom), at);
    const text = Buffer.concat([...this.#stringParts, last])
      .toString("utf8")
      .slice(1);
    this.#stringFrom = -1;
    this.#stringParts = [];
    if (this.#beforeColon) this.#key = text;
    else if (this.#key === "logGroup" || this.#key === "logStream") this.#heading[this.#key] = text;
  }

  #beginText(at: number): void {
    this.#inText = true;
    this.#capture(at);
  }

  #endText(chunk: Buffer, at: number): void {
    this.#inText = false;
    const last = chunk.subarray(Math.max(0, this.#from), at);
    const bytes = Buffer.concat([...this.#parts, last]);
    this.#drop();
    this.#part();
    this.#heading = {};
    this.#give(bytes.at(-1) === RETURN ? bytes.subarray(0, -1) : bytes);
  }

  /** Keeps what goes on in the next chunk; `chunk` may be used for others. */
  #carry(chunk: Buffer): void {
    if (this.#stringFrom >= 0) {
      this.#stringParts.push(Buffer.from(chunk.subarray(this.#stringFrom)));
      this.#stringFrom = 0;
    }
    if (this.#from < 0) return;
    const part = chunk.subarray(this.#from);
    this.#from = 0;
    this.#partBytes += part.length;
    if (this.#partBytes > this.#maxBytes) this.#cut();
    else this.#parts.push(Buffer.from(part));
  }

  /** Cut off, or too long, as anything is after a quote that is missing: goes on with the next line. */
  #cut(): void {
    this.#counts.lines += 1;
    this.#counts.unreadable += 1;
    this.#drop();
    this.#stringFrom = -1;
    this.#stringParts = [];
    this.#depth = 0;
    this.#level = 0;
    this.#inString = false;
    this.#escaped = false;
  }
}

function isCapital(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 65 && byte <= 90;
}
