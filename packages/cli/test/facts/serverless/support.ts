/** Services in a test: files by their paths, and what came of one setting. */

import type { Files } from "../../../src/facts/files.ts";
import type { Fact, Facts } from "../../../src/facts/model.ts";
import { readServerless } from "../../../src/facts/serverless/read.ts";
import type { Answer, Value } from "../../../src/facts/value.ts";

export function serviceOf(text: string, others: Readonly<Record<string, string>> = {}): Facts {
  const files: Files = { text: (path) => others[path.replace(/^app\//, "")], names: () => [] };
  return readServerless("app/serverless.yml", text, files);
}

/** A service with one function, `worker`, and what stands below it. */
export function worker(body: string, more = "", others: Readonly<Record<string, string>> = {}): Facts {
  return serviceOf(
    `service: shop\nprovider:\n  name: aws\nfunctions:\n  worker:\n    handler: src/a.main\n${body}\n${more}`,
    others,
  );
}

export function byId<T extends Fact>(facts: readonly T[], id: string): T {
  const found = facts.find((fact) => fact.id === id);
  if (!found) throw new Error(`there is no ${id} among ${facts.map((fact) => fact.id).join(", ")}`);
  return found;
}

export function only<T>(value: Value<T>): Answer<T> {
  const [one, ...others] = value.cases;
  if (!one || others.length > 0) throw new Error(`it has ${value.cases.length} cases`);
  return one.answer;
}

export function said<T>(value: Value<T>): T | string {
  const answer = only(value);
  return answer.known ? answer.value : `? ${answer.reason}`;
}
