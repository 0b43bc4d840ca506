/** The edge to AWS: one line that makes a client of the AWS SDK, version 3, say the same thing in every attempt. */

import type { Key } from "../../core/key.ts";
import { outgoing } from "../../correlation.ts";
import { current } from "../../engine/current.ts";
import { verbsAreAskedFor } from "../../engine/in-verb.ts";
import { OnceError, typeOf } from "../../errors.ts";
import { isOwn } from "../../own-calls.ts";
import { checkNames } from "../../options.ts";
import { type CallOptions, Outside, sendInside } from "../call.ts";
import { type Input, type Plan, planOf } from "./operations.ts";

/** A client of the AWS SDK for JavaScript, version 3, typed by the part that is used. */
export interface AwsClientLike {
  readonly middlewareStack: {
    // A method, so that the SDK's overloaded `add` fits.
    add(middleware: never, options: never): void;
  };
}

/** A call that is about to be sent; of a batch, one entry of it where a `key` is asked for. */
export interface ProtectedCall {
  /** For example `sqs.SendMessage`. */
  readonly operation: string;
  /** The queue's URL, the topic's or state machine's ARN, the table; empty where an operation has none. */
  readonly target: string;
  readonly input: Readonly<Record<string, unknown>>;
}

export interface ProtectOptions extends CallOptions<ProtectedCall> {
  /**
   * For a producer outside a handler: what its calls are about, so that a retry of the same is the same message. A text
   * stands for one piece of work, whose calls are counted; a function answers for each call, and for each entry of a batch.
   * Inside a handler the message's own key is used.
   *
   * @default outside a handler nothing is done, and that is said once
   */
  readonly key?: string | ((call: ProtectedCall) => Key);
  /**
   * A name for a call, in the place of its count: for calls that run beside each other, or that not every attempt makes.
   *
   * @default `undefined`: the calls of one operation to one target are counted
   */
  readonly name?: (call: ProtectedCall) => string | undefined;
  /**
   * What must be the same in every attempt; `false` compares nothing.
   *
   * @default the whole input
   */
  readonly fingerprint?: false | ((call: ProtectedCall) => unknown);
  /** Is told once that the client is used outside a handler. @default console.warn */
  readonly warn?: (error: OnceError) => void;
}

interface Arguments {
  readonly input: Input;
}
type Next = (args: Arguments) => Promise<{ readonly output: unknown; readonly response: unknown }>;
interface HandlerContext {
  readonly clientName?: string;
  readonly commandName?: string;
  readonly __smithy_context?: { readonly operationSchema?: unknown };
}

const OPTIONS = ["key", "name", "fingerprint", "warn"];

/**
 * Makes a client of the AWS SDK idempotent inside a handler: every operation that has an idempotency token, a
 * deduplication id or an execution name gets one that is the same in every attempt of the same message, and the correlation
 * id goes along. A token of your own is left alone. What the service forgets (SQS and SNS after five minutes, DynamoDB after
 * ten) a token cannot help; `docs/edges.md` lists the operations.
 *
 * Before such a call is sent, what it is is written into the message's record. A later attempt that calls with another input
 * is refused with `edge-changed`, and nothing is sent.
 *
 * @returns the same client
 *
 * @example
 * const queue = protect(new SQSClient({}));
 * const producer = protect(new SQSClient({}), { key: ({ input }) => JSON.parse(String(input["MessageBody"])).orderId });
 */
export function protect<Client extends AwsClientLike>(client: Client, options: ProtectOptions = {}): Client {
  checkNames("protect", options, OPTIONS);
  if (typeof client?.middlewareStack?.add !== "function")
    throw new OnceError(
      "invalid-option",
      `protect needs a client of the AWS SDK for JavaScript, version 3, got ${typeOf(client)}. For example protect(new SQSClient({})).`,
    );
  verbsAreAskedFor();
  const edge = new Edge(options);
  const middleware = (next: Next, context: HandlerContext) => (args: Arguments) =>
    edge.send(next, context, args);
  const add = client.middlewareStack.add.bind(client.middlewareStack) as (
    middleware: unknown,
    options: object,
  ) => void;
  // At the first step, once per call and before the SDK's retries: each try of one call has one token.
  add(middleware, { step: "initialize", name: "effectivelyOnce", override: true });
  return client;
}

class Edge {
  readonly #options: ProtectOptions;
  readonly #outside: Outside<ProtectedCall>;

  constructor(options: ProtectOptions) {
    this.#options = options;
    this.#outside = new Outside("protect", options);
  }

  async send(next: Next, context: HandlerContext, args: Arguments): ReturnType<Next> {
    if (isOwn(args.input)) return next(args);
    const operation = `${serviceOf(context.clientName)}.${(context.commandName ?? "").replace(/Command$/, "")}`;
    const plan = planOf(operation, args.input, context.__smithy_context?.operationSchema);
    if (!plan) return next(args);
    const here = current();
    const carry = (input: Input): Input =>
      (here && plan.correlated?.(input, outgoing(here.context.correlationId, here.carrier))) ?? input;
    if (plan.parts.length === 0) return next({ ...args, input: carry(args.input) });
    const { target, parts, same } = plan;
    const sendWith = (tokens: readonly string[]): ReturnType<Next> => {
      const input = carry(plan.with(tokens));
      return recovering(plan, input, () => next({ ...args, input }));
    };
    if (here) {
      const call: ProtectedCall = { operation, target, input: args.input };
      return sendInside(here.attempt, { operation, target, call, same }, this.#options, (begun) =>
        sendWith(parts.map(({ name }) => begun.key(name))),
      );
    }
    const calls = parts.map(({ input, name }) => ({ call: { operation, target, input }, name }));
    const tokens = this.#outside.keys(operation, target, calls);
    return tokens ? sendWith(tokens) : next(args);
  }
}

async function recovering(plan: Plan, input: Input, send: () => ReturnType<Next>): ReturnType<Next> {
  try {
    return await send();
  } catch (error) {
    const output = plan.recovered?.(error, input);
    if (!output) throw error;
    return { output, response: undefined };
  }
}

/** `SQSClient` and `SQS` are the same service. */
function serviceOf(clientName = ""): string {
  return clientName.replace(/Client$/, "").toLowerCase();
}
