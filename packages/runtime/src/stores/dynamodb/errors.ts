/** What DynamoDB's, the SDK's and the network's errors mean, and what to do about them. */

import { isOnceError, OnceError } from "../../errors.ts";
import { dynamodbSchema } from "./schema.ts";

export interface Place {
  readonly table: string;
  /** The region, for messages. */
  readonly target: string;
}

/** What an error says of the request that met it. */
export type Meaning =
  /** Nothing was done; the same again may succeed. */
  | "throttled"
  /** Another transaction has the item at this moment; nothing was done. */
  | "conflict"
  /** The server may have done it or not. */
  | "unknown"
  /** Nothing was done: something is wrong with the request, perhaps with one statement of it only. */
  | "invalid"
  /** Nothing was done, and the same again will not help. */
  | "refused";

/** Names of errors of whole requests, and codes of single statements and of transactions' cancellation reasons. */
const THROTTLED = [
  "ProvisionedThroughputExceededException",
  "ProvisionedThroughputExceeded",
  "ThrottlingException",
  "ThrottlingError",
  "Throttling",
  "ThrottledException",
  "RequestLimitExceeded",
  "RequestThrottled",
  "RequestThrottledException",
  "TooManyRequestsException",
  "LimitExceededException",
  "SlowDown",
];
const CONFLICT = [
  "TransactionConflictException",
  "TransactionConflict",
  "TransactionInProgressException",
  "ReplicatedWriteConflictException",
];
const INVALID = ["ValidationException", "ValidationError"];
const REFUSED = [
  "ConditionalCheckFailedException",
  "ConditionalCheckFailed",
  "DuplicateItem",
  "DuplicateItemException",
];
const MISSING = ["ResourceNotFoundException", "ResourceNotFound"];
const DENIED = ["AccessDeniedException", "AccessDenied"];
const CREDENTIALS = [
  "UnrecognizedClientException",
  "InvalidSignatureException",
  "IncompleteSignatureException",
  "IncompleteSignature",
  "MissingAuthenticationToken",
  "MissingAuthenticationTokenException",
  "InvalidClientTokenId",
  "ExpiredTokenException",
  "ExpiredToken",
  "CredentialsProviderError",
  "TokenProviderError",
];
/** Nothing was sent. */
const UNREACHABLE = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"];

/** The same exact condition is told apart by some servers with the suffix, by others without. */
export function isRefusal(code: string | undefined): boolean {
  return code !== undefined && REFUSED.includes(code);
}

export function codeMeaning(code: string): Meaning {
  if (THROTTLED.includes(code)) return "throttled";
  if (CONFLICT.includes(code)) return "conflict";
  if (INVALID.includes(code)) return "invalid";
  if (/InternalServer|InternalFailure|ServiceUnavailable/.test(code)) return "unknown";
  return "refused";
}

export function meaningOf(error: unknown): Meaning {
  if (isOnceError(error)) return "refused";
  const name = nameOf(error);
  if (THROTTLED.includes(name) || CONFLICT.includes(name) || INVALID.includes(name)) return codeMeaning(name);
  if (connectionCode(error) !== undefined) return "unknown";
  const status = statusOf(error);
  // An answer with a status below 500 is a refusal; without an answer nobody knows.
  if (status !== undefined) return status >= 500 ? codeMeaning("InternalServerError") : "refused";
  return CREDENTIALS.includes(name) || isRegionMissing(error) ? "refused" : "unknown";
}

export function dynamoError(error: unknown, place: Place): OnceError {
  if (isOnceError(error)) return error;
  return explain(nameOf(error), says(error), place, error, meaningOf(error));
}

/** The error of one statement of a batch, or of one action of a transaction. */
export function statementError(code: string, message: string, place: Place, cause?: unknown): OnceError {
  return explain(code, message, place, cause, codeMeaning(code));
}

