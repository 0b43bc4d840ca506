/** Log groups one after the other, as batches of texts that the readers of files take: one that is refused is said, and the others are read. */

import type { CloudWatchLogs } from "@aws-sdk/client-cloudwatch-logs";
import type { AwsSettings } from "../../aws/settings.ts";
import { Usage } from "../../usage.ts";
import type { Batch, InputProblem } from "../input/open.ts";
import type { ReadCounts } from "../model.ts";
import { GroupProblem, logsClient, withNearNames } from "./ask.ts";
import { eventsOf } from "./events.ts";
import { insightsOf } from "./insights.ts";
import type { GroupReading } from "./reading.ts";

export interface GroupProgress {
  readonly group: string;
  readonly events: number;
  /** How far it has come between the two instants that were asked for. */
  readonly atMs: number | undefined;
}

export interface GroupsAsked {
  /** Names or ARNs. */
  readonly groups: readonly string[];
  readonly fromMs: number;
  readonly toMs: number;
  /** `events`: every event, by FilterLogEvents. `insights`: what a query of Logs Insights finds, which is charged by what it scans. @default "events" */
  readonly through?: "events" | "insights";
  /** A regular expression of what stands in each line that is of use; Logs Insights then finds these alone. */
  readonly marks?: string | undefined;
  readonly settings: AwsSettings;
  readonly signal: AbortSignal;
  readonly counts: ReadCounts;
  readonly onProgress?: (progress: GroupProgress) => void;
  /** @default the SDK's, made of `settings` */
  readonly client?: CloudWatchLogs;
  /** @default 500 */
  readonly backoffMs?: number;
  /** Of Logs Insights: how long between two looks at a query. @default 1,000 */
  readonly pollMs?: number;
}

export interface Groups {
  /** Complete when all batches were read. */
  readonly problems: readonly InputProblem[];
  /**
   * Once, in the order of the groups.
   *
   * @throws Usage when credentials are missing or wrong, AWS cannot be reached, or no group could be read; the signal's reason
   */
  batches(): AsyncGenerator<Batch>;
}

export function openGroups(asked: GroupsAsked): Groups {
  if (asked.groups.length === 0)
    throw new Usage("--log-group names a log group, such as /aws/lambda/orders.");
  if (asked.fromMs >= asked.toMs) throw new Usage("--since is to be before --until.");
  const problems: InputProblem[] = [];
  return { problems, batches: () => batchesOf(asked, problems) };
}

async function* batchesOf(asked: GroupsAsked, problems: InputProblem[]): AsyncGenerator<Batch> {
  const { signal, counts, onProgress, through = "events", backoffMs = 500, pollMs = 1_000 } = asked;
  const groups = [...new Set(asked.groups)];
  const client = asked.client ?? (await logsClient(asked.settings));
  let read = 0;
  try {
    for (const group of groups) {
      const { fromMs, toMs, marks } = asked;
      const say = (reason: string): void => void problems.push({ path: group, reason });
      const reading: GroupReading = { group, fromMs, toMs, marks, client, pollMs, say, signal, backoffMs };
      const source = { path: group, bytes: undefined, stream: group };
      const heading = { logGroup: nameOf(group) };
      let events = 0;
      try {
        for await (const { texts, atMs } of through === "events" ? eventsOf(reading) : insightsOf(reading)) {
          events += texts.length;
          counts.lines += texts.length;
          for (const text of texts) counts.bytes += text.length;
          onProgress?.({ group, events, atMs });
          if (texts.length > 0) yield { source, heading, texts };
        }
        read += 1;
      } catch (error) {
        signal.throwIfAborted();
        const problem = await withNearNames(error, group, client, { signal, backoffMs });
        if (!(problem instanceof GroupProblem)) throw problem;
        problems.push({ path: group, reason: problem.message, denied: problem.denied });
      }
    }
  } finally {
    if (asked.client === undefined) client.destroy();
  }
  if (read === 0) throw new Usage(problems.map(({ reason }) => reason).join("\n"));
}

/** Of an ARN, `arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/orders:*`. */
function nameOf(group: string): string {
  return /^arn:[^:]*:logs:[^:]*:[^:]*:log-group:([^:]+)/.exec(group)?.[1] ?? group;
}
