/**
 * Logs of a Lambda function as an export to S3 has them, in number: seeded, so that runs compare. One folder a log stream;
 * of each invocation START, the logged SQS event, a few lines of the application, END and REPORT.
 */

import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";

export interface Written {
  readonly bytes: number;
  readonly lines: number;
  readonly invocations: number;
  readonly deliveries: number;
  /** Business keys. */
  readonly keys: number;
  /** Deliveries that ran although their key had been completed, or was running. */
  readonly repeatedRuns: number;
}

const FROM_MS = Date.UTC(2026, 0, 5, 6);
const VISIBILITY_MS = 30_000;
const ENVIRONMENTS = 60;
/** Of one environment: then another takes its place. */
const LIFE = 1_500;
const QUEUE = "arn:aws:sqs:eu-west-1:123456789012:orders";
const HEX = "0123456789abcdef";

interface Message {
  readonly id: string;
  readonly order: number;
  readonly sentMs: number;
  readonly firstMs: number;
  readonly count: number;
  /** Whether an earlier run for its order is running, or has succeeded. */
  readonly done: boolean;
}

interface Environment {
  readonly file: File;
  atMs: number;
  left: number;
}

interface Due {
  readonly atMs: number;
  readonly message: Message;
}

export function writeLogs(folder: string, bytes: number, seed = 1): Written {
  const log = new Log(folder, seed);
  while (log.bytes < bytes) log.invocation();
  return log.close();
}

class Log {
  readonly #folder: string;
  readonly #random: () => number;
  readonly #environments: Environment[];
  /** By when they come again. */
  readonly #due: Due[] = [];
  bytes = 0;
  #lines = 0;
  #invocations = 0;
  #deliveries = 0;
  #orders = 0;
  #repeatedRuns = 0;

