/** Where the demo's queues are: an emulator in this process, or what the caller names, AWS itself included. */

import { DeleteQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { hasCredentials } from "../aws/settings.ts";

export interface DemoQueues {
  readonly sqs: SQSClient;
  /** The consumers' own calls to SQS: their endpoint, their region, their keys. */
  readonly env: Readonly<Record<string, string>>;
  /** Before the name of each queue. */
  readonly prefix: string;
  /**
   * How often in a row the queues must be empty. AWS counts messages approximately, and needs up to a minute
   * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/confirm-queue-is-empty.html).
   */
  readonly emptyTimes: number;
  /** What is done with a queue of the demo's at its end. */
  dropped(queueUrl: string): Promise<void>;
  close(): Promise<void>;
}

/** Nothing of it outlives this process. */
export async function emulatedQueues(): Promise<DemoQueues> {
  // Loaded where it is used only: a run against AWS needs no emulator.
  const { startFauxqs } = await import("fauxqs");
  const emulator = await startFauxqs({ port: 0, logger: false });
  const endpoint = `http://127.0.0.1:${emulator.port}`;
  const region = "eu-west-1";
  const credentials = { accessKeyId: "demo", secretAccessKey: "demo" };
  const sqs = new SQSClient({ endpoint, region, credentials });
  return {
    sqs,
    env: {
      AWS_ENDPOINT_URL_SQS: endpoint,
      // The emulator takes any; a store on AWS needs the caller's own.
      ...(hasCredentials() ? {} : { AWS_ACCESS_KEY_ID: "demo", AWS_SECRET_ACCESS_KEY: "demo" }),
    },
    prefix: "",
    emptyTimes: 3,
    dropped: async () => {},
    close: async () => {
      sqs.destroy();
      await emulator.stop();
    },
  };
}

/** Queues at an endpoint that stays: they are deleted with the run that made them. */
export function ownQueues(
  sqs: SQSClient,
  { prefix, env }: { readonly prefix: string; readonly env: Readonly<Record<string, string>> },
): DemoQueues {
  return {
    sqs,
    env,
    prefix,
    emptyTimes: 20,
    dropped: async (QueueUrl) => {
      await sqs.send(new DeleteQueueCommand({ QueueUrl })).catch((error: Error) => {
        if (!/NonExistentQueue|QueueDoesNotExist/.test(error.name)) throw error;
      });
    },
    close: async () => {},
  };
}
