/** The functions of a service. */

import type { FunctionFact } from "../model.ts";
import type { Answer, Value } from "../value.ts";
import { type Found, isNull, numberAnswer, textAnswer } from "./found.ts";
import { byDefault, one, type Reader } from "./reader.ts";
import type { Lambda } from "./service.ts";

/** The framework's own default, not Lambda's (https://www.serverless.com/framework/docs/providers/aws/guide/serverless.yml). */
const DEFAULT_TIMEOUT = 6;

export function functionFacts(reader: Reader): readonly FunctionFact[] {
  return reader.service.lambdas.map((lambda) => functionFact(reader, lambda));
}

function functionFact(reader: Reader, { id, found }: Lambda): FunctionFact {
  const { service } = reader;
  const fact = reader.fact(id, found.node);
  const place = fact.place ?? found.node.place;
  const get = (...path: readonly string[]) => service.at(found, ...path);
  return {
    ...fact,
    name: one(
      textAnswer<string | undefined>(reader.references.functionName(id), byDefault(undefined, place)),
    ),
    timeoutSeconds: one(timeout(reader, get("timeout"), byDefault(DEFAULT_TIMEOUT, place))),
    reservedConcurrency: one(
      numberAnswer<number | undefined>(get("reservedConcurrency"), byDefault(undefined, place)),
    ),
    deadLetter: one(reader.named(get("onError"), place)),
    async: {
      configured: one(configured(get, place)),
      maximumRetryAttempts: reader.number(get("maximumRetryAttempts"), 2, place),
      maximumEventAgeSeconds: reader.number(get("maximumEventAge"), 21_600, place),
      onFailure: one(
        reader.named(get("destinations", "onFailure", "arn") ?? get("destinations", "onFailure"), place),
      ),
    },
    environment: environment(reader, get("environment")),
    ...code(service.folder, get("handler")),
  };
}

/** The function's before the provider's. */
function timeout(reader: Reader, own: Found | undefined, otherwise: Answer<number>): Answer<number> {
  if (own && !isNull(own)) return numberAnswer(own, otherwise);
  const answer = numberAnswer(reader.service.get("provider", "timeout"), otherwise);
  return answer.known && answer.from === "literal" ? { ...answer, from: "globals" } : answer;
}

function configured(
  get: (...path: readonly string[]) => Found | undefined,
  place: FunctionFact["place"] & object,
): Answer<boolean> {
  const set = ["destinations", "maximumRetryAttempts", "maximumEventAge"].map((name) => get(name));
  const found = set.find((one) => one && !isNull(one));
  return found
    ? { known: true, value: true, from: "literal", place: found.known ? found.node.place : found.place }
    : byDefault(false, place);
}

/** What a variable names of this service is its id. */
function environment(reader: Reader, own: Found | undefined): ReadonlyMap<string, Value<string>> {
  const all = new Map<string, Value<string>>();
  for (const found of [reader.service.get("provider", "environment"), own]) {
    if (!found?.known || found.node.kind !== "map") continue;
    for (const [name, node] of found.node.entries) {
      const value = reader.service.variables.resolved(node, found);
      const { id } = value.known && value.node.kind === "map" ? reader.references.target(value) : {};
      const answer: Answer<string> =
        id === undefined
          ? textAnswer<string>(value, { known: false, reason: "it is null", place: node.place })
          : { known: true, value: id, from: "literal", place: node.place };
      all.set(name, one(answer));
    }
  }
  return all;
}

function code(folder: string, handler: Found | undefined): Pick<FunctionFact, "code"> {
  if (!handler?.known || handler.node.kind !== "scalar") return {};
  return { code: { root: folder, handler: String(handler.node.value) } };
}
