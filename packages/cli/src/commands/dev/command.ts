/** `effectively-once dev`: a user's handler behind a queue, as Lambda's event source mapping would run it. */

import type { Answer, Command } from "../../command.ts";
import { AWS_OPTIONS } from "../../option-tables.ts";

const HELP = `effectively-once dev <file#export>: runs a Lambda handler against an SQS queue

As the event source mapping would: batches, partial batch responses, visibility timeouts, receive counts,
a dead-letter queue; one process for each execution environment, frozen between invocations, killed at the timeout.
One line for each delivery; a handler guarded by effectively-once says its verdict in it. Changed files are
loaded anew for the next batch. Ctrl-C ends it.

The queue:
  (none)                    a queue of its own, in this process
  --port <n>                its port (default a free one)
  --queue-url <url>         a real queue, or one at --endpoint-url
  --fifo                    the queue of its own is a FIFO queue; a URL that ends in .fifo is one
  --visibility-timeout <s>  of the queue of its own (default 30)
  --max-receive-count <n>   gives it a dead-letter queue, whose arrivals are shown (5 with --once)
  --send <file>             sends one JSON document, or JSON lines one by one; - is standard input; again for each
  --once                    ends when the queue is empty

The mapping and the function:
  --template <file>         reads them from a SAM template; of several, --function <id> and --event <name>
  --batch-size <n>          (default 10)                     --batching-window <s>  (default 0)
  --max-concurrency <n>     2 to 1000
  --no-report-batch-item-failures   as a mapping without FunctionResponseTypes
  --timeout <s>             (default 3)                      --memory <MB>  (default 128)
  --env <NAME=value>        again for each

  --profile, --region, --endpoint-url, --config, --no-color
  --format pretty|json, --json      one JSON object per delivery

Examples:
  effectively-once dev src/orders.ts#handler --send order.json
  effectively-once dev src/orders.ts --send orders.jsonl --once --max-receive-count 3
  effectively-once dev --template template.yaml --send events/order.json
  effectively-once dev src/orders.ts --queue-url https://sqs.eu-west-1.amazonaws.com/123456789012/orders

Exit codes: 0 · 1 with --once: a message failed for good or was not finished · 2 usage, a handler that does
not load, a queue that cannot be reached · 3 our own bug · 130 interrupted.
`;

export const dev: Command = {
  help: HELP,
  options: {
    ...AWS_OPTIONS,
    port: { type: "string" },
    "queue-url": { type: "string" },
    fifo: { type: "boolean" },
    "visibility-timeout": { type: "string" },
    "max-receive-count": { type: "string" },
    send: { type: "string", multiple: true },
    once: { type: "boolean" },
    template: { type: "string" },
    function: { type: "string" },
    event: { type: "string" },
    "batch-size": { type: "string" },
    "batching-window": { type: "string" },
    "max-concurrency": { type: "string" },
    "no-report-batch-item-failures": { type: "boolean" },
    timeout: { type: "string" },
    memory: { type: "string" },
    env: { type: "string", multiple: true },
  },
  maxPositionals: 1,
  run: async (call): Promise<Answer> => await (await import("./run.ts")).runDev(call),
};
