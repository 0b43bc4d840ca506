/** What sends to functions and queues without being asked: the parts that all its kinds share. */

import type { DeliveryFact, DeliveryKind, Fact } from "../model.ts";
import { type Answer, known, type Value } from "../value.ts";
import { type Draft, LATEST } from "./draft.ts";
import { inEveryWorld } from "./evaluate.ts";
import { type Result, spelledText } from "./result.ts";
import type { Settings } from "./settings.ts";
import { FUNCTIONS, nameOf, type Target } from "./target.ts";
import type { Run } from "./worlds.ts";

type DeliveryTarget = DeliveryFact["target"] extends Value<infer T> ? T : never;

/** What a kind of delivery says of itself. */
export interface Sending {
  readonly fact: Fact;
  readonly kind: DeliveryKind;
  readonly target: (run: Run) => Target | undefined;
  /** `undefined`: the name that is taken when none is given. */
  readonly source: (run: Run) => string;
  readonly selection: (run: Run) => string;
  readonly asynchronous?: boolean;
  readonly prefix?: Value<string>;
  readonly suffix?: Value<string>;
  readonly deadLetter?: Value<string | undefined>;
  readonly maximumEventAgeSeconds?: Value<number | undefined>;
  readonly deduplicationId?: Value<boolean | undefined>;
  /** What it sends to beside functions and queues that is worth knowing of. */
  readonly alsoTo?: readonly string[];
}

const NONE = known(undefined, "default");

/** Adds the delivery, unless all it ever sends to is something else than a function or a queue. */
export function deliver(draft: Draft, sending: Sending): void {
  const qualifiers = new Set<string>();
  let isOfInterest = false;
  const target = inEveryWorld<DeliveryTarget>((run) => {
    const found = sending.target(run);
    const answer = targetAnswer(found);
    const also = found?.kind === "resource" && sending.alsoTo?.includes(found.resource.type);
    if (!answer.known || answer.value.kind !== "other" || also) isOfInterest = true;
    if (found?.kind === "resource" && FUNCTIONS.includes(found.resource.type))
      qualifiers.add(`${found.resource.path} ${found.qualifier ?? LATEST}`);
    return answer;
  });
  if (!isOfInterest) return;
  const asynchronous = sending.asynchronous ?? true;
  if (asynchronous)
    for (const one of qualifiers) {
      const space = one.indexOf(" ");
      draft.calls(one.slice(0, space), one.slice(space + 1));
    }
  const { fact, kind, prefix, suffix } = sending;
  draft.deliveries.push({
    ...fact,
    kind,
    asynchronous,
    target,
    source: always(sending.source),
    selection: always(sending.selection),
    ...(prefix ? { prefix } : {}),
    ...(suffix ? { suffix } : {}),
    deadLetter: sending.deadLetter ?? NONE,
    maximumEventAgeSeconds: sending.maximumEventAgeSeconds ?? NONE,
    deduplicationId: sending.deduplicationId ?? NONE,
  });
}

function always(text: (run: Run) => string): Value<string> {
  return inEveryWorld((run) => ({ known: true, value: text(run), from: "literal" }));
}

function targetAnswer(target: Target | undefined): Answer<DeliveryTarget> {
  if (!target) return { known: false, reason: "target is not named" };
  if (target.kind === "resource") {
    const { type, path } = target.resource;
    const kind = FUNCTIONS.includes(type) ? "function" : type === "AWS::SQS::Queue" ? "queue" : "other";
    // What is made by something that is not known may be either.
    if (kind === "other" && /^(?:Custom::|AWS::CloudFormation::)/.test(type))
      return { known: false, reason: `target is what ${path} makes, which is a ${type}` };
    return { known: true, value: { kind, id: path }, from: "literal" };
  }
  const { service, spelled, why } = target;
  if (service === undefined) return { known: false, reason: `target ${why}` };
  const kind = service === "lambda" ? "function" : service === "sqs" ? "queue" : "other";
  return { known: true, value: { kind, id: spelled }, from: "literal" };
}

/** A part of a definition as one text, the same for the same meaning: keys sorted, references spelled out. */
export function canonical(run: Run, result: Result): string {
  switch (result.kind) {
    case "absent":
      return "null";
    case "text":
      return JSON.stringify(spelledText(result.parts));
    case "list":
      return `[${result.items.map((item) => canonical(run, item())).join(",")}]`;
    case "map": {
      const entries = [...result.node.entries].map(
        ([key, { value }]) => [key, run.evaluate(value, result.template)] as const,
      );
      return `{${entries
        .filter(([, value]) => value.kind !== "absent")
        .map(([key, value]) => `${JSON.stringify(key)}:${canonical(run, value)}`)
        .toSorted()
        .join(",")}}`;
    }
  }
}

/** What a source is called: the id of a resource here, else what names it. */
export function sourceOf(settings: Settings, path: string, otherwise: string): (run: Run) => string {
  return (run) => {
    const target = settings.target(run, path);
    return target ? nameOf(target) : otherwise;
  };
}
