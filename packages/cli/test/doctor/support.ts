/** A folder of its own, and templates in it. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";
import { called } from "../support.ts";

/** Removed when the file's tests are over. */
export function workspace(): {
  readonly folder: string;
  /** Writes a file, and gives its path. */
  write(name: string, content: string | Buffer): string;
  read(name: string): string;
} {
  const folder = mkdtempSync(join(tmpdir(), "effectively-once-doctor-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return {
    folder,
    write(name, content) {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
      return path;
    },
    read: (name) => readFileSync(join(folder, name), "utf8"),
  };
}

export interface Settings {
  readonly timeout?: number | string;
  readonly visibility?: number | string;
  readonly retention?: number;
  readonly receives?: number;
  readonly window?: number;
  readonly batch?: number;
  readonly partial?: boolean;
  readonly more?: string;
}

/** A function behind a queue with a dead-letter queue: nothing is wrong with it unless it is asked for. */
export function sam({
  timeout = 10,
  visibility = 90,
  retention = 345_600,
  receives = 5,
  window,
  batch = 10,
  partial = true,
  more = "",
}: Settings = {}): string {
  return `AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      # How long a run may take.
      VisibilityTimeout: ${visibility} # seconds
      MessageRetentionPeriod: ${retention}
      RedrivePolicy:
        deadLetterTargetArn: !GetAtt Dead.Arn
        maxReceiveCount: ${receives}
  Dead:
    Type: AWS::SQS::Queue
    Properties:
      MessageRetentionPeriod: 1209600
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.handler
      Runtime: nodejs24.x
      Timeout: ${timeout}
      Events:
        Jobs:
          Type: SQS
          Properties:
            Queue: !GetAtt Jobs.Arn
            BatchSize: ${batch}
${window === undefined ? "" : `            MaximumBatchingWindowInSeconds: ${window}\n`}${partial ? "            FunctionResponseTypes: [ReportBatchItemFailures]\n" : ""}${more}`;
}

export interface DoctorJson {
  readonly schemaVersion: number;
  readonly summary: Readonly<Record<"pipelines" | "error" | "warning" | "info" | "unknown", number>>;
  readonly pipelines: readonly Readonly<Record<string, unknown>>[];
  readonly gaps: readonly { readonly reason: string }[];
  readonly findings: readonly {
    readonly ruleId: string;
    readonly status: string;
    readonly severity: string;
    readonly file: string;
    readonly line: number | null;
    readonly reason?: string;
    readonly formula?: string;
    readonly message?: string;
    readonly queue?: string | null;
    readonly suppressed?: unknown;
  }[];
}

/** The doctor with `--json`: what it answered, and what it said on stderr. */
export async function doctor(
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly report: DoctorJson; readonly err: string }> {
  const { code, out, err } = await called("doctor", "--json", ...args);
  return { code, report: JSON.parse(out) as DoctorJson, err };
}

/** The ids of what failed, each once. */
export function failed({ findings }: DoctorJson): readonly string[] {
  return [
    ...new Set(
      findings
        .filter(({ status, suppressed }) => status === "fail" && !suppressed)
        .map(({ ruleId }) => ruleId),
    ),
  ].toSorted();
}
