/** What the doctor was asked for: its options and its section of the configuration file, checked. */

import type { Call } from "../../options.ts";
import type { ConfiguredIdempotency } from "../../facts/code/configured.ts";
import { type ConfiguredIgnore, configuredIgnores } from "../../suppress/configured.ts";
import { RULES, ruleNamed } from "../../rules/catalogue.ts";
import { PROFILES, type Profile, type Rule, type Severity } from "../../rules/rule.ts";
import { didYouMean } from "../../nearest.ts";
import { Usage } from "../../usage.ts";

export const FAIL_ON = ["error", "warning", "info", "none"] as const;
const SEVERITIES = ["error", "warning", "info", "off"] as const;

export interface DoctorSettings {
  readonly profile: Profile;
  readonly rules: readonly Rule[];
  readonly failOn: (typeof FAIL_ON)[number];
  readonly failOnUnknown: boolean;
  readonly severities: Readonly<Record<string, Severity | "off">>;
  readonly ignores: readonly ConfiguredIgnore[];
  readonly idempotency: readonly ConfiguredIdempotency[];
}

/** @throws Usage */
export function doctorSettings(call: Call): DoctorSettings {
  const wanted = call.list("rule");
  return {
    profile: call.choice("rule-profile", PROFILES) ?? "recommended",
    rules: wanted.length === 0 ? RULES : wanted.map(ruleOf),
    failOn: call.choice("fail-on", FAIL_ON) ?? "error",
    failOnUnknown: call.flag("fail-on-unknown"),
    severities: severitiesOf(call.structured("severities")),
    ignores: ignoresOf(call.structured("ignore")),
    idempotency: listOf(
      call.structured("idempotency"),
      ["function", "recordsLastSeconds", "table"],
      idempotencyOf,
    ),
  };
}

function ruleOf(text: string): Rule {
  const rule = ruleNamed(text);
  if (rule) return rule;
  const known = RULES.flatMap(({ id, name }) => [id, name]);
  throw new Usage(
    `there is no rule "${text}".${didYouMean(text, known)} effectively-once explain lists all.`,
  );
}

interface Setting {
  readonly value: unknown;
  readonly where: string;
}

function severitiesOf({ value, where }: Setting): Readonly<Record<string, Severity | "off">> {
  if (value === undefined) return {};
  if (!isObject(value))
    throw new Usage(`${where} is an object of rules and severities, such as { "DUP004": "warning" }.`);
  const severities: Record<string, Severity | "off"> = {};
  for (const [name, severity] of Object.entries(value)) {
    const known = SEVERITIES.find((one) => one === severity);
    if (!known)
      throw new Usage(
        `${where}: ${name} is one of ${SEVERITIES.join(", ")}; got ${JSON.stringify(severity)}.`,
      );
    severities[ruleOf(name).id] = known;
  }
  return severities;
}

function listOf<T>(
  { value, where }: Setting,
  keys: readonly string[],
  read: (entry: Readonly<Record<string, unknown>>, where: string) => T,
): readonly T[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new Usage(`${where} is an array of objects.`);
  return value.map((entry: unknown, at) => {
    const place = `${where}[${at}]`;
    if (!isObject(entry)) throw new Usage(`${place} is an object, got ${JSON.stringify(entry)}.`);
    const strange = Object.keys(entry).find((key) => !keys.includes(key));
    if (strange !== undefined)
      throw new Usage(
        `${place} has no "${strange}".${didYouMean(strange, keys)} It takes: ${keys.join(", ")}.`,
      );
    return read(entry, place);
  });
}

function ignoresOf({ value, where }: Setting): readonly ConfiguredIgnore[] {
  const ignores = configuredIgnores(value, where);
  for (const { rule } of ignores) ruleOf(rule);
  return ignores;
}

function idempotencyOf(entry: Readonly<Record<string, unknown>>, where: string): ConfiguredIdempotency {
  const seconds = entry["recordsLastSeconds"];
  if (typeof seconds !== "number" || !Number.isFinite(seconds) || seconds <= 0)
    throw new Usage(`${where}: "recordsLastSeconds" is a number of seconds above 0.`);
  return {
    function: textOf(entry, "function", where),
    recordsLastSeconds: seconds,
    ...(entry["table"] === undefined ? {} : { table: textOf(entry, "table", where) }),
  };
}

function textOf(entry: Readonly<Record<string, unknown>>, key: string, where: string): string {
  const value = entry[key];
  if (typeof value === "string" && value !== "") return value;
  throw new Usage(
    `${where}: "${key}" is a text that is not empty, got ${JSON.stringify(value) ?? "nothing"}.`,
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
