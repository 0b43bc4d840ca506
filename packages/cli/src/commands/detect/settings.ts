/** What `detect` was asked for, checked. */

import { instantGiven } from "../../logs/cloudwatch/span.ts";
import { type LedgerSource, ledgerSourceOf } from "../../logs/ledger/source.ts";
import type { Columns } from "../../logs/ledger/columns.ts";
import type { Call } from "../../options.ts";
import { Usage } from "../../usage.ts";

const LANGUAGES = ["insights", "athena"] as const;
const WAYS = ["events", "insights"] as const;
const FAIL_ON = ["error", "warning", "info", "none"] as const;
/** What is asked of an account reaches so far back without --since. */
export const DEFAULT_SPAN_MS = 3_600_000;
const DEFAULT_KEYS = 100;
/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html */
const MAX_VISIBILITY_SECONDS = 43_200;
/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html */
const MAX_TIMEOUT_SECONDS = 900;
/** https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html */
const MAX_BATCHING_WINDOW_SECONDS = 300;

export interface DetectSettings {
  readonly paths: readonly string[];
  readonly logGroups: readonly string[];
  /** Of these CloudWatch's counts are told beside the logs, or alone. */
  readonly queues: readonly string[];
  readonly functions: readonly string[];
  /** How log groups are read. */
  readonly through: (typeof WAYS)[number];
  readonly sinceMs: number | undefined;
  readonly untilMs: number | undefined;
  readonly asked: AskedFields;
  readonly visibilityTimeoutSeconds: number | undefined;
  readonly timeoutSeconds: number | undefined;
  readonly batchingWindowSeconds: number | undefined;
  readonly all: boolean;
  /** `Infinity`: all. */
  readonly limit: number;
  readonly html: string | undefined;
  readonly ledger: LedgerSettings | undefined;
  readonly printQuery: (typeof LANGUAGES)[number] | undefined;
  readonly failOn: (typeof FAIL_ON)[number];
  readonly failOnUnknown: boolean;
}

/** Paths or regular expressions, as they were typed. */
export interface AskedFields {
  readonly key?: string;
  readonly messageId?: string;
  readonly requestId?: string;
  readonly time?: string;
}

export interface LedgerSettings {
  readonly source: LedgerSource;
  readonly columns: Columns;
  readonly compensation: string | undefined;
}

/** @throws Usage */
export function detectSettings(call: Call, nowMs: number): DetectSettings {
  const printQuery = call.choice("print-query", LANGUAGES);
  const logGroups = call.list("log-group");
  const [queues, functions] = [call.list("queue"), call.list("function")];
  const paths = call.positionals;
  const hasLogs = paths.length + logGroups.length > 0 || printQuery !== undefined;
  if (!hasLogs && queues.length + functions.length === 0)
    throw new Usage(
      "no logs were named. Give files, folders or globs, - for stdin, or --log-group <name>; or --queue <name> for what CloudWatch has counted. See effectively-once detect --help.",
    );
  const ofLogs = ["key", "html", "ledger", "message-id", "request-id", "all"].find((name) => call.has(name));
  if (!hasLogs && ofLogs !== undefined)
    throw new Usage(`--${ofLogs} is for logs, and none were named: counts of CloudWatch have no messages.`);
  if (paths.length > 0 && logGroups.length > 0)
    throw new Usage("files and --log-group are read one at a time: leave one of them out.");
  const sinceMs = whenOf(call, "since", nowMs);
  const untilMs = whenOf(call, "until", nowMs);
  if (sinceMs !== undefined && sinceMs >= (untilMs ?? Number.POSITIVE_INFINITY))
    throw new Usage(`--since ${call.text("since")} is not before --until ${call.text("until")}.`);
  return {
    paths,
    logGroups,
    queues,
    functions,
    through: call.choice("through", WAYS) ?? "events",
    sinceMs,
    untilMs,
    asked: askedOf(call),
    visibilityTimeoutSeconds: call.whole("visibility-timeout", 0, MAX_VISIBILITY_SECONDS),
    timeoutSeconds: call.whole("timeout", 1, MAX_TIMEOUT_SECONDS),
    batchingWindowSeconds: call.whole("batching-window", 0, MAX_BATCHING_WINDOW_SECONDS),
    all: call.flag("all"),
    limit: limitOf(call),
    html: call.text("html"),
    ledger: ledgerOf(call),
    printQuery,
    failOn: call.choice("fail-on", FAIL_ON) ?? "error",
    failOnUnknown: call.flag("fail-on-unknown"),
  };
}

function limitOf(call: Call): number {
  const limit = call.whole("limit", 0, Number.MAX_SAFE_INTEGER) ?? DEFAULT_KEYS;
  return limit === 0 ? Number.POSITIVE_INFINITY : limit;
}

function whenOf(call: Call, option: "since" | "until", nowMs: number): number | undefined {
  const text = call.text(option);
  return text === undefined ? undefined : instantGiven(`--${option}`, text, nowMs);
}

function askedOf(call: Call): AskedFields {
  const options = { key: "key", messageId: "message-id", requestId: "request-id", time: "time" } as const;
  return Object.fromEntries(
    Object.entries(options).flatMap(([field, option]) => {
      const text = call.text(option);
      return text === undefined ? [] : [[field, text]];
    }),
  );
}

function ledgerOf(call: Call): LedgerSettings | undefined {
  const text = call.text("ledger");
  if (text !== undefined)
    return {
      source: ledgerSourceOf(text),
      columns: {
        key: call.text("ledger-key"),
        amount: call.text("ledger-amount"),
        currency: call.text("ledger-currency"),
      },
      compensation: call.text("compensation"),
    };
  const orphan = ["ledger-key", "ledger-amount", "ledger-currency", "compensation"].find((name) =>
    call.has(name),
  );
  if (orphan !== undefined) throw new Usage(`--${orphan} is for --ledger.`);
  return undefined;
}
