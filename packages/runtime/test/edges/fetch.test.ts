/** `idempotentFetch`: one key for one request, in every attempt (B-08, B-09). */

import { idempotentFetch, type IdempotentFetchOptions } from "@effectively-once/runtime/edges/fetch";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { OnceError } from "../../src/index.ts";
import { type AwsEndpoint, awsEndpoint } from "./aws-endpoint.ts";
import { attempts, dies } from "./support.ts";

let endpoint: AwsEndpoint;
beforeEach(async () => {
  endpoint = await awsEndpoint();
});
afterEach(() => endpoint.close());

const post = (send: typeof fetch, body: string, headers: Record<string, string> = {}) =>
  send(`${endpoint.url}/charges?secret=1`, { method: "POST", body, headers });
const keys = () => endpoint.sent.map(({ headers }) => headers["idempotency-key"]);

describe("in a handler", () => {
  it("B-08 · the same key in every attempt, another for another request; the correlation id goes along", async () => {
    const send = idempotentFetch();
    const work = async () => {
      await post(send, "a");
      await post(send, "b");
    };
    const { replies } = await attempts([() => work().then(dies), work]);

    expect(replies).toEqual([1, 0]);
    const [a, b, again, other] = keys();
    expect([again, other]).toEqual([a, b]);
    expect(a).not.toBe(b);
    expect(new Set(endpoint.sent.map(({ headers }) => headers["x-correlation-id"])).size).toBe(1);
  });

  it("B-08 · a request that was refused or broke, made again in the same attempt, is the same request", async () => {
    const send = idempotentFetch();
    let tries = 0;
    endpoint.answer = () => ((tries += 1) < 3 ? { status: 503, body: "" } : undefined);
    await attempts([
      async () => {
        while (!(await post(send, "a")).ok);
        await post(send, "a");
      },
    ]);

    const [first, second, third, next] = keys();
    expect([second, third]).toEqual([first, first]);
    expect(next).not.toBe(first);
  });

  it("B-09 · another request in the place of the remembered one is refused, and nothing is sent", async () => {
    const send = idempotentFetch();
    const { b, replies } = await attempts([() => post(send, "a").then(dies), () => post(send, "b")]);

    expect(replies).toEqual([1, 1]);
    expect(endpoint.sent.length).toBe(1);
    expect(b.events.at(-1)).toMatchObject({ error: { code: "edge-changed" } });
  });

  it("F-15 · neither path, query nor body of a request is in the record or in an event", async () => {
    const send = idempotentFetch();
    const { b } = await attempts([() => post(send, "card 4111").then(dies), () => post(send, "card 4222")]);
    const records = [];
    for await (const one of b.store.list({})) records.push(one);

    const said = JSON.stringify([records, b.events.map((one) => ("error" in one ? String(one.error) : ""))]);
    expect(said).toContain("fetch.POST 127.0.0.1");
    // By words, not by digits: hashes, tokens and times have any digits in them.
    expect(said).not.toMatch(/card|secret|charges/);
  });

  it("reading requests and keys of the user's own are left alone", async () => {
    const send = idempotentFetch();
    const { b } = await attempts([
      async () => {
        await send(`${endpoint.url}/charges`);
        await post(send, "a", { "idempotency-key": "mine" });
      },
    ]);

    expect(keys()).toEqual([undefined, "mine"]);
    expect(b.calls).not.toContain("checkpoint");
  });

  it("a Request object, quotes and another header", async () => {
    const send = idempotentFetch({ header: "X-Request-Key", quoted: true });
    await attempts([
      () => send(new Request(`${endpoint.url}/charges`, { method: "PUT", body: "a", headers: { a: "1" } })),
    ]);

    const [one] = endpoint.sent;
    expect(one?.headers["x-request-key"]).toMatch(/^"[0-9a-f-]{36}"$/);
    expect([one?.operation, one?.body, one?.headers["a"]]).toEqual(["PUT /charges", "a", "1"]);
  });
});

describe("outside a handler", () => {
  it("does nothing and says so once; a producer's key makes its retries one request", async () => {
    const said: OnceError[] = [];
    const options: IdempotentFetchOptions = { warn: (error) => said.push(error) };
    const plain = idempotentFetch(options);
    await post(plain, "a");
    await post(plain, "a");
    const keyed = idempotentFetch({ key: ({ body }) => String(body) });
    await post(keyed, "a");
    await post(keyed, "a");
    await post(keyed, "b");

    expect(said.map((error) => error.code)).toEqual(["edge-outside-handler"]);
    const [none, nor, a, again, b] = keys();
    expect([none, nor]).toEqual([undefined, undefined]);
    expect(again).toBe(a);
    expect(b).not.toBe(a);
  });
});
