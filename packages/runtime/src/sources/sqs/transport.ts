/** What the SQS source asks of SQS itself, besides its reply: visibility and early deletes. Never throws. */

import { type ErrorCode, OnceError } from "../../errors.ts";
import type { SourceHost, Transport } from "../../source.ts";
import type { SqsRecordLike } from "./index.ts";

/** An `SQSClient` of @aws-sdk/client-sqs, typed by the part that is used. */
export interface SqsClientLike {
  // A method, so that the SDK's overloaded `send` fits.
  send(command: never): Promise<unknown>;
}

interface Failed {
  readonly Id?: string | undefined;
  readonly Code?: string | undefined;
}
interface BatchAnswer {
  readonly Failed?: readonly Failed[] | undefined;
}
interface Sdk {
  readonly SQSClient: new (config: object) => SqsClientLike;
  readonly ChangeMessageVisibilityBatchCommand: new (input: object) => unknown;
  readonly DeleteMessageBatchCommand: new (input: object) => unknown;
}

interface Action {
  readonly name: "sqs:ChangeMessageVisibility" | "sqs:DeleteMessage";
  readonly permission: ErrorCode;
  readonly without: string;
}
const VISIBILITY: Action = {
  name: "sqs:ChangeMessageVisibility",
  permission: "visibility-permission",
  without: "leases are renewed all the same, but messages become visible when the queue says",
};
const DELETE: Action = {
  name: "sqs:DeleteMessage",
  permission: "delete-permission",
  without:
    "a message that kills the process may then take finished ones of its batch to the dead-letter queue",
};

const ENTRIES = 10;
const SDK = "@aws-sdk/client-sqs";

/** The client of one source: the user's, or one made at the first use; and the actions it was refused once. */
export class SqsActions {
  readonly #given: SqsClientLike | undefined;
  #client: SqsClientLike | undefined;
  #sdk: Sdk | undefined;
  readonly #refused = new Set<string>();

  constructor(client: SqsClientLike | undefined) {
    this.#given = client;
  }

  /** Answers the refs whose handle SQS no longer knows. */
  async each(
    action: Action,
    refs: readonly string[],
    records: ReadonlyMap<string, SqsRecordLike>,
    host: SourceHost,
    command: (sdk: Sdk, part: readonly string[], QueueUrl: string) => unknown,
  ): Promise<readonly string[]> {
    const lost: string[] = [];
    // A role that lacks the permission lacks it at the next beat too.
    if (this.#refused.has(action.name)) return lost;
    try {
      this.#sdk ??= (await import(SDK)) as Sdk;
      const sdk = this.#sdk;
      this.#client ??= this.#given ?? new sdk.SQSClient({});
      for (let start = 0; start < refs.length; start += ENTRIES) {
        const part = refs.slice(start, start + ENTRIES);
        const record = records.get(part[0] ?? "");
        if (!record) continue;
        const sent = command(sdk, part, queueUrl(record.eventSourceARN)) as never;
        const { Failed = [] } = (await this.#client.send(sent)) as BatchAnswer;
        lost.push(...Failed.filter(isLost).flatMap(({ Id }) => part[Number(Id)] ?? []));
      }
    } catch (cause) {
      const error = explained(cause, action);
      if (error.code === action.permission) this.#refused.add(action.name);
      host.warn(error);
    }
    return lost;
  }
}

/** An entry that failed because of SQS itself says nothing about the message. */
function isLost({ Code = "" }: Failed): boolean {
  return /ReceiptHandle|NotInflight|InvalidParameterValue/i.test(Code);
}

function explained(cause: unknown, action: Action): OnceError {
  const said = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "ERR_MODULE_NOT_FOUND")
    return new OnceError(
      "client-missing",
      `${SDK} is not installed, so ${action.name} cannot be asked for: ${action.without}. Install it, or give \`sqs\` a \`client\`.`,
      { cause },
    );
  if (/AccessDenied|NotAuthorized|Unauthorized|InvalidClientTokenId|SignatureDoesNotMatch/i.test(said))
    return new OnceError(
      action.permission,
      `SQS refused ${action.name} (${said}). Allow it to the function's role: Lambda's managed SQS role does not. Until then ${action.without}.`,
      { cause },
    );
  return new OnceError(
    "queue-unreachable",
    `SQS did not answer ${action.name} (${said}): ${action.without}. Check the function's network and the client's region and endpoint.`,
    { retryable: true, cause },
  );
}

export function sqsTransport(
  records: ReadonlyMap<string, SqsRecordLike>,
  actions: SqsActions,
  host: SourceHost,
): Transport {
  const entry = (ref: string, index: number): { readonly Id: string; readonly ReceiptHandle: unknown } => ({
    Id: String(index),
    ReceiptHandle: records.get(ref)?.receiptHandle,
  });
  return {
    async visibility(moves) {
      const ms = new Map(moves.map((move) => [move.ref, move.ms]));
      const lost = await actions.each(VISIBILITY, [...ms.keys()], records, host, (sdk, part, QueueUrl) => {
        const Entries = part.map((ref, index) => ({
          ...entry(ref, index),
          VisibilityTimeout: Math.max(0, Math.ceil((ms.get(ref) ?? 0) / 1_000)),
        }));
        return new sdk.ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries });
      });
      return { lost };
    },
    async acknowledge(refs) {
      await actions.each(
        DELETE,
        refs,
        records,
        host,
        (sdk, part, QueueUrl) =>
          new sdk.DeleteMessageBatchCommand({
            QueueUrl,
            Entries: part.map((ref, index) => entry(ref, index)),
          }),
      );
    },
  };
}

/** The queue's URL from its ARN, at the endpoint that the environment names, as the SDK reads it. */
export function queueUrl(arn: string): string {
  const [, partition, , region, account, name] = arn.split(":");
  const domain = partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
  const endpoint =
    process.env["AWS_ENDPOINT_URL_SQS"] ??
    process.env["AWS_ENDPOINT_URL"] ??
    `https://sqs.${region}.${domain}`;
  return `${endpoint.replace(/\/$/, "")}/${account}/${name}`;
}
