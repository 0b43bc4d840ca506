/** The development mode: which requests of a handler are told, as what, and whose are not the handler's. */

import { channel } from "node:diagnostics_channel";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { guarded, sheltering } from "../../src/engine/unguarded-effects.ts";
import type { Context } from "../../src/index.ts";
import type { Store } from "../../src/store.ts";
import { bareSession } from "./bare-session.ts";
import { type Bench, bench } from "./support.ts";

let b: Bench;
beforeEach(() => {
  b = bench();
});

/** As Node does when a request begins. */
function http(request: object): void {
  const { headers = {}, ...more } = request as { headers?: Record<string, unknown> };
  channel("http.client.request.start").publish({
    request: {
      ...{ method: "POST", protocol: "https:", host: "api.example", path: "/" },
      ...more,
      getHeader: (name: string) => headers[name],
    },
  });
}
const undici = (request: object): void =>
  channel("undici:request:create").publish({
    request: { method: "POST", origin: "https://api.example", path: "/", ...request },
  });
const aws = (operation: string): void => http({ headers: { "x-amz-target": `Service_2012.${operation}` } });

/** What is told of a handler in development that does this. */
async function told(fn: (ctx: Context<never>) => unknown, development = true): Promise<string[]> {
  await b.once({ development }).run("k", async (ctx) => void (await fn(ctx)));
  return effects();
}
const effects = (): string[] =>
  b.events.flatMap((said) => (said.kind === "unguarded-effect" ? [said.effect] : []));

describe("what is told of a request", () => {
  it("once, whose it is and what it is", async () => {
    bench().once({ development: true });
    let correlationId: string | undefined;
    await b.once({ development: true }).run(
      "order-1",
      async (ctx) => {
        ({ correlationId } = ctx);
        http({ path: "/charges" });
      },
      { name: "charge" },
    );

    expect(b.events.filter((said) => said.kind !== "delivery")).toEqual([
      {
        kind: "unguarded-effect",
        scope: "test/charge",
        key: "order-1",
        messageId: undefined,
        correlationId,
        effect: "POST https://api.example/charges",
      },
    ]);
    expect(correlationId).toMatch(/^[0-9a-f]{32}$/);
  });

  it("its operation, where it is one of AWS's, or else its method; the host that it names, or else that of its address", async () => {
    expect(
      await told(() => {
        aws("PutItem");
        http({ headers: { "x-amz-target": "PutItem", host: "table.example:8000" }, method: "POST" });
        http({ headers: { "x-amz-target": ["a.PutItem"] }, method: "DELETE", protocol: "http:" });
        undici({ method: "PATCH", path: "/a/b", origin: new URL("https://other.example:8443") });
      }),
    ).toEqual([
      "PutItem https://api.example/",
      "PutItem https://table.example:8000/",
      "DELETE http://api.example/",
      "PATCH https://other.example:8443/a/b",
    ]);
  });

  it("F-15 · never its query, no control characters, and not without end", async () => {
    const long = `/${"a".repeat(300)}`;
    expect(
      await told(() => {
        http({ path: "/charges?token=secret?more=secret" });
        undici({ path: "?token=secret" });
        undici({ path: "/a\nb" });
        undici({ path: long });
      }),
    ).toEqual([
      "POST https://api.example/charges",
      "POST https://api.example",
      "POST https://api.example/a\uFFFDb",
      `${`POST https://api.example${long}`.slice(0, 200)}…`,
    ]);
  });
});

describe("what is not told", () => {
  it("a request that only reads", async () => {
    expect(
      await told(() => {
        for (const method of ["GET", "HEAD", "OPTIONS", "TRACE"]) http({ method });
        for (const method of ["GET", "HEAD"]) undici({ method });
        for (const operation of ["GetItem", "Query", "BatchGetItem", "ReceiveMessage", "TransactGetItems"])
          aws(operation);
        for (const operation of ["BatchWriteItem", "UpdateItem", "TransactWriteItems"]) aws(operation);
      }),
    ).toEqual(
      ["BatchWriteItem", "UpdateItem", "TransactWriteItems"].map((name) => `${name} https://api.example/`),
    );
  });

  it("one of a verb or of an edge", async () => {
    expect(
      await told(async (ctx) => {
        await ctx.repeatable("one", async () => http({}));
        expect(guarded(() => (http({}), 7))).toBe(7);
        http({ path: "/outside" });
      }),
    ).toEqual(["POST https://api.example/outside"]);
  });

  it("one of a verb or one that reads, in a process in which nobody else asks for verbs", async () => {
    vi.resetModules();
    const { watchRequests } = await import("../../src/engine/unguarded-effects.ts");
    const { inContext } = await import("../../src/engine/current.ts");
    const { inVerb } = await import("../../src/engine/in-verb.ts");
    const bare = bareSession({ settings: { development: true } });
    const [attempt, context] = [bare.attempt(), { key: "k", delivery: {}, correlationId: "c" } as never];
    watchRequests();
    inContext({ attempt, context, carrier: {} }, () => {
      inVerb(
        attempt,
        "one",
        () => {},
        () => http({}),
      );
      for (const method of ["GET", "HEAD", "OPTIONS", "TRACE"]) http({ method });
      aws("GetItem");
      // Begins as no reading one does.
      aws("ResetListener");
      undici({ path: "/outside", method: "PUT" });
    });

    expect(bare.events).toMatchObject([
      { scope: "bare/h", key: "k", effect: "ResetListener https://api.example/" },
      { effect: "PUT https://api.example/outside" },
    ]);
  });

  it("one of nobody's message, or of a handler that is not in development", async () => {
    expect(await told(() => http({}), false)).toEqual([]);
    http({});
    undici({});
    expect(effects()).toEqual([]);
  });

  it("one of a verb of another message is: a handler within a handler's verb has its own", async () => {
    const inner = b.once({ development: true, namespace: "inner" });
    expect(
      await told((ctx) => ctx.repeatable("outer", () => inner.run("i", async () => http({})).then(() => 1))),
    ).toEqual(["POST https://api.example/"]);
  });
});

describe("the store of a handler in development", () => {
  /** One whose operations are made over HTTP, and that is an instance of a class. */
  class Remote {
    readonly traits = { transactions: true };
    readonly #path = "/store";
    async read(...ids: readonly unknown[]): Promise<unknown> {
      http({ path: this.#path });
      return ids;
    }
    async transact(request: unknown, body: (tx: string) => Promise<unknown>): Promise<unknown> {
      http({ path: this.#path });
      const value = await body(`tx of ${String(request)}`);
      http({ path: this.#path });
      return value;
    }
  }
  const remote = () => sheltering(new Remote() as unknown as Store<string>);

  it("makes its own requests, and what the body of a transaction makes is the handler's", async () => {
    const answers: unknown[] = [];
    const store = remote();
    const paths = await told(async () => {
      answers.push(await store.read(["a"]), store.traits);
      answers.push(
        await store.transact?.("it" as never, async (tx) => {
          http({ path: "/body" });
          return tx;
        }),
      );
    });

    expect(answers).toEqual([[["a"]], { transactions: true }, "tx of it"]);
    expect(paths).toEqual(["POST https://api.example/body"]);
  });
});
