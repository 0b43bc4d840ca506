/** `effectively-once setup`: makes the table of records, or prints what would make it. */

import type { Answer, Command } from "../../command.ts";
import { AWS_OPTIONS, STORE_OPTIONS } from "../../option-tables.ts";
import type { Call } from "../../options.ts";
import { parseStoreUrl, STORE_URLS, type StoreUrl } from "../../store-url.ts";
import { Usage } from "../../usage.ts";

const PRINTS = ["sql", "cloudformation", "terraform", "iam"] as const;

const HELP = `effectively-once setup <store-url>: makes the table of records

Harmless when it is there already. With --print nothing is connected to and nothing is made.

Store URLs:
  ${STORE_URLS.replaceAll("\n", "\n  ")}

  --print sql              what the store itself would run (sqlite, postgres)
  --print cloudformation   the table and the policy of the functions that use it (dynamodb)
  --print terraform        the same
  --print iam              the policy alone; for sqlite and postgres only its part on the queue
  --queue-arn <arn>        the queues whose messages the functions handle; again for each
  --table-arn <arn>        with --print iam: the table (default from the URL, with placeholders)
  --own-table-arn <arn>    your own tables that commit and transact write to; again for each
  --role <who>             with --print iam: handler (default), setup or operator
  --deletion-protection    in templates: the table cannot be deleted until this is switched off
  --store-url <url>        the same as the argument
  --profile, --region, --endpoint-url, --config, --no-color
  --format pretty|json, --json

Examples:
  effectively-once setup sqlite:./records.db
  effectively-once setup postgres://localhost/orders?schema=once
  effectively-once setup dynamodb://once-records?region=eu-west-1
  effectively-once setup dynamodb://once-records --print cloudformation > once.yaml
  effectively-once setup postgres://localhost/orders --print sql | psql orders

Exit codes: 0 it is there now, 2 usage, a store that cannot be reached or that refuses, 3 our own bug,
130 interrupted.
`;

export const setup: Command = {
  help: HELP,
  options: {
    ...AWS_OPTIONS,
    ...STORE_OPTIONS,
    print: { type: "string" },
    role: { type: "string" },
    "table-arn": { type: "string" },
    "queue-arn": { type: "string", multiple: true },
    "own-table-arn": { type: "string", multiple: true },
    "deletion-protection": { type: "boolean" },
  },
  maxPositionals: 1,
  async run(call): Promise<Answer> {
    const url = storeUrlOf(call);
    const print = call.choice("print", PRINTS);
    const printing = ["role", "table-arn", "queue-arn", "own-table-arn", "deletion-protection"];
    const idle = print === undefined ? printing.find((name) => call.has(name)) : undefined;
    if (idle !== undefined) throw new Usage(`--${idle} is for --print ${PRINTS.slice(1).join(", ")}.`);
    if (print === undefined) return await (await import("./make.ts")).make(call, url);
    return (await import("./print.ts")).print(call, url, print);
  },
};

function storeUrlOf(call: Call): StoreUrl {
  const [argument] = call.positionals;
  const text = argument ?? call.text("store-url");
  if (text !== undefined) return parseStoreUrl(text);
  throw new Usage(
    "setup needs a store URL, for example: effectively-once setup sqlite:./records.db. See effectively-once setup --help.",
  );
}
