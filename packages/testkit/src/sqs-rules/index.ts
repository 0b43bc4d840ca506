/** A proxy that adds to an SQS emulator what AWS does with receipt handles whose visibility timeout is over. */

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { internalError, send } from "./protocol.ts";
import { RulesProxy, type SqsCall } from "./proxy.ts";

export type { SqsCall } from "./proxy.ts";

export interface SqsRulesOptions {
  /** The emulator's endpoint, for example `http://127.0.0.1:4566`. Requests are not signed anew, so AWS itself refuses them. */
  readonly endpoint: string;
  /** @default 0, a free one */
  readonly port?: number;
  /** Called with every request, before it is answered. */
  readonly onCall?: (call: SqsCall) => void;
}

export interface SqsRules {
  /** The endpoint to give to clients instead of the emulator's. Queue URLs in answers point to it. */
  readonly url: string;
  /** How often each action was called. */
  calls(): Readonly<Record<string, number>>;
  /** How many visibility changes answered well and did nothing. */
  ignoredVisibility(): number;
  /** How many deletes of FIFO messages were refused. */
  refusedDeletes(): number;
  close(): Promise<void>;
}

/**
 * Starts the proxy on 127.0.0.1. Every client of the queue must go through it, also the one that changes its attributes,
 * or it does not know of their handles. The rules, as AWS was seen to have them:
 *
 * - `ChangeMessageVisibility` (and its batch) on an expired handle answers 200 and has no effect, so that a heartbeat
 *   that is late looks healthy (https://github.com/localstack/localstack/pull/9632, validated against AWS).
 * - `DeleteMessage` (and its batch) on a FIFO queue with an expired handle is refused
 *   (https://github.com/localstack/localstack/pull/12442, validated against AWS, and
 *   https://repost.aws/knowledge-center/sqs-receipt-handle-error).
 *
 * @example
 * const rules = await startSqsRules({ endpoint: `http://127.0.0.1:${emulator.port}` });
 * const sqs = new SQSClient({ endpoint: rules.url });
 * expect(rules.ignoredVisibility()).toBe(0);
 * await rules.close();
 */
export async function startSqsRules(options: SqsRulesOptions): Promise<SqsRules> {
  if (!URL.canParse(options.endpoint))
    throw new TypeError(`endpoint is the emulator's URL, got ${JSON.stringify(options.endpoint)}.`);
  const proxy = new RulesProxy(options.endpoint, options.onCall);
  const server = createServer((request, response) => {
    proxy
      .answer(request)
      .catch((error: unknown) => internalError(error))
      .then((given) => send(response, given))
      .catch(() => response.destroy());
  });
  await listen(server, options.port ?? 0);
  proxy.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: proxy.url,
    calls: () => Object.fromEntries(proxy.calls),
    ignoredVisibility: () => proxy.ignoredVisibility,
    refusedDeletes: () => proxy.refusedDeletes,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve());
  });
}
