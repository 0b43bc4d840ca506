/** How this store speaks to DynamoDB: one small interface, so that another way of sending can take the SDK's place. */

/** A value as DynamoDB's API writes it (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html). */
export type AttributeValue =
  | { readonly S: string }
  /** A number as text, up to 38 digits. */
  | { readonly N: string }
  | { readonly BOOL: boolean }
  | { readonly NULL: boolean }
  | { readonly B: Uint8Array }
  | { readonly SS: readonly string[] }
  | { readonly NS: readonly string[] }
  | { readonly BS: readonly Uint8Array[] }
  | { readonly L: readonly AttributeValue[] }
  | { readonly M: Item };

export type Item = { readonly [name: string]: AttributeValue };

export type DynamoOperation =
  | "BatchExecuteStatement"
  | "BatchGetItem"
  | "CreateTable"
  | "DeleteItem"
  | "DescribeTable"
  | "DescribeTimeToLive"
  | "ExecuteTransaction"
  | "GetItem"
  | "Query"
  | "Scan"
  | "TransactWriteItems"
  | "UpdateItem"
  | "UpdateTimeToLive";

export interface DynamoTransport {
  /**
   * Sends one operation and answers its output, both in the shape of the API. Rejects with an error whose `name` is
   * the API's name for it; one without such a name (a connection that broke) leaves open what the server has done.
   */
  send(operation: DynamoOperation, input: object, signal?: AbortSignal): Promise<DynamoOutput>;
  /** Where requests go, for error messages; never a secret. */
  readonly target: string;
  /** Gives back what the transport opened itself. */
  close(): void;
}

export type DynamoOutput = { readonly [name: string]: unknown };

/** Told of the `Date` header of every answer, refusals included, with the local clock before and after the request. */
export type DateObserver = (dateMs: number, sentAtMs: number, receivedAtMs: number) => void;
