/** Which commands there are. A command's file is loaded when it is asked for, so that `--help` is quick. */

import type { Command, Plain } from "./command.ts";

export const HELP = `effectively-once: stop, find and prove the absence of duplicate effects

First steps:
  1. effectively-once demo
       see duplicates happen, and not happen, on this machine
  2. effectively-once dev src/orders.ts#handler --send order.json
       run your own Lambda handler against an SQS queue on this machine
  3. effectively-once doctor
       find the settings of your queues and functions that cause duplicates and losses

Commands:
  demo     one traffic, three consumers, the same faults: naive, naive with a payment key, guarded
  dev      runs a Lambda handler against an SQS queue as the event source mapping would
  setup    creates the store's table, or prints it as SQL, CloudFormation, Terraform or an IAM policy
  doctor   audits templates, Terraform, Serverless Framework files or an account
  explain  the page of one of doctor's rules
  detect   finds the duplicates that happened in logs, tells them from retries, says why

Every command: --help, --format pretty|json, --json, --no-color, --config <file>;
dev, setup, doctor and detect take --profile, --region, --endpoint-url and the AWS_* variables as the AWS CLI does.
Exit codes: 0 clean, 1 findings, 2 usage, input or credentials, 3 our own bug, 130 interrupted
`;

export const COMMANDS: Readonly<Record<string, () => Promise<Command | Plain>>> = {
  demo: async () => {
    const { DEMO_HELP, demo } = await import("./demo/command.ts");
    return { help: DEMO_HELP, plain: demo };
  },
  dev: async () => (await import("./commands/dev/command.ts")).dev,
  setup: async () => (await import("./commands/setup/command.ts")).setup,
  doctor: async () => (await import("./commands/doctor/command.ts")).doctor,
  explain: async () => (await import("./commands/explain/command.ts")).explain,
  detect: async () => (await import("./commands/detect/command.ts")).detect,
};
