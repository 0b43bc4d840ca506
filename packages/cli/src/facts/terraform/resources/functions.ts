/** Lambda functions, with what their event invoke configurations say. */

import type { FunctionFact } from "../../model.ts";
import type { Answer, Value } from "../../value.ts";
import { knownAnswer, notKnown, numberAnswer, textAnswer } from "../answers.ts";
import { type Datum, firstUnknown, isNull, textOf } from "../datum.ts";
import type { Item } from "../item.ts";
import { Unseen } from "../worlds.ts";
import type { Reader } from "./reader.ts";

export function functionFacts(reader: Reader): readonly FunctionFact[] {
  return reader.of("aws_lambda_function").map((item) => ({
    ...reader.fact(item),
    name: reader.text(item, "function_name"),
    timeoutSeconds: reader.number(item, "timeout", { otherwise: 3, min: 1, max: 900 }),
    reservedConcurrency: reserved(reader, item),
    deadLetter: reader.value(item, () =>
      reader.deadLetter(item.sections("dead_letter_config")[0], "target_arn", item),
    ),
    async: asyncFacts(reader, item),
    environment: environment(reader, item),
    ...code(reader, item),
  }));
}

/** -1 is none. */
function reserved(reader: Reader, item: Item): Value<number | undefined> {
  const value = reader.number(item, "reserved_concurrent_executions", {
    otherwise: -1,
    min: -1,
    max: Infinity,
  });
  return {
    cases: value.cases.map(({ when, answer }) => ({
      when,
      answer: answer.known && answer.value === -1 ? { ...answer, value: undefined } : answer,
    })),
  };
}

function asyncFacts(reader: Reader, item: Item): FunctionFact["async"] {
  const configs = reader.of("aws_lambda_function_event_invoke_config");
  const found = () => configOf(reader, item, configs);
  const number = (name: string, otherwise: number, min: number, max: number) =>
    reader.value<number>(item, () => {
      const config = found();
      return config
        ? numberAnswer(config, name, { otherwise, min, max }, reader.worlds)
        : { known: true, value: otherwise, from: "default", place: item.place };
    });
  return {
    configured: reader.value<boolean>(item, () => {
      const config = found();
      return config
        ? { known: true, value: true, from: "literal", place: config.place }
        : { known: true, value: false, from: "default", place: item.place };
    }),
    maximumRetryAttempts: number("maximum_retry_attempts", 2, 0, 2),
    maximumEventAgeSeconds: number("maximum_event_age_in_seconds", 21_600, 60, 21_600),
    onFailure: reader.value(item, () => {
      const config = found();
      const failure = config?.sections("destination_config")[0]?.sections("on_failure")[0];
      return reader.deadLetter(failure, "destination", config ?? item);
    }),
  };
}

/** That of the function itself before that of one of its aliases. @throws Unseen when one is for a function that is not known */
function configOf(reader: Reader, item: Item, configs: readonly Item[]): Item | undefined {
  let found: Item | undefined;
  let unseen: string | undefined;
  for (const config of configs) {
    const target = reader.target(config.get("function_name"));
    if (!target.item) unseen ??= `${config.address} is for a function that is not known: ${target.reason}`;
    if (target.item !== item || !isDeployed(config)) continue;
    if (!found || isNull(config.get("qualifier"))) found = config;
  }
  if (!found && unseen !== undefined) throw new Unseen(unseen);
  return found;
}

function isDeployed(item: Item): boolean {
  try {
    return item.exists();
  } catch (error) {
    if (error instanceof Unseen) return true;
    throw error;
  }
}

function environment(reader: Reader, item: Item): ReadonlyMap<string, Value<string>> {
  const variables = (): ReadonlyMap<string, Datum> => {
    const datum = item.sections("environment")[0]?.get("variables");
    return datum?.kind === "map" ? datum.entries : new Map();
  };
  const names = reader.value(item, () => ({
    known: true,
    value: [...variables().keys()],
    from: "literal",
  }));
  const all = new Set(names.cases.flatMap(({ answer }) => (answer.known ? answer.value : [])));
  return new Map([...all].map((name) => [name, reader.value(item, () => variable(variables().get(name)))]));

  function variable(datum: Datum | undefined): Answer<string> {
    if (!datum || isNull(datum)) return { known: false, reason: "it is not set there" };
    const text = textOf(datum);
    if (text !== undefined) return knownAnswer(text, datum);
    // A thing whose name is put together of what is not known is still this thing.
    const { item: named } = reader.target(datum);
    if (named) return { known: true, value: named.address, from: "literal", place: datum.place };
    return firstUnknown(datum)
      ? notKnown(datum, item, "environment")
      : { known: false, reason: "it is no text" };
  }
}

function code(reader: Reader, item: Item): Pick<FunctionFact, "code"> {
  const handler = first(reader.value(item, () => textAnswer(item, "handler")));
  const root = first(
    reader.value<string | undefined>(item, () => ({
      known: true,
      value: item.sourceFolder(),
      from: "literal",
    })),
  );
  return handler !== undefined && root !== undefined ? { code: { root, handler } } : {};
}

function first<T>(value: Value<T>): T | undefined {
  const answer = value.cases[0]?.answer;
  return answer?.known ? answer.value : undefined;
}
