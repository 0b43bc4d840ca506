/** The question of `detect` in the language of CloudWatch Logs Insights, as far as that can ask it. */

import type { Place, Step } from "./place.ts";

export interface Asked {
  /** `undefined`: the message id. */
  readonly key: Place | undefined;
}

export interface Query {
  readonly title: string;
  /** What it does not tell. */
  readonly limits: readonly string[];
  readonly text: string;
}

/** Logs Insights gives back ten thousand rows at most (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Limit.html). */
const MOST_ROWS = 10_000;
const REQUEST = "coalesce(@requestId, requestId, function_request_id)";

export function insightsQueries({ key }: Asked): readonly Query[] {
  return [
    {
      title: "Deliveries of each key: how many, when, in which requests",
      limits: [
        "It counts deliveries and does not tell duplicates from retries: that takes the outcome of the delivery before, and this language has no window functions. Run the second query for the requests of a key, or read the log group with effectively-once detect --log-group.",
        `At most ${MOST_ROWS} rows. Times are those of the lines.`,
      ],
      text: [...deliveries(key), ...counts()].join("\n"),
    },
    {
      title: "How each request ended",
      limits: [
        "A request without any of these marks that was reported has succeeded; one that was never reported was killed, or goes on.",
      ],
      text: outcomes().join("\n"),
    },
    {
      title: "What the guard of this project said, where it was there",
      limits: ["It reads the lines of loggerSink: these verdicts are final."],
      text: told().join("\n"),
    },
  ];
}

function deliveries(key: Place | undefined): readonly string[] {
  if (key?.kind === "text")
    return [
      `fields @timestamp, ${REQUEST} as request`,
      `| parse @message /${named(key.pattern, key.group)}/`,
      "| filter ispresent(key)",
    ];
  if (key?.kind === "line")
    return [
      `fields @timestamp, ${REQUEST} as request`,
      "| parse @message /(?<json>\\{.*\\})/",
      "| fields jsonParse(json) as line",
      ...walked("line", key.steps),
      "| filter ispresent(key)",
    ];
  return [
    ...(key?.list
      ? []
      : ["# Where the event stands deeper in the line: line.event.Records, line.message.Records"]),
    `fields @timestamp, ${REQUEST} as request`,
    '| filter @message like /"Records"/',
    "| parse @message /(?<json>\\{.*\\})/",
    "| fields jsonParse(json) as line",
    `| unnest ${["line", ...(key?.list ?? ["Records"])].join(".")} into record`,
    ...(key === undefined ? ["| fields record.messageId as key"] : walked("record", key.steps)),
    "| filter ispresent(key)",
  ];
}

function counts(): readonly string[] {
  return [
    "| stats count(*) as deliveries, count_distinct(request) as requests, min(@timestamp) as first, max(@timestamp) as last, min(toMillis(@timestamp)) as firstMs, max(toMillis(@timestamp)) as lastMs by key",
    "| filter deliveries > 1",
    "| fields (lastMs - firstMs) / 1000 as spanSeconds, (lastMs - firstMs) / (deliveries - 1) / 1000 as meanGapSeconds",
    "| sort deliveries desc",
    `| limit ${MOST_ROWS}`,
  ];
}

function outcomes(): readonly string[] {
  return [
    `fields ${REQUEST} as named, record.requestId as told`,
    "| parse @message /RequestId: (?<written>[0-9A-Za-z-]+)/",
    "| fields coalesce(named, told, written) as request",
    '| fields strcontains(@message, "Task timed out") + strcontains(@message, "Status: timeout") as timedOut',
    '| fields strcontains(@message, "Runtime.OutOfMemory") as outOfMemory, strcontains(@message, "Runtime.ExitError") as exited',
    '| fields strcontains(@message, "Invoke Error") + strcontains(@message, "Status: error") as failed',
    '| fields strcontains(@message, "REPORT RequestId") + strcontains(@message, "platform.report") as reported',
    "| filter ispresent(request)",
    "| stats min(@timestamp) as first, max(@timestamp) as last, max(timedOut) as timeouts, max(outOfMemory) as outOfMemories, max(exited) as exits, max(failed) as failures, max(reported) as reports, max(@duration) as durationMs by request",
    "| sort timeouts desc, failures desc",
    `| limit ${MOST_ROWS}`,
  ];
}

function told(): readonly string[] {
  return [
    "filter ispresent(ending) and ispresent(acknowledged)",
    "| fields coalesce(key, message_id) as message",
    "| stats count(*) as deliveries, min(@timestamp) as first, max(@timestamp) as last, max(attempt) as attempts by message, verdict, origin",
    "| sort deliveries desc",
    `| limit ${MOST_ROWS}`,
  ];
}

/** Step by step: what a string holds is parsed where the way goes through it. */
function walked(from: string, steps: readonly Step[]): readonly string[] {
  const lines: string[] = [];
  let way = from;
  for (const { name, holdsJson } of steps) {
    way += `.${typeof name === "number" || /^[A-Za-z_]\w*$/.test(name) ? name : `\`${name.replaceAll("`", "")}\``}`;
    if (!holdsJson) continue;
    const parsed = `step${lines.length + 1}`;
    lines.push(`| fields jsonParse(${way}) as ${parsed}`);
    way = parsed;
  }
  return [...lines, `| fields ${way} as key`];
}

/** Its group is named `key`; a slash would end the expression. */
function named(pattern: string, group: string): string {
  return pattern.replace(`(?<${group}>`, "(?<key>").replaceAll(/(?<!\\)\//g, "\\/");
}
