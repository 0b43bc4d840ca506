/** A payment service as real ones are: it charges at every call, but knows an `Idempotency-Key` again. */

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface Payments {
  readonly url: string;
  /** One order id per charge made. */
  charges(side: string): readonly string[];
  /** From now on, and for this long, what the orders wait for is slow. */
  slowFor(ms: number): void;
  close(): Promise<void>;
}

export async function startPayments(): Promise<Payments> {
  const charges = new Map<string, string[]>();
  const keys = new Set<string>();
  let slowUntilMs = 0;
  const server: Server = createServer((request, response) => {
    const [, what = "", side = "", id = ""] = (request.url ?? "").split("/");
    request.resume();
    if (what === "slow") {
      response.end(performance.now() < slowUntilMs ? "yes" : "no");
      return;
    }
    const key = request.headers["idempotency-key"];
    const known = key !== undefined && keys.has(`${side}/${String(key)}`);
    if (key !== undefined) keys.add(`${side}/${String(key)}`);
    if (!known) charges.set(side, [...(charges.get(side) ?? []), id]);
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    charges: (side) => charges.get(side) ?? [],
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
