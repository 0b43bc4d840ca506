/** Which resource of the configuration a value names: by reference, by ARN, by name, by URL. */

import { namedBy } from "../services.ts";
import { type Datum, isNull, spelledDatum, textOf } from "./datum.ts";
import type { Item } from "./item.ts";

export interface Target {
  /** `undefined`: nothing here. */
  readonly item: Item | undefined;
  /** `sqs`, `lambda`, `kinesis`, `dynamodb`, `sns`, `s3`, …: as far as it shows. */
  readonly service: string | undefined;
  /** As the configuration names it. */
  readonly text: string;
  /** Why there is no item. */
  readonly reason: string;
}

const SERVICES: Readonly<Record<string, string>> = {
  aws_sqs_queue: "sqs",
  aws_sqs_queue_redrive_policy: "sqs",
  aws_lambda_function: "lambda",
  aws_lambda_alias: "lambda",
  aws_kinesis_stream: "kinesis",
  aws_kinesis_stream_consumer: "kinesis",
  aws_dynamodb_table: "dynamodb",
  aws_sns_topic: "sns",
  aws_s3_bucket: "s3",
  aws_msk_cluster: "kafka",
  aws_msk_serverless_cluster: "kafka",
  aws_mq_broker: "mq",
  aws_docdb_cluster: "rds",
  aws_cloudwatch_event_bus: "events",
  aws_cloudwatch_event_rule: "events",
  aws_cloudwatch_log_group: "logs",
  aws_sfn_state_machine: "states",
  aws_kinesis_firehose_delivery_stream: "firehose",
};

/** What a resource stands for: the setting that names the thing itself. */
const STANDS_FOR: Readonly<Record<string, string>> = {
  aws_lambda_alias: "function_name",
  aws_lambda_function_url: "function_name",
  aws_kinesis_stream_consumer: "stream_arn",
  aws_sqs_queue_redrive_policy: "queue_url",
  aws_sqs_queue_policy: "queue_url",
};

const NAMES: Readonly<Record<string, string>> = {
  aws_sqs_queue: "name",
  aws_lambda_function: "function_name",
  aws_kinesis_stream: "name",
  aws_dynamodb_table: "name",
  aws_sns_topic: "name",
  aws_s3_bucket: "bucket",
};

export class Resolver {
  readonly #byAddress: ReadonlyMap<string, Item>;
  readonly #named: readonly Item[];

  constructor(items: readonly Item[]) {
    this.#byAddress = new Map(items.map((item) => [item.address, item]));
    this.#named = items.filter(({ type }) => NAMES[type] !== undefined);
  }

  target(datum: Datum): Target {
    const text = spelledDatum(datum);
    const referred = this.#referred(datum);
    if (referred) {
      const service = SERVICES[referred.type];
      const item = this.#standsFor(referred);
      return { item, service, text, reason: `${text} is no resource of this configuration` };
    }
    const written = textOf(datum) ?? (datum.kind === "text" ? openText(datum.parts) : undefined);
    if (written !== undefined) {
      const { service, name } = namedBy(written);
      const item = name === undefined ? undefined : this.#byName(service, name);
      return { item, service, text, reason: `${text} names nothing of this configuration` };
    }
    const reason = datum.kind === "unknown" ? datum.reason : `${text} names nothing of this configuration`;
    return { item: undefined, service: serviceOf(datum), text, reason };
  }

  /** By its address, or as the only instance of it. */
  item(address: string): Item | undefined {
    return this.#byAddress.get(address);
  }

  #referred(datum: Datum): Item | undefined {
    const own = datum.names && this.item(datum.names.address);
    if (own) return own;
    if (datum.kind !== "text" && datum.kind !== "scalar") return undefined;
    const parts = datum.parts ?? [];
    for (const [at, part] of parts.entries()) {
      const item = part.names && this.item(part.names.address);
      if (!item) continue;
      // `${name}-dlq` is another thing; `${arn}:live` and `…:${name}` are this one.
      const before = parts[at - 1];
      const after = parts[at + 1];
      if ((!before || /[:/]$/.test(spelledDatum(before))) && (!after || /^[:/*]/.test(spelledDatum(after))))
        return item;
    }
    return undefined;
  }

  #standsFor(item: Item, depth = 0): Item | undefined {
    const attribute = STANDS_FOR[item.type];
    if (attribute === undefined) return item;
    const datum = item.get(attribute);
    if (isNull(datum) || depth > 4) return undefined;
    const referred = this.#referred(datum);
    return referred ? this.#standsFor(referred, depth + 1) : this.target(datum).item;
  }

  #byName(service: string | undefined, name: string): Item | undefined {
    const found = this.#named.filter((item) => {
      if (service !== undefined && SERVICES[item.type] !== service) return false;
      return textOf(item.get(NAMES[item.type] ?? "name")) === name || textOf(item.get("arn")) === name;
    });
    return found.length === 1 ? found[0] : undefined;
  }
}

/** Stands for what is not known; no name has it. */
const HOLE = "\uE000";

/** A text with holes, where its last part is known: `arn:aws:sqs:…:…:orders`. */
function openText(parts: readonly Datum[]): string | undefined {
  const text = parts.map((part) => textOf(part) ?? HOLE).join("");
  const name = text.split(/[:/]/).at(-1) ?? "";
  return name.includes(HOLE) ? undefined : text;
}

/** What the label of something that is not known says of it. */
function serviceOf(datum: Datum): string | undefined {
  const label = datum.kind === "unknown" ? (datum.names?.address ?? datum.label ?? "") : spelledDatum(datum);
  const type = /(?:^|\.)data\.(aws_\w+)\./.exec(label)?.[1] ?? /(?:^|\.)(aws_\w+)\./.exec(label)?.[1];
  return (type && SERVICES[type]) ?? /^arn:[^:]*:([a-z0-9-]+):/.exec(label)?.[1];
}

export function idOf({ item, text }: Target): string {
  return item?.address ?? text;
}