function explain(name: string, said: string, place: Place, cause: unknown, meaning: Meaning): OnceError {
  const { table, target } = place;
  const never = { cause };
  const later = { cause, retryable: true };
  if (MISSING.includes(name)) return tableMissing(place, cause);
  if (DENIED.includes(name))
    return new OnceError(
      "store-permission",
      `DynamoDB refused (${said}). Allow ${dynamodbSchema.actions.handler.join(", ")} on the table "${table}" to this role, ` +
        `and ${dynamodbSchema.actions.transactions.join(", ")} for transact and commit. The CDK's grantReadWriteData does not contain the PartiQL actions.`,
      never,
    );
  if (CREDENTIALS.includes(name) || /could not load credentials/i.test(said))
    return new OnceError(
      "store-permission",
      `DynamoDB in ${target} does not take this client's credentials (${said}). Check the role or profile that the client uses, and that its token has not expired.`,
      never,
    );
  if (/region is missing/i.test(said))
    return new OnceError(
      "invalid-option",
      "The DynamoDB client has no region. Set AWS_REGION, or give `client: new DynamoDBClient({ region })`.",
      never,
    );
  if (INVALID.includes(name)) return invalid(said, place, cause);
  const code = connectionCode(cause);
  if (code !== undefined && UNREACHABLE.includes(code))
    return new OnceError(
      "store-unreachable",
      `DynamoDB in ${target} cannot be reached (${said}). Check the client's region and endpoint, and that this function's network has a route (a VPC needs a gateway endpoint for DynamoDB).`,
      later,
    );
  if (meaning === "throttled")
    return new OnceError(
      "store-error",
      `DynamoDB takes no more requests for the table "${table}" at this moment (${name}: ${said}). The message comes again; raise the table's capacity, or use on-demand.`,
      later,
    );
  return new OnceError("store-error", `DynamoDB in ${target} could not do it (${name}: ${said}).`, {
    cause,
    retryable: meaning !== "refused",
  });
}

function invalid(said: string, { table }: Place, cause: unknown): OnceError {
  if (/size/i.test(said) && /exceed/i.test(said))
    return new OnceError(
      "unstorable-value",
      `An item would be larger than the 400 KB that DynamoDB takes (${said}). Store less: an id instead of the whole.`,
      { cause },
    );
  if (/key/i.test(said) && !/duplicates/i.test(said))
    return new OnceError(
      "table-mismatch",
      `The table "${table}" has another key than this library's records, or an item of yours has (${said}). Its partition key must be "${dynamodbSchema.keyAttribute}", a string, without a sort key: give the name of such a table as \`tableName\`.`,
      { cause },
    );
  return new OnceError("store-error", `DynamoDB takes the request for an error: ${said}.`, { cause });
}

export function tableMissing({ table, target }: Place, cause?: unknown): OnceError {
  return new OnceError(
    "table-missing",
    `DynamoDB has no table "${table}" in ${target}. Run \`await store.setup()\` or \`npx effectively-once setup dynamodb://${table}\` once, ` +
      "before the first message; or check the client's account and region.",
    { cause },
  );
}

export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "";
}

/** The code of a connection that could not be made or broke; a host with several addresses fails with one for each. */
function connectionCode(error: unknown): string | undefined {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth += 1) {
    if ("code" in cause && typeof cause.code === "string" && /^E[A-Z_]+$/.test(cause.code)) return cause.code;
    if (cause instanceof AggregateError && cause.errors.length > 0) return connectionCode(cause.errors[0]);
  }
  return undefined;
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("$metadata" in error)) return undefined;
  const metadata = error.$metadata as { readonly httpStatusCode?: unknown } | undefined;
  return typeof metadata?.httpStatusCode === "number" ? metadata.httpStatusCode : undefined;
}

function isRegionMissing(error: unknown): boolean {
  return /region is missing/i.test(says(error));
}

export function says(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message !== "" && error.message !== "UnknownError") return error.message;
  if (error instanceof AggregateError && error.errors.length > 0) return says(error.errors[0]);
  return error.name;
}
