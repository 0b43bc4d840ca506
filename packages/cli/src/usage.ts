/** What a person got wrong: printed as a sentence, exit code 2. */

export class Usage extends Error {
  override readonly name = "Usage";
}

/** A whole number from `min` on; `otherwise` when the option was not given. */
export function whole(name: string, text: string | undefined, otherwise: number, min = 0): number {
  const value = text === undefined ? otherwise : text.trim() === "" ? Number.NaN : Number(text);
  if (Number.isSafeInteger(value) && value >= min) return value;
  throw new Usage(`--${name} is a whole number, ${min} or more, got "${text}".`);
}

/** `--format`, of which `--json` is an alias. */
export function formatOf(values: { format?: string; json?: boolean }): "pretty" | "json" {
  const format = values.format ?? (values.json ? "json" : "pretty");
  if (format === "json" || format === "pretty") {
    if (values.json && format !== "json")
      throw new Usage(`--json and --format ${format} contradict each other.`);
    return format;
  }
  throw new Usage(`--format is pretty or json, got "${format}".`);
}
