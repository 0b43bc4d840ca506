/** What `dev` writes is what `detect` reads. */

import { expect, it } from "vitest";
import { effectivelyOnce } from "../../support.ts";
import { workspace } from "./support.ts";

const { write } = workspace();

it("finds in dev's own lines the deliveries that dev has made, and tells its retries", async () => {
  const handler = write(
    "handler.mjs",
    `export const handler = async ({ Records }) => {
      const tried = (one) => JSON.parse(one.body).id === "b" && one.attributes.ApproximateReceiveCount === "1";
      return { batchItemFailures: Records.filter(tried).map(({ messageId }) => ({ itemIdentifier: messageId })) };
    };`,
  );
  const orders = write("orders.jsonl", '{"id":"a"}\n{"id":"b"}\n{"id":"c"}\n');
  const dev = await effectivelyOnce([
    "dev",
    `${handler}#handler`,
    "--send",
    orders,
    "--once",
    "--json",
    "--visibility-timeout",
    "2",
    "--timeout",
    "1",
  ]).ended;
  expect(dev.out.trimEnd().split("\n")).toHaveLength(4);

  const { code, out } = await effectivelyOnce(["detect", "-", "--json"], {}, undefined, dev.out).ended;
  expect(JSON.parse(out)).toMatchObject({
    summary: { deliveries: 4, keys: 3, repeatedKeys: 1, repeatedRuns: 0, verdicts: { first: 3, retry: 1 } },
  });
  expect(code).toBe(0);
});