  constructor(folder: string, seed: number) {
    this.#folder = folder;
    this.#random = seeded(seed);
    this.#environments = Array.from({ length: ENVIRONMENTS }, (_, at) =>
      this.#environment(FROM_MS + at * 37),
    );
  }

  /** The next one in time. */
  invocation(): void {
    const random = this.#random;
    let at = 0;
    for (let other = 1; other < ENVIRONMENTS; other += 1)
      if ((this.#environments[other]?.atMs ?? 0) < (this.#environments[at]?.atMs ?? 0)) at = other;
    const environment = this.#environments[at] as Environment;
    const startMs = environment.atMs;
    const messages = this.#messages(startMs);
    const chance = random();
    // One in a hundred takes longer than the visibility timeout.
    const slow = chance < 0.01;
    const failed = !slow && chance < 0.03;
    const ms = slow ? VISIBILITY_MS + Math.floor(random() * 20_000) : 20 + Math.floor(random() * 480);
    for (const message of messages) {
      if (message.done) this.#repeatedRuns += 1;
      const done = message.done || !failed;
      // It comes again: while it is still running, or after it has failed.
      if (slow || failed)
        this.#again(startMs + VISIBILITY_MS, { ...message, count: message.count + 1, done });
      else if (random() < 0.002) this.#resent(message, startMs + ms + Math.floor(random() * 60_000));
    }
    this.#write(environment.file, startMs, ms, messages, failed);
    environment.atMs = startMs + ms + 5 + Math.floor(random() * 200);
    environment.left -= 1;
    if (environment.left === 0) {
      environment.file.close();
      this.#environments[at] = this.#environment(environment.atMs + 1_000);
    }
  }

  close(): Written {
    for (const { file } of this.#environments) file.close();
    return {
      bytes: this.bytes,
      lines: this.#lines,
      invocations: this.#invocations,
      deliveries: this.#deliveries,
      keys: this.#orders,
      repeatedRuns: this.#repeatedRuns,
    };
  }

  #messages(nowMs: number): readonly Message[] {
    const messages: Message[] = [];
    const size = 1 + Math.floor(this.#random() * 3);
    // The first of the few that are due, in the order in which they fell due.
    while (messages.length < size && (this.#due[0]?.atMs ?? Number.POSITIVE_INFINITY) <= nowMs)
      messages.push((this.#due.shift() as Due).message);
    while (messages.length < size) {
      this.#orders += 1;
      const sentMs = nowMs - 40 - Math.floor(this.#random() * 60);
      messages.push({
        id: this.#uuid(),
        order: this.#orders,
        sentMs,
        firstMs: nowMs - 12,
        count: 1,
        done: false,
      });
    }
    return messages;
  }

  #resent({ order }: Message, atMs: number): void {
    this.#again(atMs, { id: this.#uuid(), order, sentMs: atMs - 50, firstMs: atMs, count: 1, done: true });
  }

  #again(atMs: number, message: Message): void {
    this.#due.push({ atMs, message });
    this.#due.sort((left, right) => left.atMs - right.atMs);
  }

  #write(file: File, startMs: number, ms: number, messages: readonly Message[], failed: boolean): void {
    const id = this.#uuid();
    const [start, end] = [iso(startMs), iso(startMs + ms)];
    const level = (at: number, text: string, extra: string): string =>
      `${iso(startMs + at)} {"level":"INFO","message":"${text}","timestamp":"${iso(startMs + at)}","service":"orders","cold_start":false,"function_arn":"arn:aws:lambda:eu-west-1:123456789012:function:orders","function_memory_size":"512","function_name":"orders","function_request_id":"${id}","sampling_rate":0,"xray_trace_id":"1-65a7c0de-${id.slice(24)}"${extra}}\n`;
    let text = `${start} START RequestId: ${id} Version: 42\n`;
    text += level(1, "Lambda invocation event", `,"event":{"Records":[${messages.map(record).join(",")}]}`);
    let lines = 4;
    for (const [at, { order }] of messages.entries()) {
      const when = iso(startMs + 2 + at);
      text += `${when} ${when}\t${id}\tINFO\tvalidated order ${order} against catalogue ${order % 41}, ${order % 17} rules\n`;
      text += level(2 + at, "charged", `,"step":"charge","amount":${order % 9_000},"currency":"EUR"`);
      text += `${when} ${when}\t${id}\tINFO\treserved stock for order ${order} in warehouse ${order % 7}\n`;
      lines += 3;
    }
    if (failed) {
      text += `${end} ${end}\t${id}\tERROR\tInvoke Error \t{"errorType":"TimeoutError","errorMessage":"payments did not answer","stack":["TimeoutError: payments did not answer","    at charge (file:///var/task/charge.mjs:41:11)"]}\n`;
      lines += 1;
    }
    const billed = `Duration: ${ms}.00 ms\tBilled Duration: ${ms} ms\tMemory Size: 512 MB\tMax Memory Used: 148 MB\t`;
    text += `${end} END RequestId: ${id}\n`;
    text += `${end} REPORT RequestId: ${id}\t${billed}${failed ? "Status: error\tError Type: TimeoutError\t" : ""}\n`;
    file.add(text);
    this.bytes += text.length;
    this.#lines += lines;
    this.#invocations += 1;
    this.#deliveries += messages.length;
  }

  #environment(atMs: number): Environment {
    const name = `2026-01-05-[42]${this.#uuid().replaceAll("-", "")}`;
    return { file: new File(join(this.#folder, name)), atMs, left: LIFE };
  }

  #uuid(): string {
    let text = "";
    for (let part = 0; part < 4; part += 1) {
      let bits = Math.floor(this.#random() * 4_294_967_296);
      for (let digit = 0; digit < 8; digit += 1) {
        text += HEX[bits & 15];
        bits >>>= 4;
      }
    }
    return `${text.slice(0, 8)}-${text.slice(8, 12)}-4${text.slice(13, 16)}-a${text.slice(17, 20)}-${text.slice(20)}`;
  }
}

function record({ id, order, sentMs, firstMs, count }: Message): string {
  return `{"messageId":"${id}","receiptHandle":"AQEB${id}${id}${id}==","body":"{\\"orderId\\":${order},\\"customer\\":\\"c-${order % 5_003}\\",\\"items\\":[{\\"sku\\":\\"A-${order % 701}\\",\\"quantity\\":${(order % 4) + 1}}],\\"currency\\":\\"EUR\\"}","attributes":{"ApproximateReceiveCount":"${count}","SentTimestamp":"${sentMs}","SenderId":"AROAEXAMPLE:producer","ApproximateFirstReceiveTimestamp":"${firstMs}"},"messageAttributes":{},"md5OfBody":"${id.replaceAll("-", "")}","eventSource":"aws:sqs","eventSourceARN":"${QUEUE}","awsRegion":"eu-west-1"}`;
}

/** One stream's, written in large pieces. */
class File {
  readonly #fd: number;
  #held = "";

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#fd = openSync(join(folder, "000000"), "w");
  }

  add(text: string): void {
    this.#held += text;
    if (this.#held.length > 1 << 18) this.#flush();
  }

  close(): void {
    this.#flush();
    closeSync(this.#fd);
  }

  #flush(): void {
    if (this.#held !== "") writeSync(this.#fd, this.#held);
    this.#held = "";
  }
}

/** The last second's digits, again and again: `toISOString` is slow. */
let lastMinute = -1;
let minuteText = "";
function iso(ms: number): string {
  const minute = Math.floor(ms / 60_000);
  if (minute !== lastMinute) {
    lastMinute = minute;
    minuteText = new Date(minute * 60_000).toISOString().slice(0, 17);
  }
  const rest = ms - minute * 60_000;
  return `${minuteText}${String(Math.floor(rest / 1_000)).padStart(2, "0")}.${String(rest % 1_000).padStart(3, "0")}Z`;
}

/** Mulberry32. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = Math.trunc(state + 0x6d2b79f5);
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
