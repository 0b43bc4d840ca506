/** Calls of CloudWatch Logs: slower and again when throttled, and what they refuse in words for people. */

import type { CloudWatchLogs } from "@aws-sdk/client-cloudwatch-logs";
import { type AwsSettings, awsProblem, clientConfig } from "../../aws/settings.ts";
import { MAX_TRIES, type Patience, patiently } from "../../aws/patient.ts";
import { type Trouble, troubleOf } from "../../aws/trouble.ts";
import { didYouMean } from "../../nearest.ts";
import { Usage } from "../../usage.ts";

/** The least that reading log groups has to be allowed; the last one only names what may have been meant. */
export const LOG_ACTIONS = [
  "logs:FilterLogEvents",
  "logs:StartQuery",
  "logs:GetQueryResults",
  "logs:StopQuery",
  "logs:DescribeLogGroups",
] as const;

export type LogAction = (typeof LOG_ACTIONS)[number];

/** With these one group's refusal leaves the others readable. */
export class GroupProblem extends Usage {
  override readonly cause: unknown;
  readonly trouble: Trouble;

  constructor(message: string, cause: unknown) {
    super(message);
    this.cause = cause;
    this.trouble = troubleOf(cause);
  }

  /** Whether who asks may not read it. */
  get denied(): boolean {
    return this.trouble === "denied";
  }
}

/** The SDK is loaded here: nobody else pays for it. */
export async function logsClient(settings: AwsSettings): Promise<CloudWatchLogs> {
  const { CloudWatchLogs: Client } = await import("@aws-sdk/client-cloudwatch-logs");
  return new Client(clientConfig(settings, "CLOUDWATCH_LOGS"));
}

/**
 * @throws GroupProblem when AWS refuses this group or this query, Usage when no other call would fare better, the
 * signal's reason at once
 */
export async function ask<T>(
  action: LogAction,
  group: string,
  send: (options: { readonly abortSignal: AbortSignal }) => Promise<T>,
  patience: Patience,
): Promise<T> {
  try {
    return await patiently(send, patience);
  } catch (error) {
    patience.signal.throwIfAborted();
    throw problemOf(error, troubleOf(error), action, group);
  }
}

function problemOf(error: unknown, trouble: Trouble, action: LogAction, group: string): unknown {
  const problem = awsProblem(error);
  if (problem === undefined) return error;
  switch (trouble) {
    case "credentials":
    case "unreachable":
      return new Usage(sentence(problem));
    case "gone":
      return new GroupProblem(`there is no log group "${group}".`, error);
    case "denied":
      return new GroupProblem(
        `${group} cannot be read: AWS refused ${action} (${(error as Error).message}). Allow it to this user or role.`,
        error,
      );
    case "throttled":
      return new GroupProblem(
        `${group} cannot be read: ${action} was throttled ${MAX_TRIES} times. Try again later, or read less with --since.`,
        error,
      );
    case "failed":
      return new GroupProblem(`${group} cannot be read: ${problem}`, error);
  }
}

/** Names the log groups that may have been meant, where they may be listed. */
export async function withNearNames(
  problem: unknown,
  group: string,
  client: CloudWatchLogs,
  options: Patience,
): Promise<unknown> {
  if (!(problem instanceof GroupProblem) || problem.trouble !== "gone") return problem;
  const names = await groupNames(group, client, options);
  const near = didYouMean(group, names);
  const hint = near === "" && names.length > 0 ? ` There are ${names.slice(0, 3).join(", ")}.` : near;
  const advice = hint === "" ? " Check the name, --region and --profile." : hint;
  return new GroupProblem(problem.message + advice, problem.cause);
}

async function groupNames(
  group: string,
  client: CloudWatchLogs,
  options: Patience,
): Promise<readonly string[]> {
  const name = group.slice(group.lastIndexOf("/") + 1);
  // A pattern is found anywhere in a name, and has no wildcards.
  const patterns = [name, name.slice(0, Math.max(3, Math.ceil(name.length / 2)))];
  for (const logGroupNamePattern of [...patterns, undefined]) {
    try {
      const { logGroups = [] } = await ask(
        "logs:DescribeLogGroups",
        group,
        (sending) =>
          client.describeLogGroups(
            { limit: 50, ...(logGroupNamePattern === undefined ? {} : { logGroupNamePattern }) },
            sending,
          ),
        options,
      );
      const names = logGroups.flatMap(({ logGroupName }) =>
        logGroupName === undefined ? [] : [logGroupName],
      );
      if (names.length > 0) return names;
    } catch {
      options.signal.throwIfAborted();
      return [];
    }
  }
  return [];
}

function sentence(problem: string): string {
  return problem.charAt(0).toUpperCase() + problem.slice(1);
}
