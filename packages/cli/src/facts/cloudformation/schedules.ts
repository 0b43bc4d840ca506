/** EventBridge: rules and their targets, and schedules. */

import type { DeliveryKind, Fact } from "../model.ts";
import { canonical, deliver, sourceOf } from "./deliveries.ts";
import type { Draft } from "./draft.ts";
import { elementsOf } from "./elements.ts";
import { jsonInText } from "./json-in-text.ts";
import { at } from "./node.ts";
import { plainText } from "./result.ts";
import type { Settings } from "./settings.ts";
import { partOf, settingsOf } from "./subject.ts";
import { comparable, type Target, targetOf } from "./target.ts";
import type { Resource } from "./template.ts";
import type { Run } from "./worlds.ts";

const DAY = 86_400;

/** Adds a delivery for each target of a rule. */
export function ruleTargets(resource: Resource, draft: Draft): void {
  const rule = settingsOf(resource);
  const bus = sourceOf(rule, "EventBusName", "default");
  for (const { node, guards, name } of elementsOf(at(resource.properties, "Targets"))) {
    const settings = settingsOf(resource, node);
    const fact = partOf(resource, `${resource.path}.Targets.${name}`, settings, guards);
    eventBridgeDelivery(draft, {
      fact,
      kind: "eventbridge",
      settings,
      target: (run) => settings.target(run, "Arn"),
      source: bus,
      selection: (run) => selectionOf(run, rule, ["EventPattern", "ScheduleExpression"]),
    });
  }
}

/** Adds the delivery of a schedule. */
export function schedule(resource: Resource, draft: Draft): void {
  const whole = settingsOf(resource);
  const node = at(resource.properties, "Target");
  for (const target of elementsOf(node)) {
    const settings = settingsOf(resource, target.node);
    eventBridgeDelivery(draft, {
      fact: partOf(resource, resource.path, settings, target.guards),
      kind: "scheduler",
      settings,
      target: (run) => scheduled(run, settings),
      source: () => "schedule",
      selection: (run) => selectionOf(run, whole, ["ScheduleExpression", "ScheduleExpressionTimezone"]),
    });
  }
}

/** Calls of the API that a schedule can make itself, and where their input names what they send to. */
const CALLS: Readonly<Record<string, string>> = {
  "aws-sdk:sqs:sendMessage": "QueueUrl",
  "aws-sdk:lambda:invoke": "FunctionName",
};

function scheduled(run: Run, settings: Settings): Target | undefined {
  const arn = settings.read(run, "Arn");
  const call = comparable(arn)?.split(":::")[1] ?? "";
  const named = Object.hasOwn(CALLS, call) ? CALLS[call] : undefined;
  if (named === undefined) return targetOf(run, arn, settings.template);
  const input = settings.read(run, "Input");
  const to = input.kind === "text" ? jsonInText(input)?.get(named) : undefined;
  return to
    ? targetOf(run, to, settings.template)
    : { kind: "elsewhere", spelled: call, why: "is named in an input that cannot be read" };
}

/** What a rule or a schedule sends, and what becomes of what cannot be delivered. */
export interface EventBridgeSending {
  readonly fact: Fact;
  readonly kind: DeliveryKind & ("eventbridge" | "scheduler");
  /** Where the dead-letter queue and the retry policy stand. */
  readonly settings: Settings;
  readonly target: (run: Run) => Target | undefined;
  readonly source: (run: Run) => string;
  readonly selection: (run: Run) => string;
  /** The queue that SAM makes when none is named. */
  readonly generatedQueue?: string;
}

/** Adds a delivery with EventBridge's retries: a day, unless it says otherwise. */
export function eventBridgeDelivery(
  draft: Draft,
  { settings, generatedQueue, ...sending }: EventBridgeSending,
): void {
  const named = settings.named("DeadLetterConfig.Arn");
  deliver(draft, {
    ...sending,
    deadLetter:
      generatedQueue === undefined
        ? named
        : {
            cases: named.cases.map((one) => ({
              ...one,
              answer: { known: true, value: generatedQueue, from: "literal" },
            })),
          },
    maximumEventAgeSeconds: settings.number("RetryPolicy.MaximumEventAgeInSeconds", DAY),
    alsoTo: ["AWS::SNS::Topic"],
  });
}

/** What is set at these paths as one text that can be compared. */
export function selectionOf(run: Run, settings: Settings, paths: readonly string[]): string {
  return paths
    .map((path) => settings.read(run, path))
    .filter(({ kind }) => kind !== "absent")
    .map((result) => plainText(result) ?? canonical(run, result))
    .join(" ");
}
