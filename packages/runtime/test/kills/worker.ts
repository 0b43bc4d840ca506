/** A process that handles one message on a shared SQLite file and dies, when told to, exactly at one point. */

import { appendFileSync } from "node:fs";
import { createOnce, sqs } from "../../src/index.ts";
import { sqliteStore } from "../../src/stores/sqlite/index.ts";
import { event, lambda, type Order, record } from "../engine/support.ts";

const [path = "", ledger = "", point = "none", leaseMs = "30000"] = process.argv.slice(2);

function dieAt(here: string): void {
  if (here === point) process.kill(process.pid, "SIGKILL");
}

const inner = sqliteStore({ path });
const store: typeof inner = {
  ...inner,
  async claim(requests) {
    dieAt("before-claim");
    const claims = await inner.claim(requests);
    if (claims[0]?.kind === "won") dieAt("after-claim");
    return claims;
  },
  async complete(items) {
    dieAt("before-complete");
    const written = await inner.complete(items);
    dieAt("after-complete");
    return written;
  },
};

const once = createOnce({
  store,
  namespace: "kills",
  leaseMs: Number(leaseMs),
  onEvent: (said) => said.kind === "delivery" && process.stdout.write(`${said.verdict}/${said.ending}\n`),
});
const handler = once.handler(sqs<Order>({ key: (m) => m.body.orderId, heartbeat: false }), async (m, ctx) => {
  // The other side dedupes on the key: the ledger counts what it was asked, the test counts distinct keys.
  await ctx.keyed("charge", async ({ key }) => {
    dieAt("before-keyed");
    appendFileSync(ledger, `${key}\n`);
    dieAt("in-keyed");
  });
  dieAt("between");
  if (point.startsWith("plain")) {
    await ctx.plain("mail", async () => {
      dieAt("plain-before");
      appendFileSync(ledger, "mail\n");
      dieAt("plain-after");
    });
    return;
  }
  if (point.endsWith("complete")) return;
  await ctx.commit(async (tx) => {
    tx.prepare("INSERT INTO orders (id) VALUES (?)").run(m.body.orderId);
    dieAt("in-transaction");
  });
  dieAt("after-commit");
});

const reply = await handler(event(record("m1", { orderId: "o1" })), lambda());
process.stdout.write(`failures ${reply.batchItemFailures.length}\n`);
