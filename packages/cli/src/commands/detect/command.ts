/** `effectively-once detect`: which duplicates happened, why, and what they did. */

import type { Answer, Command } from "../../command.ts";
import { AWS_OPTIONS } from "../../option-tables.ts";

const HELP = `effectively-once detect <files…|->: finds the duplicates that happened, and tells them from retries

Reads logs of Lambda functions, and says of each delivery what it was: a first run, a retry after a
failure, a takeover after a kill, a busy or finished duplicate, a producer's resend. Nothing is changed.

  files                      files, folders, globs in quotes; - reads stdin. Plain, gzip or zstd: exports
                             to S3, aws logs filter-log-events and tail, platform events, START and REPORT
                             lines, Powertools Logger, this project's telemetry
  --log-group <name>         reads CloudWatch Logs instead; again for each group
  --queue <name>, --function <name>
                             adds what CloudWatch has counted of them, or tells it alone, without logs:
                             messages sent, received and deleted; invocations, errors, throttles
  --through insights         reads them by a query of Logs Insights, which is charged by what it scans,
                             and not event by event
  --since, --until <when>    30m, 6h or 7d ago, or 2026-09-01T08:00Z; with --log-group --since is 1h
  --key <where>              the business key: $.body.orderId in each logged record, or a regular
                             expression with a group: '/order (?<key>\\S+)/'. Without: the message id
  --message-id, --request-id, --time <where>
                             the same for these, where they are not found by themselves
  --visibility-timeout <s>   of the queue, --timeout <s> of the function, --batching-window <s> of the
                             mapping (without: up to 300): for the reasons and the advice
  --limit <keys>             how many keys are listed, the worst first (default 100; 0: all)
  --all                      lists keys with a single delivery, too
  --html <file>              writes a picture: one page with a timeline for each message
  --ledger <table>           joins the duplicates with what they did: payments.csv, payments.jsonl,
                             sqlite:./shop.db#SELECT …, 'postgres://…#SELECT …' (read only)
  --ledger-key <column>      the key in it (default: the first column)
  --ledger-amount, --ledger-currency <column>
                             what is summed, by what
  --compensation <file.csv>  writes a line for each row that is too much
  --print-query <language>   insights or athena: prints the same question for logs that do not fit one
                             machine, and ends
  --fail-on <severity>       from where on the exit code is 1: error (default) when work ran again
                             although it was running or done; warning when messages are held, too; info
                             when a guard turned duplicates away, too; none
  --fail-on-unknown          exit code 1 too when a verdict could not be told
  --format pretty|json, --json, --profile, --region, --endpoint-url, --config, --no-color

Examples:
  effectively-once detect logs/*.gz
  effectively-once detect export/ --key '$.body.orderId' --visibility-timeout 30
  aws logs filter-log-events --log-group-name /aws/lambda/orders | effectively-once detect -
  effectively-once detect --log-group /aws/lambda/orders --since 6h --json
  effectively-once detect --queue orders --function orders --since 7d
  effectively-once detect logs/ --key '$.body.orderId' --ledger payments.csv --ledger-amount amount
  effectively-once detect --print-query athena --key '$.body.orderId'

Exit codes: 0 clean, 1 findings at or above --fail-on, 2 usage, nothing that could be read or understood,
or credentials, 3 our own bug, 130 interrupted.
`;

export const detect: Command = {
  help: HELP,
  options: {
    ...AWS_OPTIONS,
    "log-group": { type: "string", multiple: true },
    queue: { type: "string", multiple: true },
    function: { type: "string", multiple: true },
    through: { type: "string" },
    since: { type: "string" },
    until: { type: "string" },
    key: { type: "string" },
    "message-id": { type: "string" },
    "request-id": { type: "string" },
    time: { type: "string" },
    "visibility-timeout": { type: "string" },
    timeout: { type: "string" },
    "batching-window": { type: "string" },
    limit: { type: "string" },
    all: { type: "boolean" },
    html: { type: "string" },
    ledger: { type: "string" },
    "ledger-key": { type: "string" },
    "ledger-amount": { type: "string" },
    "ledger-currency": { type: "string" },
    compensation: { type: "string" },
    "print-query": { type: "string" },
    "fail-on": { type: "string" },
    "fail-on-unknown": { type: "boolean" },
  },
  maxPositionals: Number.MAX_SAFE_INTEGER,
  async run(call): Promise<Answer> {
    return await (await import("./run.ts")).run(call);
  },
};
