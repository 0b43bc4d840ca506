/** The clients that are made of the settings, as the command makes them. */

import { afterEach, describe, expect, it, vi } from "vitest";
import { awsProblem, awsSettings, clientConfig } from "../../../src/aws/settings.ts";
import { sdkClients } from "../../../src/facts/live/clients.ts";
import { readLive } from "../../../src/facts/live/read.ts";
import { ordinary, REGION } from "./account.ts";
import { awsServer } from "./server.ts";
import { clientsAt, read } from "./support.ts";

const NOTHING = { profile: undefined, region: undefined, endpointUrl: undefined };

afterEach(() => vi.unstubAllEnvs());

describe("the SDK's clients", () => {
  it("go to the endpoint of the settings, for the region that is asked for", async () => {
    const server = await awsServer(ordinary());
    try {
      const { facts } = await readLive({
        regions: [REGION],
        settings: awsSettings({ ...NOTHING, region: "us-east-1", endpointUrl: server.url }, NOTHING),
        signal: new AbortController().signal,
      });

      expect(facts[0]?.file).toBe("123456789012/eu-west-1");
      expect(facts[0]?.queues).toHaveLength(2);
      expect(new Set(server.asked.map(({ region }) => region))).toEqual(new Set([REGION]));
    } finally {
      await server.close();
    }
  });

  it.each(["LAMBDA", "CLOUDWATCH", "SQS"] as const)("hear AWS_ENDPOINT_URL_%s", (service) => {
    vi.stubEnv("AWS_ENDPOINT_URL", "");
    vi.stubEnv(`AWS_ENDPOINT_URL_${service}`, "http://127.0.0.1:4566");

    const settings = awsSettings(NOTHING, NOTHING);
    const others = (["LAMBDA", "CLOUDWATCH", "SQS"] as const).filter((one) => one !== service);

    expect(clientConfig(settings, service).endpoint).toBe("http://127.0.0.1:4566");
    expect(others.map((one) => clientConfig(settings, one).endpoint)).toEqual([undefined, undefined]);
  });

  it("share what finds credentials, in all regions", async () => {
    const clientsOf = await sdkClients(
      awsSettings({ ...NOTHING, endpointUrl: "http://127.0.0.1:9" }, NOTHING),
    );
    const [one, two] = [clientsOf("eu-west-1"), clientsOf("us-east-1")];

    expect(await two.sqs.config.credentials()).toBe(await one.lambda.config.credentials());
    for (const client of [...Object.values(one), ...Object.values(two)]) client.destroy();
  });
});

describe("missing credentials", () => {
  it("end the reading as the SDK says it, for which there is a sentence", async () => {
    const server = await awsServer(ordinary());
    const missing = Object.assign(new Error("Could not load credentials from any providers"), {
      name: "CredentialsProviderError",
    });
    const made = clientsAt(server.url);
    try {
      const reading = read(ordinary(), {
        clients: (region) => {
          const clients = made(region);
          for (const client of Object.values(clients))
            Object.assign(client.config, { credentials: () => Promise.reject(missing) });
          return clients;
        },
      });

      const error = await reading.catch((thrown: unknown) => thrown);

      expect(error).toBe(missing);
      expect(awsProblem(error)).toMatch(/^no AWS credentials were found/);
    } finally {
      await server.close();
    }
  });
});
