/** Options and the configuration file: who stands before whom, and what is refused. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { Command } from "../src/command.ts";
import { AWS_OPTIONS } from "../src/option-tables.ts";
import { type Call, readCall } from "../src/options.ts";
import { awsProblem, clientConfig } from "../src/aws/settings.ts";

const command: Command = {
  help: "",
  options: {
    ...AWS_OPTIONS,
    "batch-size": { type: "string" },
    fifo: { type: "boolean" },
    env: { type: "string", multiple: true },
  },
  maxPositionals: 1,
  run: () => Promise.resolve({ exitCode: 0 }),
};

function call(...args: readonly string[]): Call {
  const interrupted = new AbortController().signal;
  return readCall({ name: "dev", command, args, commands: ["demo", "dev"], interrupted });
}

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "effectively-once-options-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());

function config(content: unknown): string {
  const path = join(folder, "some.config.json");
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

describe("options", () => {
  it("stand before the command's section, and that before the top level", () => {
    const path = config({ region: "eu-central-1", dev: { batchSize: 3, fifo: true, env: ["A=1"] } });

    expect(call("--config", path).whole("batch-size", 1, 10)).toBe(3);
    expect(call("--config", path, "--batch-size", "4").whole("batch-size", 1, 10)).toBe(4);
    expect(call("--config", path).flag("fifo")).toBe(true);
    expect(call("--config", path).list("env")).toEqual(["A=1"]);
    vi.stubEnv("AWS_REGION", "");
    vi.stubEnv("AWS_DEFAULT_REGION", "");
    expect(call("--config", path).aws().region).toBe("eu-central-1");
  });

  it.each([
    [
      "an option that is not there",
      ["--batch-sise", "3"],
      /no option --batch-sise\. Did you mean "--batch-size"\?/,
    ],
    ["an argument too many", ["a", "b"], /takes one argument, and "b" is one too many/],
    [
      "a number that is none",
      ["--batch-size", "ten"],
      /--batch-size is a whole number from 1 to 10, got "ten"/,
    ],
    ["a number out of reach", ["--batch-size", "11"], /from 1 to 10, got "11"/],
    ["an endpoint that is no URL", ["--endpoint-url", "localhost:4566"], /--endpoint-url is a URL/],
  ])("refuse %s", (_, args, sentence) => {
    const asked = (): unknown => {
      const made = call(...args);
      return [made.whole("batch-size", 1, 10), made.aws()];
    };

    expect(asked).toThrow(sentence);
  });
});

describe("a configuration file", () => {
  it.each([
    ["a key that is not known", { regoin: "x" }, /no setting "regoin"\. Did you mean "region"\?/],
    [
      "a key of a command that is not known",
      { dev: { batchsize: 1 } },
      /"dev": there is no setting "batchsize"\. Did you mean "batchSize"\?/,
    ],
    ["a value of another type", { dev: { fifo: "yes" } }, /"fifo" is true or false, got "yes"/],
    ["a section that is none", { dev: 1 }, /"dev" is an object/],
    ["what is no JSON", "{", /is not JSON/],
    ["what is no object", [], /holds one JSON object/],
  ])("with %s is refused", (_, content, sentence) => {
    expect(() => call("--config", config(content))).toThrow(sentence);
  });

  it("may hold what only other commands take", () => {
    const path = config({ $schema: "x", storeUrl: "sqlite:x.db", demo: { anything: 1 } });

    expect(() => call("--config", path)).not.toThrow();
  });

  it("that was named must be there", () => {
    expect(() => call("--config", join(folder, "none.json"))).toThrow(/cannot be read/);
  });
});

describe("AWS settings", () => {
  it("come from options, then from the environment, then from the file, as the AWS CLI has them", () => {
    const path = config({ region: "eu-south-1", endpointUrl: "http://file:1", profile: "file" });
    const none = call().aws();
    vi.stubEnv("AWS_DEFAULT_REGION", "us-west-1");
    vi.stubEnv("AWS_ENDPOINT_URL", "http://all:1");
    vi.stubEnv("AWS_ENDPOINT_URL_SQS", "http://sqs:1");
    vi.stubEnv("AWS_PROFILE", "env");
    const fromEnv = call("--config", path).aws();
    vi.stubEnv("AWS_REGION", "us-west-2");
    const given = call("--config", path, "--region", "sa-east-1", "--endpoint-url", "http://option:1").aws();

    expect(none).toMatchObject({ region: undefined, profile: undefined, namesEndpoint: false });
    expect(fromEnv).toMatchObject({ region: "us-west-1", profile: "env" });
    expect([fromEnv.endpointUrl("SQS"), fromEnv.endpointUrl("DYNAMODB")]).toEqual([
      "http://sqs:1",
      "http://all:1",
    ]);
    expect(call().aws().region).toBe("us-west-2");
    expect(given.region).toBe("sa-east-1");
    expect(given.endpointUrl("SQS")).toBe("http://option:1");
  });

  it("give an emulator on this machine credentials and a region when there are none", () => {
    for (const name of ["AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"])
      vi.stubEnv(name, "");
    vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", join(folder, "none"));
    vi.stubEnv("AWS_CONFIG_FILE", join(folder, "none"));
    const local = call("--endpoint-url", "http://127.0.0.1:4566").aws();
    const remote = call("--endpoint-url", "https://sqs.example.com").aws();

    expect(clientConfig(local, "SQS")).toMatchObject({
      region: "us-east-1",
      credentials: { accessKeyId: "local" },
    });
    expect(clientConfig(remote, "SQS")).toEqual({ endpoint: "https://sqs.example.com" });
  });

  it.each([
    [
      "CredentialsProviderError",
      "Could not load credentials from any providers",
      /no AWS credentials were found/,
    ],
    ["Error", "Region is missing", /no AWS region is known\. Give --region/],
    ["AccessDeniedException", "not authorized to perform: sqs:ReceiveMessage", /Allow the action it names/],
    ["ExpiredToken", "The security token included in the request is expired", /Sign in again/],
  ])("turn %s into a sentence", (name, message, sentence) => {
    const error = Object.assign(new Error(message), { name });

    expect(awsProblem(error)).toMatch(sentence);
    expect(awsProblem(new TypeError("x is not a function"))).toBeUndefined();
  });
});
