/** The edge to AWS: one line that makes a client of the AWS SDK, version 3, say the same thing in every attempt. */

import { derivedKey, type Key } from "../../core/key.ts";
import { outgoing } from "../../correlation.ts";
import { type Current, current } from "../../engine/current.ts";
import { beginEdgeCall } from "../../engine/edge-calls.ts";
import { verbsAreAskedFor } from "../../engine/in-verb.ts";
import { guarded } from "../../engine/unguarded-effects.ts";
import { track } from "../../engine/verbs.ts";
import { OnceError, typeOf } from "../../errors.ts";
import { isOwn } from "../../own-calls.ts";
import { checkNames } from "../../options.ts";
import { Outside } from "../outside.ts";
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

export interface ProtectOptions {
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
  readonly #outside: Outside;

  constructor(options: ProtectOptions) {
    this.#options = options;
    this.#outside = new Outside("protect", options.warn);
  }

  async send(next: Next, context: HandlerContext, args: Arguments): ReturnType<Next> {
    if (isOwn(args.input)) return next(args);
    const operation = `${serviceOf(context.clientName)}.${(context.commandName ?? "").replace(/Command$/, "")}`;
    const plan = planOf(operation, args.input, context.__smithy_context?.operationSchema);
    if (!plan) return next(args);
    const here = current();
    if (here) return this.#inside(next, args, operation, plan, here);
    if (plan.parts.length === 0) return next(args);
    const { key } = this.#options;
    if (key === undefined) {
      this.#outside.say(operation);
      return next(args);
    }
    const input = plan.with(this.#producerTokens(operation, plan, key));
    return recovering(plan, input, () => next({ ...args, input }));
  }

  #inside(next: Next, args: Arguments, operation: string, plan: Plan, here: Current): ReturnType<Next> {
    const carry = (input: Input): Input =>
      plan.correlated?.(input, outgoing(here.context.correlationId, here.carrier)) ?? input;
    if (plan.parts.length === 0) return next({ ...args, input: carry(args.input) });
    const { name, fingerprint } = this.#options;
    const call: ProtectedCall = { operation, target: plan.target, input: args.input };
    return track(here.attempt, async () => {
      const begun = await beginEdgeCall(here.attempt, {
        operation,
        target: plan.target,
        input: fingerprint === undefined ? plan.same : fingerprint === false ? false : fingerprint(call),
        name: name?.(call),
      });
      const input = carry(plan.with(plan.parts.map((part) => begun.key(part.name))));
      try {
        return await recovering(plan, input, () => guarded(() => next({ ...args, input })));
      } catch (error) {
        begun.failed();
        throw error;
      }
    });
  }

  #producerTokens(operation: string, plan: Plan, key: NonNullable<ProtectOptions["key"]>): readonly string[] {
    const { target } = plan;
    const base = `${operation} ${target}`;
    if (typeof key === "function")
      return plan.parts.map(({ input }) =>
        derivedKey(this.#outside.id(operation, key({ operation, target, input })), 0, base),
      );
    const count = this.#outside.count(base);
    const id = this.#outside.id(operation, key);
    return plan.parts.map(({ name }) => derivedKey(id, 0, `${base} #${count}${name && `/${name}`}`));
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
