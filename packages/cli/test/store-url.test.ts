/** `--store-url`: what is read from it, what is refused, and that a password is never shown. */

import { describe, expect, it } from "vitest";
import { driver } from "../src/open-store.ts";
import { parseStoreUrl } from "../src/store-url.ts";

describe("a store URL", () => {
  it.each([
    ["sqlite:./x.db", { kind: "sqlite", path: "./x.db", table: undefined }],
    ["sqlite:///var/x.db", { path: "/var/x.db" }],
    ["sqlite:a?b.db?table=mine", { path: "a?b.db", table: "mine" }],
    [
      "postgres://u:s3cret@db:5433/orders?schema=once&table=records&sslmode=require",
      {
        kind: "postgres",
        connectionString: "postgres://u:s3cret@db:5433/orders?sslmode=require",
        schema: "once",
        table: "records",
        shown: "postgres://u@db:5433/orders?schema=once&table=records",
      },
    ],
    ["postgresql:///orders?host=/run&password=s3cret", { shown: "postgresql:///orders" }],
    [
      "dynamodb://Once_Records.v1?region=eu-west-1&endpoint=http%3A%2F%2F127.0.0.1%3A8000",
      { kind: "dynamodb", table: "Once_Records.v1", region: "eu-west-1", endpoint: "http://127.0.0.1:8000" },
    ],
    ["dynamodb://once?endpoint=http://127.0.0.1:8000", { endpoint: "http://127.0.0.1:8000" }],
  ])("%s is read", (text, parts) => {
    const url = parseStoreUrl(text);

    expect(url).toMatchObject(parts);
    expect(url.shown).not.toContain("s3cret");
  });

  it.each([
    ["orders.db", /a store URL is sqlite:<file>.*got no scheme/],
    ["postgre://u:s3cret@h/d", /got "postgre:…"\. Did you mean "postgres"\?/],
    ["mysql://u:s3cret@h/d", /no store for mysql:\/\/ yet/],
    ["redis://:s3cret@h", /no store for redis:\/\/ yet/],
    ["sqlite:", /names no file/],
    ["sqlite::memory:", /in memory ends with this command/],
    ["postgres://u:s3cret@h:port/d", /not a URL that can be read/],
    ["postgres://u:s3cret@h/d?schema=", /schema is empty/],
    ["dynamodb://ab", /3 to 255 letters/],
    ["dynamodb://once/records", /3 to 255 letters/],
    ["dynamodb://once?regoin=eu-west-1", /no "regoin"\. Did you mean "region"\?/],
    ["dynamodb://once?endpoint=localhost:8000", /endpoint is a URL/],
  ])("%s is refused with a sentence", (text, sentence) => {
    expect(() => parseStoreUrl(text)).toThrow(sentence);
    expect(() => parseStoreUrl(text)).not.toThrow(/s3cret/);
  });
});

describe("a driver", () => {
  it("that is not installed is named, with the line that installs it", async () => {
    const missing = "@effectively-once/no-such-driver";

    await expect(driver(missing, () => import(missing))).rejects.toThrow(
      /needs @effectively-once\/no-such-driver, which is not installed\. Run: npm install @effectively-once\/no-such-driver/,
    );
  });

  it("that is installed and broken keeps its own error", async () => {
    const broken = driver("pg", () => Promise.reject(new Error("broken inside")));

    await expect(broken).rejects.toThrow("broken inside");
  });
});
