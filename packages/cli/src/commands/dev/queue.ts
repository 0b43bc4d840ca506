/** The queue that `dev` polls: one of its own in this process, one at an endpoint, or a real one. */

import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { randomUUID } from "node:crypto";
import { type AwsSettings, clientConfig, PLACEHOLDER_CREDENTIALS } from "../../aws/settings.ts";
import type { Call } from "../../options.ts";
import { Usage } from "../../usage.ts";
import type { DevSettings } from "./settings.ts";

export interface DevQueue {
  readonly sqs: SQSClient;
  readonly url: string;
  /** For people, and for the handler's own SQS calls: `undefined` on AWS itself. */
  readonly endpoint: string | undefined;
  readonly deadUrl: string | undefined;
  send(bodies: readonly string[]): Promise<void>;
  /** Messages that are waiting or in flight. */
  left(): Promise<number>;
  /** Takes what has arrived in the dead-letter queue of its own. */
  dead(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export async function openQueue(call: Call, settings: DevSettings): Promise<DevQueue> {
  const aws = call.aws();
  const given = call.text("queue-url");
  if (given !== undefined) {
    if (!URL.canParse(given)) throw new Usage(`--queue-url is a queue's URL, got "${given}".`);
    const sqs = new SQSClient(clientConfig(aws, "SQS"));
    return queueOf(sqs, given, aws.endpointUrl("SQS"), undefined, settings.fifo, () => sqs.destroy());
  }
  return await embedded(call, aws, settings);
}

async function embedded(call: Call, aws: AwsSettings, settings: DevSettings): Promise<DevQueue> {
  const port = call.whole("port", 0, 65_535) ?? 0;
  const server = aws.namesEndpoint ? undefined : await startServer(port);
  const endpoint = server ? `http://127.0.0.1:${server.port}` : (aws.endpointUrl("SQS") as string);
  const sqs = new SQSClient(
    server
      ? { endpoint, region: aws.region ?? "us-east-1", credentials: PLACEHOLDER_CREDENTIALS }
      : clientConfig(aws, "SQS"),
  );
  try {
    const end = settings.fifo ? ".fifo" : "";
    const fifo: Record<string, string> = settings.fifo ? { FifoQueue: "true" } : {};
    const name = `effectively-once-dev-${randomUUID().slice(0, 8)}`;
    const deadUrl =
      settings.maxReceiveCount === undefined ? undefined : await create(sqs, `${name}-dead${end}`, fifo);
    const redrive: Record<string, string> =
      deadUrl === undefined
        ? {}
        : {
            RedrivePolicy: JSON.stringify({
              deadLetterTargetArn: await arnOf(sqs, deadUrl),
              maxReceiveCount: settings.maxReceiveCount,
            }),
          };
    const url = await create(sqs, name + end, {
      ...fifo,
      ...redrive,
      VisibilityTimeout: String(settings.visibilityTimeoutSeconds),
    });
    return queueOf(sqs, url, endpoint, deadUrl, settings.fifo, async () => {
      // At somebody else's endpoint they would stay; ours ends with the server.
      if (!server) await deleted(sqs, [url, deadUrl], call.output);
      sqs.destroy();
      await server?.stop();
    });
  } catch (error) {
    sqs.destroy();
    await server?.stop();
    throw error;
  }
}

async function deleted(
  sqs: SQSClient,
  urls: readonly (string | undefined)[],
  output: Call["output"],
): Promise<void> {
  for (const QueueUrl of urls) {
    if (QueueUrl === undefined) continue;
    try {
      await sqs.send(new DeleteQueueCommand({ QueueUrl }));
    } catch (error) {
      output.warn(`the queue ${QueueUrl} could not be deleted: ${(error as Error).message}`);
    }
  }
}

async function startServer(port: number): Promise<{ readonly port: number; stop(): Promise<unknown> }> {
  const { startFauxqs } = await import("fauxqs");
  try {
    return await startFauxqs({ port, logger: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    throw new Usage(
      `port ${port} is in use by another program. Choose another --port, leave it out for a free one, or poll what runs there with --endpoint-url http://127.0.0.1:${port}.`,
    );
  }
}

async function create(sqs: SQSClient, name: string, attributes: Record<string, string>): Promise<string> {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
  if (QueueUrl === undefined) throw new Usage("the endpoint answered no URL for the queue that was created.");
  return QueueUrl;
}

async function arnOf(sqs: SQSClient, QueueUrl: string): Promise<string> {
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }),
  );
  return Attributes?.QueueArn ?? "";
}

function queueOf(
  sqs: SQSClient,
  url: string,
  endpoint: string | undefined,
  deadUrl: string | undefined,
  fifo: boolean,
  close: () => Promise<void> | void,
): DevQueue {
  return {
    sqs,
    url,
    endpoint,
    deadUrl,
    async send(bodies) {
      for (let start = 0; start < bodies.length; start += 10) {
        const Entries = bodies.slice(start, start + 10).map((MessageBody, index) => ({
          Id: String(index),
          MessageBody,
          ...(fifo ? { MessageGroupId: "dev", MessageDeduplicationId: randomUUID() } : {}),
        }));
        const { Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
        const [failed] = Failed;
        if (failed)
          throw new Usage(`SQS refused ${Failed.length} messages: ${failed.Message ?? failed.Code}.`);
      }
    },
    async left() {
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["All"] }),
      );
      const waiting = Number(Attributes?.ApproximateNumberOfMessages ?? 0);
      const delayed = Number(Attributes?.ApproximateNumberOfMessagesDelayed ?? 0);
      return waiting + delayed + Number(Attributes?.ApproximateNumberOfMessagesNotVisible ?? 0);
    },
    async dead() {
      if (deadUrl === undefined) return [];
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl: deadUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 43_200 }),
      );
      return Messages.map(({ MessageId }) => MessageId ?? "");
    },
    close: async () => close(),
  };
}
