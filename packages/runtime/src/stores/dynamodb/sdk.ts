/** The transport through the AWS SDK, version 3: the user's client, or one of our own. */

import { OnceError, typeOf } from "../../errors.ts";
import { markOwn } from "../../own-calls.ts";
import type { Clock } from "../../ports.ts";
import type { DateObserver, DynamoOutput, DynamoTransport } from "./transport.ts";

/**
 * A `DynamoDBClient`, a `DynamoDB` or a `DynamoDBDocumentClient`, typed by the part that is used: no type of ours
 * imports a package that may not be installed.
 */
export interface DynamoClientLike {
  // A method, so that the SDK's overloaded `send` fits.
  send(command: never, options?: never): Promise<unknown>;
}

type Next = (args: unknown) => Promise<{ readonly response?: unknown }>;
type Middleware = (next: Next) => Next;
interface MiddlewareStack {
  add(middleware: Middleware, options: { readonly step: string; readonly name: string }): void;
  clone(): MiddlewareStack;
}
interface Command {
  readonly middlewareStack?: MiddlewareStack;
}
interface SendOptions {
  readonly abortSignal: AbortSignal | undefined;
}
interface Client extends DynamoClientLike {
  readonly config?: { readonly region?: unknown };
  readonly middlewareStack?: MiddlewareStack;
  destroy?(): void;
}
type Sdk = Readonly<Record<string, new (input: object) => Command>>;

const SDK = "@aws-sdk/client-dynamodb";
const OBSERVER = "effectivelyOnceDate";

export async function sdkTransport(
  given: unknown,
  clock: Clock,
  observe: DateObserver,
): Promise<DynamoTransport> {
  const made: unknown = typeof given === "function" ? await given() : given;
  if (given !== undefined && !isClient(made))
    throw new OnceError(
      "client-missing",
      `dynamodbStore: the \`client\` function must give a client of ${SDK}, got ${typeOf(made)}. Return the client that it makes.`,
    );
  return isClient(made) ? await transportOf(made, clock, observe) : await ownTransport(clock, observe);
}

async function transportOf(client: Client, clock: Clock, observe: DateObserver): Promise<DynamoTransport> {
  const middleware = watching(clock, observe);
  const target = await targetOf(client);
  if (hasMethods(client)) return { send: throughMethods(client, middleware), target, close: () => {} };
  return { send: throughCommands(await loadSdk(), client, middleware), target, close: () => {} };
}

/**
 * Short, because a store that does not answer must be asked again before the function's deadline. Without
 * `throwOnRequestTimeout` the SDK's handler only warns when `requestTimeout` is over, and goes on waiting.
 */
const OWN_CLIENT = {
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
};

async function ownTransport(clock: Clock, observe: DateObserver): Promise<DynamoTransport> {
  const sdk = await loadSdk();
  const { DynamoDBClient } = sdk;
  if (!DynamoDBClient) throw tooOld("DynamoDBClient");
  const client = new DynamoDBClient(OWN_CLIENT) as unknown as Client;
  const send = throughCommands(sdk, client, watching(clock, observe));
  return { send, target: await targetOf(client), close: () => client.destroy?.() };
}

function throughCommands(sdk: Sdk, client: Client, middleware: Middleware): DynamoTransport["send"] {
  return async (operation, input, signal) => {
    const Command = sdk[`${operation}Command`];
    if (!Command) throw tooOld(`${operation}Command`);
    const command = new Command(markOwn(input));
    // On the command, not on the client: the user's own requests do not pass it.
    command.middlewareStack?.add(middleware, { step: "deserialize", name: OBSERVER });
    const options: SendOptions = { abortSignal: signal };
    return (await client.send(command as never, options as never)) as DynamoOutput;
  };
}

export function isClient(value: unknown): value is Client {
  return typeof value === "object" && value !== null && "send" in value && typeof value.send === "function";
}

type Methods = Readonly<Record<string, (input: object, options: SendOptions) => Promise<DynamoOutput>>> &
  Client;

/**
 * `DynamoDB` has a method per operation, so nothing need be imported: a bundle that holds the SDK has no package of
 * that name to load. (`DynamoDBDocument` has other methods, which take plain values; it goes by commands.)
 */
function hasMethods(client: Client): client is Methods {
  return "transactWriteItems" in client && "batchGetItem" in client && "batchExecuteStatement" in client;
}

function throughMethods(client: Methods, middleware: Middleware): DynamoTransport["send"] {
  const stack = client.middlewareStack?.clone();
  stack?.add(middleware, { step: "deserialize", name: OBSERVER });
  const view: Methods = stack ? Object.create(client, { middlewareStack: { value: stack } }) : client;
  return (operation, input, signal) => {
    const method = view[`${operation.charAt(0).toLowerCase()}${operation.slice(1)}`];
    if (!method) throw tooOld(operation);
    return method.call(view, markOwn(input), { abortSignal: signal });
  };
}

/** Sees each try of a request by itself, the SDK's own retries too. */
function watching(clock: Clock, observe: DateObserver): Middleware {
  return (next) => async (args) => {
    const sentAtMs = clock.wallMs();
    const note = (response: unknown) => {
      const dateMs = Date.parse(dateOf(response) ?? "");
      if (!Number.isNaN(dateMs)) observe(dateMs, sentAtMs, clock.wallMs());
    };
    try {
      const result = await next(args);
      note(result.response);
      return result;
    } catch (error) {
      note(error instanceof Error && "$response" in error ? error.$response : undefined);
      throw error;
    }
  };
}

function dateOf(response: unknown): string | undefined {
  if (typeof response !== "object" || response === null || !("headers" in response)) return undefined;
  const headers = response.headers as Readonly<Record<string, string>> | undefined;
  return headers?.["date"] ?? headers?.["Date"];
}

async function loadSdk(): Promise<Sdk> {
  try {
    return (await import(SDK)) as Sdk;
  } catch (cause) {
    throw new OnceError(
      "client-missing",
      `dynamodbStore needs ${SDK}, which cannot be loaded. Install it beside @effectively-once/runtime; ` +
        "in a bundle that holds the SDK, give `client: new DynamoDB({})`, whose methods are used instead.",
      { cause },
    );
  }
}

function tooOld(name: string): OnceError {
  return new OnceError("client-missing", `${SDK} has no ${name}. Update it to a current version 3.`);
}

/** The region, best-effort: the SDK gives it as a function that may ask files and the environment. */
async function targetOf(client: Client): Promise<string> {
  try {
    const region = client.config?.region;
    const name: unknown = typeof region === "function" ? await region() : region;
    return typeof name === "string" ? name : "the client's region";
  } catch {
    return "the client's region";
  }
}
