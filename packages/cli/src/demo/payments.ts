/** A payment service as real ones are: it charges at every call, but knows an `Idempotency-Key` again. */

import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { ToldDelivery } from "./told.ts";

export interface Payments {
  readonly url: string;
  /** One order id per charge made. */
  charges(side: string): readonly string[];
  verdicts(side: string): Readonly<Record<string, number>>;
  /** What a side's guard told of its deliveries. */
  told(side: string): readonly ToldDelivery[];
  /** From now on, and for this long, what the orders wait for is slow. */
  slowFor(ms: number): void;
  close(): Promise<void>;
}

export async function startPayments(): Promise<Payments> {
  const charges = new Map<string, string[]>();
  const verdicts = new Map<string, Record<string, number>>();
  const told = new Map<string, ToldDelivery[]>();
  const keys = new Set<string>();
  let slowUntilMs = 0;
  const server: Server = createServer((request, response) => {
    const [, what = "", side = "", id = ""] = (request.url ?? "").split("/");
    if (what === "verdict") {
      void heard(request).then((text) => {
        if (text !== "") told.set(side, [...(told.get(side) ?? []), JSON.parse(text) as ToldDelivery]);
      });
    } else request.resume();
    if (what === "slow") {
      response.end(performance.now() < slowUntilMs ? "yes" : "no");
      return;
    }
    if (what === "verdict") {
      const counts = verdicts.get(side) ?? {};
      counts[id] = (counts[id] ?? 0) + 1;
      verdicts.set(side, counts);
    } else {
      const key = request.headers["idempotency-key"];
      const known = key !== undefined && keys.has(`${side}/${String(key)}`);
      if (key !== undefined) keys.add(`${side}/${String(key)}`);
      if (!known) charges.set(side, [...(charges.get(side) ?? []), id]);
    }
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    charges: (side) => charges.get(side) ?? [],
    verdicts: (side) => verdicts.get(side) ?? {},
    told: (side) => told.get(side) ?? [],
    slowFor: (ms) => {
      slowUntilMs = performance.now() + ms;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Nothing of a process that was killed while it spoke. */
async function heard(request: IncomingMessage): Promise<string> {
  let text = "";
  try {
    for await (const chunk of request.setEncoding("utf8")) text += String(chunk);
  } catch {
    return "";
  }
  return request.complete ? text : "";
}
