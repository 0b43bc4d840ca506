/** What a relay sends with: the message's stable id is what the other side knows a second copy by. */

import { OnceError } from "../../errors.ts";
import type { RelayOptions } from "./relay.ts";

interface ClientLike {
  // A method, so that the SDK's overloaded `send` fits.
  send(command: never, options?: never): Promise<unknown>;
}
type Sdk = Readonly<Record<string, (new (input: object) => unknown) | undefined>>;

/** The attribute that a reader on a standard queue or topic knows a second copy by. */
export const OUTBOX_ID_ATTRIBUTE = "outboxId";

/**
 * Sends to the SQS queue whose URL is in `to`: to a FIFO queue with the id as `MessageDeduplicationId` and the key as
 * `MessageGroupId`, to any queue with the id as attribute `outboxId`. SQS forgets a deduplication id after five minutes
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-key-terms.html).
 */
export function sqsSender(client: ClientLike): RelayOptions["send"] {
  return sender("@aws-sdk/client-sqs", "SendMessageCommand", client, (to, body) => ({
    QueueUrl: to,
    MessageBody: body,
  }));
}

/** The same to the SNS topic whose ARN is in `to`. */
export function snsSender(client: ClientLike): RelayOptions["send"] {
  return sender("@aws-sdk/client-sns", "PublishCommand", client, (to, body) => ({
    TopicArn: to,
    Message: body,
  }));
}

function sender(
  name: string,
  commandName: string,
  client: ClientLike,
  inputOf: (to: string, body: string) => object,
): RelayOptions["send"] {
  return async ({ id, to, body, key, attributes }, { signal }) => {
    const sdk = (await import(name)) as Sdk;
    const Command = sdk[commandName];
    if (!Command)
      throw new OnceError(
        "client-missing",
        `${name} has no ${commandName}. Update it to a current version 3.`,
      );
    const all = { ...attributes, [OUTBOX_ID_ATTRIBUTE]: id };
    const command = new Command({
      ...inputOf(to, body),
      MessageAttributes: Object.fromEntries(
        Object.entries(all).map(([attribute, value]) => [
          attribute,
          { DataType: "String", StringValue: value },
        ]),
      ),
      ...(to.endsWith(".fifo") ? { MessageDeduplicationId: id, MessageGroupId: key ?? id } : {}),
    });
    await client.send(command as never, { abortSignal: signal } as never);
  };
}
