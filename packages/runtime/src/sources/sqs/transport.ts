/** What the SQS source asks of SQS itself, besides its reply: visibility and early deletes. Never throws. */

import { OnceError } from "../../errors.ts";
import type { SourceHost, Transport } from "../../source.ts";
import type { SqsRecordLike } from "./index.ts";

/** An `SQSClient` of @aws-sdk/client-sqs, typed by the part that is used. */
export interface SqsClientLike {
  // A method, so that the SDK's overloaded `send` fits.
  send(command: never): Promise<unknown>;
}

interface BatchAnswer {
  readonly Failed?:
    | readonly { readonly Id?: string | undefined; readonly Code?: string | undefined }[]
    | undefined;
}
interface Sdk {
  readonly SQSClient: new (config: object) => SqsClientLike;
  readonly ChangeMessageVisibilityBatchCommand: new (input: object) => unknown;
  readonly DeleteMessageBatchCommand: new (input: object) => unknown;
}

const ENTRIES = 10;
const SDK = "@aws-sdk/client-sqs";
let ownClient: SqsClientLike | undefined;

export function sqsTransport(
  records: ReadonlyMap<string, SqsRecordLike>,
  client: SqsClientLike | undefined,
  host: SourceHost,
): Transport {
  async function each(
    refs: readonly string[],
    permission: "visibility-permission" | "delete-permission",
    action: string,
    command: (sdk: Sdk, url: string, entries: readonly string[]) => unknown,
  ): Promise<readonly string[]> {
    const failed: string[] = [];
    try {
      const sdk = (await import(SDK)) as Sdk;
      ownClient ??= client ?? new sdk.SQSClient({});
      const sender = client ?? ownClient;
      for (let start = 0; start < refs.length; start += ENTRIES) {
        const part = refs.slice(start, start + ENTRIES);
        const record = records.get(part[0] ?? "");
        if (!record) continue;
        const answer = (await sender.send(
          command(sdk, queueUrl(record.eventSourceARN), part) as never,
        )) as BatchAnswer;
        for (const failure of answer.Failed ?? []) failed.push(part[Number(failure.Id)] ?? "");
      }
    } catch (cause) {
      host.warn(
        new OnceError(
          permission,
          `SQS refused or did not answer ${action}: ${cause instanceof Error ? cause.message : String(cause)}. Allow ${action} to the function's role; leases are renewed all the same.`,
          {
            cause,
          },
        ),
      );
    }
    return failed;
  }

  return {
    async visibility(entries) {
      const ms = new Map(entries.map((entry) => [entry.ref, entry.ms]));
      const lost = await each(
        [...ms.keys()],
        "visibility-permission",
        "sqs:ChangeMessageVisibility",
        (sdk, url, part) => {
          const Entries = part.map((ref, index) => ({
            Id: String(index),
            ReceiptHandle: records.get(ref)?.receiptHandle,
            VisibilityTimeout: Math.max(0, Math.ceil((ms.get(ref) ?? 0) / 1_000)),
          }));
          return new sdk.ChangeMessageVisibilityBatchCommand({ QueueUrl: url, Entries });
        },
      );
      return { lost };
    },
    async acknowledge(refs) {
      await each(refs, "delete-permission", "sqs:DeleteMessage", (sdk, url, part) => {
        const Entries = part.map((ref, index) => ({
          Id: String(index),
          ReceiptHandle: records.get(ref)?.receiptHandle,
        }));
        return new sdk.DeleteMessageBatchCommand({ QueueUrl: url, Entries });
      });
    },
  };
}

/** The queue's URL from its ARN, at the endpoint that the environment names, as the SDK reads it. */
export function queueUrl(arn: string): string {
  const [, , , region, account, name] = arn.split(":");
  const endpoint =
    process.env["AWS_ENDPOINT_URL_SQS"] ??
    process.env["AWS_ENDPOINT_URL"] ??
    `https://sqs.${region}.amazonaws.com`;
  return `${endpoint.replace(/\/$/, "")}/${account}/${name}`;
}
