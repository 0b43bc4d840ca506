/** The facts of a function, and of each alias or version of it that a mapping calls. */

import type { FunctionConfiguration, FunctionEventInvokeConfig } from "@aws-sdk/client-lambda";
import type { FunctionFact } from "../model.ts";
import { known, unknown, type Value } from "../value.ts";
import { functionOf, parseArn } from "./arn.ts";
import type { Answered, Listed } from "./calls.ts";
import type { SeenFunction, SeenVersion } from "./functions.ts";
import { type Home, queueId } from "./ids.ts";

/** A function by its name, first; then what is behind its qualifiers. */
export function functionFacts(
  seen: SeenFunction,
  home: Home,
  /** Why the list of functions ends early, if it does. */
  unlisted = "the function is not in the list of functions",
): readonly FunctionFact[] {
  const { name, configuration } = seen;
  const plain = factOf(
    seen,
    undefined,
    configuration === undefined
      ? { kind: "unknown", reason: unlisted }
      : { kind: "answer", value: [{ version: "$LATEST", configuration }] },
    home,
  );
  return [
    plain,
    ...[...seen.versions].map(([qualifier, versions]) => ({
      ...factOf(seen, qualifier, versions, home),
      qualifierOf: name,
    })),
  ];
}

function factOf(
  seen: SeenFunction,
  qualifier: string | undefined,
  versions: Answered<readonly SeenVersion[]>,
  home: Home,
): FunctionFact {
  const { name, configuration, concurrency, invokes } = seen;
  const id = qualifier === undefined ? name : `${name}:${qualifier}`;
  const arn = configuration?.FunctionArn;
  const setting = <T>(read: (configuration: FunctionConfiguration) => Value<T>): Value<T> =>
    ofVersions(id, versions, read);
  const [first] = versions.kind === "answer" ? versions.value : [];
  return {
    id,
    exists: known(versions.kind !== "gone", "live"),
    ...(arn === undefined ? {} : { arn: qualifier === undefined ? arn : `${arn}:${qualifier}` }),
    ...(home.account === undefined ? {} : { account: home.account }),
    region: home.region,
    name: known(name, "live"),
    timeoutSeconds: setting(({ Timeout }) =>
      Timeout === undefined ? unknown("Lambda did not say its timeout") : known(Timeout, "live"),
    ),
    reservedConcurrency:
      concurrency === undefined
        ? unknown("it was not asked for, since no mapping calls the function")
        : valueOf(concurrency),
    deadLetter: setting(({ DeadLetterConfig }) => destination(DeadLetterConfig?.TargetArn, home)),
    async: asyncOf(invokes, qualifier ?? "$LATEST", home),
    environment: first === undefined ? new Map() : environmentOf(first.configuration),
  };
}

/** Where a weighted alias may call either of two versions, a case for each. */
function ofVersions<T>(
  id: string,
  versions: Answered<readonly SeenVersion[]>,
  read: (configuration: FunctionConfiguration) => Value<T>,
): Value<T> {
  if (versions.kind !== "answer") return valueOf<T>(versions);
  if (versions.value.length === 1)
    return versions.value[0] === undefined
      ? unknown("it has no version")
      : read(versions.value[0].configuration);
  return {
    cases: versions.value.flatMap(({ version, configuration }) =>
      read(configuration).cases.map(({ when, answer }) => ({
        when: { ...when, [`the version behind ${id}`]: version },
        answer,
      })),
    ),
  };
}

/** What an event invoke configuration leaves open has Lambda's default (https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html). */
function asyncOf(
  invokes: Listed<FunctionEventInvokeConfig>,
  qualifier: string,
  home: Home,
): FunctionFact["async"] {
  const found = invokes.items.find(
    ({ FunctionArn }) => (functionOf(FunctionArn ?? "")?.qualifier ?? "$LATEST") === qualifier,
  );
  if (found === undefined && invokes.reason !== undefined) {
    const open = unknown(invokes.reason);
    return { configured: open, maximumRetryAttempts: open, maximumEventAgeSeconds: open, onFailure: open };
  }
  return {
    configured: known(found !== undefined, "live"),
    maximumRetryAttempts: setOr(found?.MaximumRetryAttempts, 2),
    maximumEventAgeSeconds: setOr(found?.MaximumEventAgeInSeconds, 21_600),
    onFailure: destination(found?.DestinationConfig?.OnFailure?.Destination, home),
  };
}

function environmentOf({ Environment }: FunctionConfiguration): ReadonlyMap<string, Value<string>> {
  return new Map(
    Object.entries(Environment?.Variables ?? {}).map(([name, value]) => [name, known(value, "live")]),
  );
}

export function setOr(value: number | undefined, otherwise: number): Value<number> {
  return value === undefined ? known(otherwise, "default") : known(value, "live");
}

/** Lambda has the empty text for none too. */
export function destination(arn: string | undefined, home: Home): Value<string | undefined> {
  if (arn === undefined || arn === "") return known(undefined, "live");
  return known(parseArn(arn)?.service === "sqs" ? queueId(arn, home) : arn, "live");
}

function valueOf<T>(answered: Answered<T>): Value<T> {
  switch (answered.kind) {
    case "answer":
      return known(answered.value, "live");
    case "unknown":
      return unknown(answered.reason);
    case "gone":
      return unknown("it is not there any more");
  }
}
