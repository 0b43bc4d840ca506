/** One log group, read through either of the ways in. */

import type { CloudWatchLogs } from "@aws-sdk/client-cloudwatch-logs";
import type { Patience } from "../../aws/patient.ts";

/** What reading one group needs. */
export interface GroupReading extends Patience {
  readonly group: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly marks: string | undefined;
  readonly client: CloudWatchLogs;
  readonly pollMs: number;
  /** What could not be read of it, while the rest was. */
  readonly say: (reason: string) => void;
}

/** Log events as texts, and how far they have come. */
export interface Page {
  readonly texts: readonly string[];
  readonly atMs: number | undefined;
}

/** How a group is named in a request. */
export function identified(
  group: string,
): { readonly logGroupIdentifier: string } | { readonly logGroupName: string } {
  // An ARN with the wildcard at its end is not taken.
  return group.startsWith("arn:")
    ? { logGroupIdentifier: group.replace(/:\*$/, "") }
    : { logGroupName: group };
}
