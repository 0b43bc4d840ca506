/** SQS queues, with the redrive policies that stand apart from them. */

import type { QueueFact } from "../../model.ts";
import type { Answer } from "../../value.ts";
import { byDefault, knownAnswer, notKnown } from "../answers.ts";
import { type Datum, isNull, linearOfDatum, numberOf, textOf } from "../datum.ts";
import type { Item } from "../item.ts";
import { Unseen } from "../worlds.ts";
import type { Reader } from "./reader.ts";

export function queueFacts(reader: Reader): readonly QueueFact[] {
  return reader.of("aws_sqs_queue").map((item) => ({
    ...reader.fact(item),
    name: reader.text(item, "name"),
    visibilityTimeoutSeconds: reader.number(item, "visibility_timeout_seconds", {
      otherwise: 30,
      min: 0,
      max: 43_200,
    }),
    retentionSeconds: reader.number(item, "message_retention_seconds", {
      otherwise: 345_600,
      min: 60,
      max: 1_209_600,
    }),
    delaySeconds: reader.number(item, "delay_seconds", { otherwise: 0, min: 0, max: 900 }),
    fifo: reader.boolean(item, "fifo_queue", false),
    contentBasedDeduplication: reader.boolean(item, "content_based_deduplication", false),
    deadLetterQueue: reader.value(item, () => deadLetterQueue(reader, item)),
    maxReceiveCount: reader.value(item, () => maxReceiveCount(reader, item)),
  }));
}

interface Policy {
  readonly on: Item;
  readonly datum: Datum;
}

/** Its own, or that of a resource of its own. @throws Unseen when one is for a queue that is not known */
function policyOf(reader: Reader, item: Item): Policy {
  const own = { on: item, datum: item.get("redrive_policy") };
  if (!isEmpty(own.datum)) return own;
  let unseen: string | undefined;
  for (const policy of reader.of("aws_sqs_queue_redrive_policy")) {
    const target = reader.target(policy.get("queue_url"));
    if (target.item === item) return { on: policy, datum: policy.get("redrive_policy") };
    if (!target.item) unseen ??= `${policy.address} is for a queue that is not known: ${target.reason}`;
  }
  if (unseen !== undefined) throw new Unseen(unseen);
  return own;
}

function isEmpty(datum: Datum): boolean {
  return isNull(datum) || textOf(datum) === "";
}

function deadLetterQueue(reader: Reader, item: Item): Answer<string | undefined> {
  const { on, datum } = policyOf(reader, item);
  if (isEmpty(datum)) return byDefault(undefined, datum, item.place);
  const target = reader.redrive(datum, on, "redrive_policy", "deadLetterTargetArn");
  return "kind" in target ? reader.named(target, on.place) : target;
}

function maxReceiveCount(reader: Reader, item: Item): Answer<number | undefined> {
  const { on, datum } = policyOf(reader, item);
  if (isEmpty(datum)) return byDefault(undefined, datum, item.place);
  const count = reader.redrive(datum, on, "redrive_policy", "maxReceiveCount");
  if (!("kind" in count)) return count;
  if (isNull(count)) return byDefault(undefined, count, on.place);
  const value = numberOf(count);
  if (value !== undefined) return knownAnswer(value, count);
  const linear = linearOfDatum(count);
  const [term] = linear?.terms ?? [];
  if (term?.times === 1 && linear?.constant === 0)
    reader.worlds.limit(term.symbol.id, { min: 1, max: 1_000 });
  return { ...notKnown(count, on, "redrive_policy"), ...(linear ? { linear } : {}) };
}
