/** `effectively-once doctor`: what a definition or an account holds that causes duplicates or losses. */

import type { Answer, Command } from "../../command.ts";
import { AWS_OPTIONS } from "../../option-tables.ts";
import { parseFormats } from "../../report/formats.ts";

const HELP = `effectively-once doctor [paths…]: finds the settings that cause duplicates and losses

Reads CloudFormation, SAM and CDK templates (YAML, JSON, cdk.out), Terraform folders and plans
(terraform show -json), Serverless Framework files. Without paths: what this folder holds.
Nothing is deployed, nothing is changed, no network is used; --live reads an account.

  paths                    files, folders, globs in quotes; - reads a template or plan from stdin
  --rule-profile <name>    minimal (errors only), recommended (default), strict
  --rule <id>              only this rule; again for each
  --fail-on <severity>     error (default), warning, info or none: from where on the exit code is 1
  --fail-on-unknown        exit code 1 too when a rule could not tell
  --format <name>[=file]   pretty (default), json, sarif, junit, markdown, github; again for each, all
                           but one with a file. --json is --format json
  --baseline <file>        findings that are in it do not count
  --write-baseline <file>  writes the findings of now into a file for --baseline
  --fix                    writes what can be mended safely into the files, and checks them again
  --fix --dry-run          shows what --fix would write
  --live                   reads the account: mappings, functions, queues and their metrics; with
                           paths: where templates and account differ
  --region <name>          with --live, several by commas: eu-west-1,us-east-1
  --days <n>               with --live: how far back metrics are read, 1 to 15 (default 14)
  --policy                 prints the least IAM policy that --live needs, and ends
  --profile, --endpoint-url, --config, --no-color

Suppressions need a reason: a comment "# effectively-once-ignore DUP003: because …" on the line, above
it or at the head of a block; Metadata.EffectivelyOnce.ignore; "ignore" in the configuration file.

Examples:
  effectively-once doctor
  effectively-once doctor template.yaml --rule-profile strict
  effectively-once doctor template.yaml --fix --dry-run
  effectively-once doctor infra --format github --format sarif=doctor.sarif --fail-on warning
  terraform show -json plan.bin | effectively-once doctor -
  effectively-once doctor --live --region eu-west-1
  effectively-once doctor template.yaml --live --profile production
  effectively-once explain DUP003

Exit codes: 0 clean, 1 findings at or above --fail-on, 2 usage, input that cannot be read, or credentials,
3 our own bug, 130 interrupted.
`;

export const doctor: Command = {
  help: HELP,
  options: {
    ...AWS_OPTIONS,
    format: { type: "string", multiple: true },
    "rule-profile": { type: "string" },
    rule: { type: "string", multiple: true },
    "fail-on": { type: "string" },
    "fail-on-unknown": { type: "boolean" },
    baseline: { type: "string" },
    "write-baseline": { type: "string" },
    fix: { type: "boolean" },
    "dry-run": { type: "boolean" },
    live: { type: "boolean" },
    days: { type: "string" },
    policy: { type: "boolean" },
  },
  maxPositionals: Number.MAX_SAFE_INTEGER,
  structured: ["ignore", "severities", "idempotency"],
  stdoutFormat: (formats, json) =>
    parseFormats(formats, json).some(({ format, path }) => format === "json" && path === undefined)
      ? "json"
      : "pretty",
  async run(call): Promise<Answer> {
    return await (await import("./run.ts")).run(call);
  },
};
