/** Suppressions in the configuration file: `"doctor": { "ignore": [{ "rule": "DUP004", "queue": "Jobs*", "reason": "…" }] }`. */

import { didYouMean } from "../nearest.ts";
import { Usage } from "../usage.ts";

export interface ConfiguredIgnore {
  readonly rule: string;
  /** Each may hold `*` for anything within a name or folder, `**` across folders. All that are given have to fit. */
  readonly file?: string;
  readonly function?: string;
  readonly queue?: string;
  readonly mapping?: string;
  readonly reason: string;
}

const NAMES = ["rule", "file", "function", "queue", "mapping", "reason"] as const;

/**
 * @param where what the sentences name: `effectively-once.config.json, "doctor.ignore"`
 * @throws Usage for what is no such list, and for an entry without a rule or a reason
 */
export function configuredIgnores(value: unknown, where: string): readonly ConfiguredIgnore[] {
  if (value === undefined) return [];
  if (!Array.isArray(value))
    throw new Usage(`${where} is an array of { "rule", "reason" }, got ${shown(value)}.`);
  return value.map((entry: unknown, index) => {
    const at = `${where}[${index}]`;
    if (typeof entry !== "object" || entry === null || Array.isArray(entry))
      throw new Usage(`${at} is an object with "rule" and "reason", got ${shown(entry)}.`);
    for (const [name, given] of Object.entries(entry)) {
      if (!NAMES.some((known) => known === name))
        throw new Usage(
          `${at}: there is no setting "${name}".${didYouMean(name, NAMES)} It takes: ${NAMES.join(", ")}.`,
        );
      if (typeof given !== "string") throw new Usage(`${at}: "${name}" is a string, got ${shown(given)}.`);
    }
    const { rule = "", reason = "", ...rest } = entry as Partial<ConfiguredIgnore>;
    if (rule.trim() === "") throw new Usage(`${at} names no "rule", such as "DUP003".`);
    if (reason.trim() === "")
      throw new Usage(`${at} gives no "reason": say why ${rule} is not to be reported there.`);
    return { ...rest, rule, reason };
  });
}

/** Whether a name fits a pattern with `*` and `**`. */
export function fits(pattern: string, name: string): boolean {
  const expression = pattern
    .split(/(\*\*\/|\*\*|\*)/)
    .map((part) => {
      if (part === "**/") return "(?:.*/)?";
      if (part === "**") return ".*";
      return part === "*" ? "[^/]*" : part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&");
    })
    .join("");
  return new RegExp(`^${expression}$`, "s").test(name);
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 40);
}
