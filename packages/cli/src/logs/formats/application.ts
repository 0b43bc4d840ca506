/** Lines that a handler has written: events that it has logged, keys that were asked for, partial responses, this project's own. */

import type { Expressions, Found } from "../keys/expressions.ts";
import type { ReadCounts } from "../model.ts";
import { eventWithin, type Message, messagesIn } from "./events.ts";
import { instantOf } from "./instant.ts";
import type { Said } from "./line.ts";
import { own } from "./own.ts";
import { platformEvent } from "./platform.ts";
import { correlatedIn, devLine, toldIn, toldInText } from "./told.ts";

type Shape = Readonly<Record<string, unknown>>;

/** What an application's line has come to. */
export interface Application {
  readonly said: readonly Said[];
  /** Of which request it is, where it says so. */
  readonly requestId: string | undefined;
  /** Its own instant, where it has one. */
  readonly atMs: number | undefined;
  /** The keys of these may stand in other lines of the same request, and are no other deliveries. */
  readonly mentions: boolean;
}

const REQUEST_IDS = [
  "requestId",
  "function_request_id",
  "awsRequestId",
  "aws_request_id",
  "AWSRequestId",
  "lambdaRequestId",
  "request_id",
];
const TIMES = ["timestamp", "time", "@timestamp", "ts", "at", "date"];
const EMPTY: Found = {};

export class ApplicationReader {
  readonly #expressions: Expressions;
  readonly #counts: ReadCounts;

  constructor(expressions: Expressions, counts: ReadCounts) {
    this.#expressions = expressions;
    this.#counts = counts;
  }

  /** @param text the line as it stands, for patterns */
  json(value: unknown, text: string): Application {
    const shape = isShape(value) ? value : {};
    const platform = platformEvent(shape) ?? devLine(shape);
    if (platform) return { said: platform, requestId: undefined, atMs: undefined, mentions: false };
    const asked = this.#askedOf(text);
    const requestId = asked.requestId ?? requestIdOf(shape);
    const atMs = instantOf(asked.time) ?? timeOf(shape);
    const values = valuesWithin(value);
    for (const one of values) {
      const told = isShape(one) ? toldIn(one) : undefined;
      if (told) return { said: [told], requestId, atMs, mentions: false };
    }
    const { message } = shape;
    const shown = typeof message === "string" ? toldInText(message) : undefined;
    if (shown) return { said: [shown], requestId, atMs, mentions: false };
    return this.#of(values, asked, requestId, atMs);
  }

  /** A line of text, without instant, request id and level; there may be JSON in it. */
  text(text: string, line: string, requestId: string | undefined): Application {
    const told = toldInText(text);
    if (told) return { said: [told], requestId, atMs: undefined, mentions: false };
    const asked = this.#askedOf(line);
    const inner = jsonWithin(text);
    const values = inner === undefined ? [] : valuesWithin(inner);
    for (const one of values) {
      const said = isShape(one) ? toldIn(one) : undefined;
      if (said) return { said: [said], requestId, atMs: undefined, mentions: false };
    }
    return this.#of(values, asked, asked.requestId ?? requestId, instantOf(asked.time));
  }

