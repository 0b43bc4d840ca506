/** A service that is missing: a failure in CI, one line elsewhere. */

import { expect, it } from "vitest";
import { found, isCi } from "./found.ts";
import { postgresUrl } from "./postgres.ts";

const gone = { howTo: "Start one.", start: () => Promise.reject(new Error("no binary\nfor this machine")) };

it("fails in CI when a service neither answers nor starts", async () => {
  await expect(found("Postgres", { ...gone, ci: true })).rejects.toThrow(
    "Postgres neither answers nor starts (no binary). Start one.",
  );
});

it("says elsewhere, in one line, what is missing and how to start it", async () => {
  expect(await found("Postgres", { ...gone, ci: false })).toEqual({
    missing: "Postgres neither answers nor starts (no binary). Start one.",
  });
});

it("gives the service that started", async () => {
  const service = { url: "postgres://x", stop: async () => {} };
  expect(await found("Postgres", { ...gone, ci: true, start: async () => service })).toBe(service);
});

it.each([
  [undefined, false],
  ["", false],
  ["false", false],
  ["0", false],
  ["true", true],
  ["1", true],
])("takes CI=%s as %s", (value, ci) => {
  expect(isCi({ CI: value })).toBe(ci);
});

it("finds Postgres where the environment says", () => {
  expect(postgresUrl({})).toBe("postgres://postgres@127.0.0.1:5432/test");
  expect(
    postgresUrl({ PGHOST: "db", PGPORT: "6000", PGUSER: "me", PGPASSWORD: "p@ss", PGDATABASE: "orders" }),
  ).toBe("postgres://me:p%40ss@db:6000/orders");
});
