/**
 * The development mode: requests that a handler makes outside any verb or edge, seen on Node's own diagnostics channels.
 * Only requests over HTTP are seen; what goes over a socket of its own (a SQL driver) is not.
 */

import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe } from "node:diagnostics_channel";
import { printable } from "../core/key.ts";
import type { Store, TransactRequest } from "../store.ts";
import { current } from "./current.ts";
import { runningVerb, verbsAreAskedFor } from "./in-verb.ts";

/** Set while a request is one of an edge, or the store's own. */
const sheltered: AsyncLocalStorage<boolean> = new AsyncLocalStorage();
let watching = false;

/** Runs what an edge sends. */
export function guarded<T>(fn: () => T): T {
  return watching ? sheltered.run(true, fn) : fn();
}

/** The same store, whose own requests are no effects of the handler's; what a transaction's body does is. */
export function sheltering<Tx>(store: Store<Tx>): Store<Tx> {
  return new Proxy(store, {
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver);
      if (typeof value !== "function") return value;
      if (name === "transact")
        return (request: TransactRequest<unknown>, body: (tx: Tx) => Promise<unknown>) =>
          guarded(() => value.call(target, request, (tx: Tx) => sheltered.run(false, () => body(tx))));
      return (...args: readonly unknown[]) => guarded(() => value.apply(target, args));
    },
  });
}

/** Methods that change nothing. */
export const READING: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);
/** Of AWS's operations that all go by POST. */
const READING_OPERATION =
  /^(Get|List|Describe|Query|Scan|Search|Batch(Get|Describe)|Receive|Lookup|Select|Test|Validate|Estimate|Head|TransactGet|Poll|AssumeRole|Decrypt)/;
const MAX_TEXT = 200;

interface HttpStart {
  readonly request: {
    readonly method: string;
    readonly protocol: string;
    readonly host: string;
    readonly path: string;
    getHeader(name: string): unknown;
  };
}
interface UndiciCreate {
  readonly request: {
    readonly origin: string | URL;
    readonly method: string;
    readonly path: string;
  };
}

/** Once per process: the channels are the process's own. Each request is told to the `once` whose message it is made for. */
export function watchRequests(): void {
  verbsAreAskedFor();
  if (watching) return;
  watching = true;
  subscribe("http.client.request.start", (message) => {
    const { request } = message as HttpStart;
    const target = request.getHeader("x-amz-target");
    report(
      request.method,
      `${request.protocol}//${String(request.getHeader("host") ?? request.host)}${request.path}`,
      typeof target === "string" ? target.split(".").at(-1) : undefined,
    );
  });
  subscribe("undici:request:create", (message) => {
    const { method, origin, path } = (message as UndiciCreate).request;
    report(method, `${typeof origin === "string" ? origin : origin.origin}${path}`, undefined);
  });
}

function report(method: string, url: string, operation: string | undefined): void {
  if (sheltered.getStore() === true) return;
  const here = current();
  if (!here?.attempt.session.settings.development || runningVerb(here.attempt)) return;
  const what = operation ?? method;
  if (READING.has(method) || READING_OPERATION.test(what)) return;
  // Never a query, which may hold a secret.
  const [place] = url.split("?") as [string];
  const { session } = here.attempt;
  session.settings.emit({
    kind: "unguarded-effect",
    scope: session.scope.text,
    key: here.context.key,
    messageId: here.context.delivery.messageId,
    correlationId: here.context.correlationId,
    effect: printable(`${what} ${place}`, MAX_TEXT),
  });
}
