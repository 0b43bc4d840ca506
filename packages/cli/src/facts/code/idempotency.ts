/** What a function's code says of its idempotency: which library, how long records last, and in which table they are. */

import type { FunctionFact, IdempotencyFact } from "../model.ts";
import { type Answer, type Value, chained, known, unknown } from "../value.ts";
import {
  type Call,
  argument,
  callsOf,
  mentions,
  numberOf,
  numericVariableOf,
  placeOfCode,
  textOf,
} from "./arguments.ts";
import { uses } from "./signs.ts";
import type { Source } from "./sources.ts";

/** https://docs.powertools.aws.dev/lambda/typescript/latest/features/idempotency/ and its Python counterpart: an hour. */
const POWERTOOLS_SECONDS = 3_600;
/** The runtime's `retentionMs`: 29 days. */
const RUNTIME_SECONDS = 29 * 86_400;

export function idempotencyIn(called: FunctionFact, sources: readonly Source[]): readonly IdempotencyFact[] {
  const found = [...powertools(called, sources), ...runtime(called, sources)];
  // The same settings said twice are one memory.
  const distinct = new Map(
    found.map((fact) => [JSON.stringify([fact.recordsLastSeconds, fact.table, fact.library]), fact]),
  );
  return [...distinct.values()].map((fact, index) => ({
    ...fact,
    id: index === 0 ? fact.id : `${fact.id}#${index + 1}`,
  }));
}

function powertools(called: FunctionFact, sources: readonly Source[]): readonly IdempotencyFact[] {
  const its = sources.filter(
    (source) => uses(source, "@aws-lambda-powertools/idempotency") || uses(source, "aws_lambda_powertools"),
  );
  const guards = callsIn(its, [
    "makeIdempotent",
    "makeHandlerIdempotent",
    "idempotent",
    "idempotent_function",
  ]);
  if (guards.length === 0) return [];
  const configs = callsIn(its, ["IdempotencyConfig"]);
  const { table, expiryAttribute } = layerOf(called, its);
  return lives(called, guards, configs).map((recordsLastSeconds) =>
    factOf(called, "powertools", guards[0], recordsLastSeconds, table, expiryAttribute),
  );
}

/** Of each configuration; and the default, where something is guarded without one. */
function lives(
  called: FunctionFact,
  guards: readonly Call[],
  configs: readonly Call[],
): readonly Value<number>[] {
  const all = configs.map((config) =>
    lifeOf(called, config, argumentOf(config, ["expiresAfterSeconds", "expires_after_seconds"])),
  );
  const bare = guards.find((guard) => !mentions(guard, "config"));
  if (bare) all.push(byDefault(bare, POWERTOOLS_SECONDS));
  if (all.length > 0) return all;
  return [unknown("the idempotency configuration is in code that was not read")];
}

function lifeOf(
  called: FunctionFact,
  config: Call,
  given: ReturnType<typeof argument>,
  { unit = 1, seconds = POWERTOOLS_SECONDS } = {},
): Value<number> {
  if (given === undefined) return byDefault(config, seconds);
  const place = placeOfCode(config.source, given);
  const value = numberOf(config.source, given.text);
  if (value !== undefined) return known(value / unit, "literal", { place });
  const reason = `how long records last is ${given.text}, which takes running the code to know`;
  const variable = called.environment.get(numericVariableOf(config.source, given.text) ?? "");
  if (variable === undefined) return unknown(reason, { place });
  return chained(variable, (text): Answer<number> => {
    const seconds = text.value.trim() === "" ? Number.NaN : Number(text.value) / unit;
    return Number.isFinite(seconds) ? { ...text, value: seconds } : { known: false, reason, place };
  });
}

function byDefault(call: Call, seconds: number): Value<number> {
  return known(seconds, "default", { place: placeOfCode(call.source, call) });
}

interface Layer {
  readonly table: Value<string | undefined>;
  readonly expiryAttribute?: Value<string>;
}

function layerOf(called: FunctionFact, sources: readonly Source[]): Layer {
  const layers = callsIn(sources, ["DynamoDBPersistenceLayer"]);
  const [layer] = layers;
  if (layer === undefined) {
    const [cache] = callsIn(sources, ["CachePersistenceLayer", "RedisCachePersistenceLayer"]);
    const table = cache
      ? known(undefined, "literal", { place: placeOfCode(cache.source, cache) })
      : unknown("the persistence layer is in code that was not read");
    return { table };
  }
  const expiry = argumentOf(layer, ["expiryAttr", "expiry_attr"]);
  const attribute = expiry && textValue(called, layer.source, expiry.text, placeOfCode(layer.source, expiry));
  return {
    table: tableOf(called, layer, ["tableName", "table_name"]),
    ...(attribute ? { expiryAttribute: attribute } : {}),
  };
}

function runtime(called: FunctionFact, sources: readonly Source[]): readonly IdempotencyFact[] {
  const its = sources.filter((source) => uses(source, "@effectively-once/runtime"));
  const stores = callsIn(its, ["dynamodbStore"]);
  const [store] = stores;
  return callsIn(its, ["createOnce"]).map((create) => {
    const life = lifeOf(called, create, argument(create, "retentionMs"), {
      unit: 1_000,
      seconds: RUNTIME_SECONDS,
    });
    const table = store ? tableOf(called, store, ["tableName"]) : storeless(its);
    return factOf(called, "effectively-once", create, life, table);
  });
}

/** The other stores keep their records in no DynamoDB table. */
function storeless(sources: readonly Source[]): Value<string | undefined> {
  const [other] = callsIn(sources, [
    "postgresStore",
    "sqliteStore",
    "mysqlStore",
    "redisStore",
    "memoryStore",
  ]);
  return other
    ? known(undefined, "literal", { place: placeOfCode(other.source, other) })
    : unknown("the store is in code that was not read");
}

function tableOf(called: FunctionFact, call: Call, names: readonly string[]): Value<string | undefined> {
  const given = argumentOf(call, names);
  const place = placeOfCode(call.source, given ?? call);
  if (given === undefined) return unknown("the table's name is in code that was not read", { place });
  return textValue(called, call.source, given.text, place);
}

function textValue(
  called: FunctionFact,
  source: Source,
  expression: string,
  place: ReturnType<typeof placeOfCode>,
): Value<string> {
  const text = textOf(source, expression);
  if (text === undefined)
    return unknown(`its name is ${expression}, which takes running the code to know`, { place });
  if (text.kind === "literal") return known(text.text, "literal", { place });
  const variable = called.environment.get(text.name);
  return (
    variable ?? unknown(`the variable ${text.name} is not in the environment of ${called.id}`, { place })
  );
}

function argumentOf(call: Call, names: readonly string[]): ReturnType<typeof argument> {
  for (const name of names) {
    const given = argument(call, name);
    if (given !== undefined) return given;
  }
  return undefined;
}

function callsIn(sources: readonly Source[], names: readonly string[]): readonly Call[] {
  return sources.flatMap((source) => names.flatMap((name) => callsOf(source, name)));
}

function factOf(
  called: FunctionFact,
  library: IdempotencyFact["library"],
  at: Call | undefined,
  recordsLastSeconds: Value<number>,
  table: Value<string | undefined>,
  expiryAttribute?: Value<string>,
): IdempotencyFact {
  return {
    id: `${called.id}.idempotency`,
    ...(at ? { place: placeOfCode(at.source, at) } : {}),
    exists: known(true, "literal"),
    function: called.id,
    library,
    recordsLastSeconds,
    table,
    ...(expiryAttribute ? { expiryAttribute } : {}),
  };
}
