/** `outbox`: what commits is sent, under a stable id, in the order of its key; by relays that are killed and frozen (B-10). */

import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { postgresOutbox } from "@effectively-once/runtime/edges/outbox";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { createOnce } from "../../src/index.ts";
import { type OutboxPlace, outboxPlace, type PlaceKind } from "./outbox-places.ts";

interface Arrived {
  readonly id: string;
  readonly key?: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly pid: number;
}

let folder: string;
let server: Server;
let arrived: Arrived[];
let onArrival: (one: Arrived) => "answer" | "refuse" | "never";
const relays = new Set<ChildProcess>();

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "effectively-once-outbox-"));
  arrived = [];
  onArrival = () => "answer";
  server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      const one = JSON.parse(text) as Arrived;
      const what = onArrival(one);
      if (what !== "refuse") arrived.push(one);
      if (what !== "never") response.writeHead(what === "answer" ? 204 : 503).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  for (const child of relays) child.kill("SIGKILL");
  relays.clear();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

function startRelay(kind: PlaceKind, url: string, name: string): ChildProcess {
  const child = spawn(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      "--conditions=@effectively-once/source",
      join(import.meta.dirname, "outbox-relay.ts"),
      kind,
      url,
      name,
      `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ],
    { stdio: "ignore" },
  );
  relays.add(child);
  child.once("close", () => relays.delete(child));
  return child;
}

async function until(what: string, done: () => boolean, ms = 40_000): Promise<void> {
  for (const endMs = performance.now() + ms; !done();) {
    if (performance.now() > endMs) throw new Error(`${what} took longer than ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const KEYS = ["a", "b", "c", "d"];
const PER_KEY = 8;

async function fill(place: OutboxPlace): Promise<readonly string[]> {
  const once = createOnce({ store: place.store, namespace: "outbox", transactionMs: 5_000 });
  const committed: string[] = [];
  const run = (body: string, key: string | undefined, rollBack: boolean) =>
    once
      .run([body], async (context) => {
        const { commit } = context as unknown as {
          commit(fn: (tx: never) => Promise<void>): Promise<void>;
        };
        await commit(async (tx) => {
          await place.outbox.add(tx, { to: "there", body, ...(key === undefined ? {} : { key }) });
          if (rollBack) throw new Error("not this one");
        });
      })
      .then(
        () => committed.push(body),
        () => {},
      );
  for (let number = 1; number <= PER_KEY; number += 1)
    for (const key of KEYS) await run(`${key} ${number}`, key, number === 4);
  for (let number = 1; number <= 6; number += 1) await run(`loose ${number}`, undefined, number === 2);
  return committed;
}

const PLACES: readonly [PlaceKind, () => string][] = [
  ["sqlite", () => join(folder, "once.db")],
  ["postgres", () => inject("postgresUrl")],
  ["dynamodb", () => inject("dynamodbUrl")],
];

describe.each(PLACES)("%s", (kind, urlOf) => {
  it("B-10 · two relays at once, killed after they have published and before they say so: all sent under one id each, in order", async () => {
    const name = `once_${randomUUID().slice(0, 8)}`;
    const url = urlOf();
    const place = outboxPlace(kind, url, name);
    try {
      await place.setup();
      const committed = await fill(place);
      expect(committed.length).toBe(KEYS.length * (PER_KEY - 1) + 5);
      let seen = 0;
      let kills = 0;
      let refused = 0;
      onArrival = ({ pid }) => {
        seen += 1;
        if (seen % 9 === 5) {
          // Published, and the process dies before it can remove the row.
          process.kill(pid, "SIGKILL");
          kills += 1;
          startRelay(kind, url, name);
          return "never";
        }
        if (seen % 9 !== 8) return "answer";
        refused += 1;
        return "refuse";
      };
      startRelay(kind, url, name);
      startRelay(kind, url, name);
      await until(
        "sending everything",
        () => new Set(arrived.map(({ body }) => body)).size === committed.length,
      );
      // What is left is known to be sent already, and is sent once more under its id at most.
      await new Promise((resolve) => setTimeout(resolve, 600));

      expect(kills).toBeGreaterThan(2);
      expect(refused).toBeGreaterThan(2);
      const firsts = [...new Map(arrived.toReversed().map((one) => [one.body, one])).values()].toReversed();
      expect(firsts.map(({ body }) => body).toSorted()).toEqual([...committed].toSorted());
      for (const { body } of arrived)
        expect(new Set(arrived.filter((one) => one.body === body).map(({ id }) => id)).size).toBe(1);
      expect(new Set(arrived.map(({ id }) => id)).size).toBe(committed.length);
      const order = [...new Set(arrived.map(({ body }) => body))];
      for (const key of KEYS)
        expect(order.filter((body) => body.startsWith(`${key} `))).toEqual(
          committed.filter((body) => body.startsWith(`${key} `)),
        );
      expect(arrived.every(({ attributes }) => attributes["correlationId"] !== undefined)).toBe(true);
    } finally {
      for (const child of relays) child.kill("SIGKILL");
      await place.close();
    }
  });

  it("B-10 · one process that stood still past its lease does not send what another has sent meanwhile", async () => {
    const name = `once_${randomUUID().slice(0, 8)}`;
    const place = outboxPlace(kind, urlOf(), name);
    try {
      await place.setup();
      const once = createOnce({ store: place.store, namespace: "outbox" });
      await once.run("one", async (context) => {
        const { commit } = context as unknown as { commit(fn: (tx: never) => Promise<void>): Promise<void> };
        await commit((tx) => place.outbox.add(tx, { to: "there", body: "x", key: "k" }));
      });
      let nowMs = 0;
      // Each look at the clock finds it a minute on: the freeze is between taking and sending.
      const clock = {
        wallMs: () => Date.now(),
        monotonicMs: () => (nowMs += 60_000),
        after: () => () => {},
      };
      const sent: string[] = [];
      const frozen = place.outbox.relay({ clock, leaseMs: 30_000, send: async ({ id }) => sent.push(id) });
      const late = await frozen.drain();

      expect([late, sent]).toEqual([{ sent: 0, failed: 0 }, []]);
    } finally {
      await place.close();
    }
  });
});

describe("Postgres", () => {
  it("B-10 · who adds to a key while another transaction of it is open waits: numbers and commits are in one order", async () => {
    const pool = new pg.Pool({ connectionString: inject("postgresUrl"), max: 4 });
    const outbox = postgresOutbox({ pool, table: `outbox_${randomUUID().slice(0, 8)}` });
    await outbox.setup();
    const [one, two, other] = await Promise.all([pool.connect(), pool.connect(), pool.connect()]);
    try {
      await Promise.all([one, two, other].map((client) => client.query("BEGIN")));
      await outbox.add(one, { to: "t", body: "1", key: "k" });
      let waited = true;
      const second = outbox.add(two, { to: "t", body: "2", key: "k" }).then(() => (waited = false));
      await outbox.add(other, { to: "t", body: "3", key: "another" });
      await other.query("COMMIT");
      const bodies: string[] = [];
      const relay = outbox.relay({ send: async ({ body }) => bodies.push(body) });
      await relay.drain();
      expect([waited, bodies]).toEqual([true, ["3"]]);
      await one.query("COMMIT");
      await second;
      await two.query("COMMIT");
      await relay.drain();

      expect(bodies).toEqual(["3", "1", "2"]);
    } finally {
      for (const client of [one, two, other]) client.release(true);
      await pool.end();
    }
  });

  it("B-10 · a message that cannot be sent holds up its key, and no other", async () => {
    const pool = new pg.Pool({ connectionString: inject("postgresUrl"), max: 4 });
    const outbox = postgresOutbox({ pool, table: `outbox_${randomUUID().slice(0, 8)}` });
    try {
      await outbox.setup();
      for (const [key, body] of [
        ["k", "bad"],
        ["k", "behind"],
        ["l", "good"],
      ] as const)
        await outbox.add(pool, { to: "t", body, key });
      const told: number[] = [];
      let bad = true;
      const bodies: string[] = [];
      const relay = outbox.relay({
        backoff: () => 1,
        onError: ({ tries }) => told.push(tries),
        send: async ({ body }) => {
          if (bad && body === "bad") throw new Error("no");
          bodies.push(body);
        },
      });
      const first = await relay.drain({ signal: AbortSignal.timeout(300) });
      expect(bodies).toEqual(["good"]);
      expect(first.failed).toBeGreaterThan(0);
      bad = false;
      await new Promise((resolve) => setTimeout(resolve, 20));
      await relay.drain();

      expect(bodies).toEqual(["good", "bad", "behind"]);
      expect(told.slice(0, 2)).toEqual([1, 2]);
    } finally {
      await pool.end();
    }
  });
});
