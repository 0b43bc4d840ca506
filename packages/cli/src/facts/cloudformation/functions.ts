/** Functions, with what is configured of their asynchronous calls. */

import type { FunctionFact } from "../model.ts";
import type { Answer, Value } from "../value.ts";
import { codeOf } from "./code.ts";
import { type Draft, type InvokeConfig, LATEST } from "./draft.ts";
import { namedElementsOf } from "./elements.ts";
import { below, child, inEveryWorld } from "./evaluate.ts";
import { destinationId } from "./generated.ts";
import { at } from "./node.ts";
import { plainText, type Result, spelledText } from "./result.ts";
import { lastOf, numberAnswer, saidOf, type Settings, textAnswer } from "./settings.ts";
import { existsIn, factOf, settingsOf } from "./subject.ts";
import { nameOf, targetOf } from "./target.ts";
import type { Resource } from "./template.ts";
import type { Run } from "./worlds.ts";

/** After everything that may call it has been read. */
export function functionOf(resource: Resource, draft: Draft): FunctionFact {
  const settings = settingsOf(resource);
  const isSam = resource.type === "AWS::Serverless::Function";
  const code = codeOf(resource, draft.files);
  return {
    ...factOf(resource),
    name: settings.text("FunctionName", undefined),
    timeoutSeconds: settings.number("Timeout", 3),
    reservedConcurrency: settings.number("ReservedConcurrentExecutions", undefined),
    deadLetter: settings.named(isSam ? "DeadLetterQueue.TargetArn" : "DeadLetterConfig.TargetArn"),
    async: asyncOf(resource, settings, draft),
    environment: environmentOf(settings),
    ...(code ? { code } : {}),
  };
}

function environmentOf(settings: Settings): ReadonlyMap<string, Value<string>> {
  const names = namedElementsOf(at(settings.node, "Environment", "Variables")).map(({ name }) => name);
  return new Map(
    [...new Set(names)]
      .filter((name) => name !== "Fn::Transform")
      .map((name) => [
        name,
        inEveryWorld((run) =>
          textAnswer(child(run, settings.read(run, "Environment.Variables"), name), name),
        ),
      ]),
  );
}

/** The configuration that applies to the versions or aliases which are called. */
function asyncOf(resource: Resource, settings: Settings, draft: Draft): FunctionFact["async"] {
  const configs = draft.invokeConfigs.get(resource.path) ?? [];
  const called = [...(draft.called.get(resource.path) ?? [])];
  const chosen =
    called.length === 0 && configs.length === 1
      ? [configs]
      : (called.length === 0 ? [LATEST] : called).map((qualifier) =>
          configs.filter((config) => config.qualifier === qualifier),
        );
  const read = <T>(
    path: string,
    fallback: T,
    answer: (run: Run, result: Result, config: InvokeConfig) => Answer<T>,
  ): Value<T> =>
    inEveryWorld((run) => {
      const found = chosen.map((some) => some.find((config) => isThere(run, config)));
      const [first] = found;
      if (found.some((config) => config !== first))
        return {
          known: false,
          reason: `${path === "" ? "EventInvokeConfig" : lastOf(path)} differs: ${resource.path} is called as ${called.join(" and as ")}, which are configured apart`,
        };
      if (!first) return settings.fallback(fallback);
      const result = path === "" ? first.settings.read(run, "") : first.settings.read(run, path);
      return result.kind === "absent" ? first.settings.fallback(fallback) : answer(run, result, first);
    });
  return {
    configured: read("", false, (_run, result) => ({ known: true, value: true, ...saidOf(result) })),
    maximumRetryAttempts: read("MaximumRetryAttempts", 2, (_run, result) =>
      numberAnswer(result, "MaximumRetryAttempts"),
    ),
    maximumEventAgeSeconds: read("MaximumEventAgeInSeconds", 21_600, (_run, result) =>
      numberAnswer(result, "MaximumEventAgeInSeconds"),
    ),
    onFailure: read<string | undefined>("DestinationConfig.OnFailure", undefined, (run, result, config) => {
      const destination = below(run, result, "Destination");
      const type = plainText(below(run, result, "Type"));
      // SAM makes the queue or topic that is not named.
      if (config.isOwn && destination.kind === "absent" && (type === "SQS" || type === "SNS"))
        return {
          known: true,
          value: config.resource.template.prefix + destinationId(config.resource.id, "OnFailure", type),
          ...saidOf(result),
        };
      const target = targetOf(run, destination, config.resource.template);
      return target === undefined
        ? config.settings.fallback(undefined)
        : { known: true, value: nameOf(target), ...saidOf(destination) };
    }),
  };
}

function isThere(run: Run, { resource, guards, settings }: InvokeConfig): boolean {
  const exists = existsIn(run, resource, guards);
  return (!exists.known || exists.value) && settings.read(run, "").kind !== "absent";
}

/** Notes what configures the asynchronous calls of functions; before the functions themselves are read. */
export function noteInvokeConfig(resource: Resource, draft: Draft): void {
  const { type, template, properties } = resource;
  if (type === "AWS::Serverless::Function") {
    const node = at(properties, "EventInvokeConfig");
    if (!node) return;
    draft.configures(resource.path, {
      qualifier: qualifierOf(resource),
      settings: settingsOf(resource, node),
      resource,
      isOwn: true,
    });
    return;
  }
  const settings = settingsOf(resource);
  const found = inEveryWorld<readonly [string, string]>((run) => {
    const target = settings.target(run, "FunctionName");
    if (target?.kind !== "resource") return { known: false, reason: "it is another function's" };
    return {
      known: true,
      value: [target.resource.path, spelledQualifier(run, settings, template)],
      from: "literal",
    };
  });
  for (const { answer } of found.cases)
    if (answer.known)
      draft.configures(answer.value[0], { qualifier: answer.value[1], settings, resource, isOwn: false });
}

function spelledQualifier(run: Run, settings: Settings, template: Resource["template"]): string {
  const qualifier = settings.read(run, "Qualifier");
  if (qualifier.kind !== "text") return LATEST;
  const target = targetOf(run, qualifier, template);
  return target?.kind === "resource" && target.qualifier !== undefined
    ? target.qualifier
    : spelledText(qualifier.parts);
}

/** Under which alias the events of a SAM function call it. */
export function qualifierOf(resource: Resource): string {
  const settings = settingsOf(resource);
  const [first] = inEveryWorld<string>((run) => {
    const alias = settings.read(run, "AutoPublishAlias");
    return { known: true, value: alias.kind === "text" ? spelledText(alias.parts) : LATEST, from: "literal" };
  }).cases;
  return first?.answer.known ? first.answer.value : LATEST;
}