  #askedOf(text: string): Found {
    return this.#expressions.patterns.length > 0 ? this.#expressions.inText(text) : EMPTY;
  }

  #of(
    values: readonly unknown[],
    asked: Found,
    requestId: string | undefined,
    atMs: number | undefined,
  ): Application {
    const { fields } = this.#expressions;
    const found = eventWithin(values);
    const whole = fields.size === 0 ? EMPTY : { ...this.#expressions.inValues(values), ...asked };
    const request = whole.requestId ?? requestId;
    const at = instantOf(whole.time) ?? atMs;
    if (found) {
      const several = found.messages.length > 1;
      const said = found.messages.flatMap((message) => this.#delivery(message, several ? EMPTY : whole));
      return { said, requestId: request, atMs: at, mentions: false };
    }
    const failures = values.flatMap(failuresIn);
    if (failures.length > 0) return { said: failures, requestId: request, atMs: at, mentions: false };
    const correlated = values.map((one) => (isShape(one) ? correlatedIn(one) : undefined)).find((key) => key);
    const key = whole.key ?? correlated;
    if (key === undefined && whole.messageId === undefined)
      return { said: [], requestId: request, atMs: at, mentions: false };
    const said: Said = {
      kind: "delivery",
      ...(key === undefined ? {} : { key: own(key) }),
      ...(whole.messageId === undefined ? {} : { messageId: own(whole.messageId) }),
    };
    return { said: [said], requestId: request, atMs: at, mentions: true };
  }

  /** What stands beside the event is of the message, when there is one message. */
  #delivery({ record, ...message }: Message, beside: Found): readonly Said[] {
    const { fields } = this.#expressions;
    const found = fields.size === 0 ? EMPTY : { ...beside, ...this.#expressions.inRecord(record) };
    const messageId = found.messageId ?? message.messageId;
    if (fields.has("key") && found.key === undefined) this.#counts.withoutKey += 1;
    if (messageId === undefined && found.key === undefined) return [];
    const { messageId: _theirs, ...rest } = message;
    return [
      {
        kind: "delivery",
        ...rest,
        ...(messageId === undefined ? {} : { messageId: own(messageId) }),
        ...(found.key === undefined ? {} : { key: own(found.key) }),
        ...(found.requestId === undefined ? {} : { requestId: found.requestId }),
      },
    ];
  }
}

/** A record, and what is in its message where that is JSON. */
function valuesWithin(value: unknown): readonly unknown[] {
  if (!isShape(value)) return [value];
  const values: unknown[] = [value];
  for (const name of ["message", "msg", "event"]) {
    const member = value[name];
    if (typeof member === "object" && member !== null) values.push(member);
    else if (typeof member === "string") {
      const inner = jsonWithin(member);
      if (inner !== undefined) values.push(inner);
    }
  }
  return values;
}

/** The JSON at the end of a text: what a handler has written after a word or two. */
function jsonWithin(text: string): unknown {
  for (
    let at = text.indexOf("{"), tries = 0;
    at >= 0 && tries < 3;
    at = text.indexOf("{", at + 1), tries += 1
  ) {
    try {
      return JSON.parse(at === 0 ? text : text.slice(at)) as unknown;
    } catch {
      // A brace of something else.
    }
  }
  return undefined;
}

function failuresIn(value: unknown): readonly Said[] {
  if (!isShape(value)) return [];
  const direct = value["batchItemFailures"];
  const list = Array.isArray(direct)
    ? direct
    : Object.values(value).flatMap((member) =>
        isShape(member) && Array.isArray(member["batchItemFailures"]) ? member["batchItemFailures"] : [],
      );
  return list.flatMap((failure: unknown): readonly Said[] => {
    const id = isShape(failure) ? failure["itemIdentifier"] : undefined;
    return typeof id === "string" && id !== "" ? [{ kind: "delivery-failed", messageId: id }] : [];
  });
}

function requestIdOf(value: Shape): string | undefined {
  for (const name of REQUEST_IDS) {
    const id = value[name];
    if (typeof id === "string" && id !== "") return id;
  }
  for (const name of ["context", "lambda_context", "lambdaContext", "lambda"]) {
    const within = value[name];
    if (!isShape(within)) continue;
    const id =
      within["awsRequestId"] ?? within["aws_request_id"] ?? within["requestId"] ?? within["request_id"];
    if (typeof id === "string" && id !== "") return id;
  }
  return undefined;
}

function timeOf(value: Shape): number | undefined {
  // An event's own time is when it was made.
  if (messagesIn(value)) return undefined;
  for (const name of TIMES) {
    const atMs = instantOf(value[name]);
    if (atMs !== undefined) return atMs;
  }
  return undefined;
}

function isShape(value: unknown): value is Shape {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
