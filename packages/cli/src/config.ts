/** `effectively-once.config.json`: what would otherwise be typed as options each time. Options stand before it. */

import { readFileSync } from "node:fs";
import { didYouMean } from "./nearest.ts";
import { type OptionTable, SHARED_OPTIONS } from "./option-tables.ts";
import { Usage } from "./usage.ts";

export const CONFIG_FILE = "effectively-once.config.json";

export type ConfigValue = string | number | boolean | readonly string[];
export type Config = ReadonlyMap<string, ConfigValue>;

export interface ConfigFile {
  /** By option name. */
  readonly options: Config;
  /** What is no option, as it stands in the file. */
  readonly structured: ReadonlyMap<string, unknown>;
  /** What to name in errors. */
  readonly file: string;
}

export interface ConfigFor {
  readonly command: string;
  /** All that it takes. */
  readonly options: OptionTable;
  readonly commands: readonly string[];
  /** Settings of its section that are no options. */
  readonly structured?: readonly string[];
}

/**
 * The settings for one command, by option name: its own section before the top level. A key is an option's name in
 * camelCase (`"batchSize"` is `--batch-size`). A key that is not known is an error: a misspelt one would do nothing.
 *
 * @param path of `--config`; without it the file in the working directory, when there is one
 */
export function readConfig(
  path: string | undefined,
  { command, options, commands, structured = [] }: ConfigFor,
): ConfigFile {
  const text = textOf(path);
  const file = path ?? CONFIG_FILE;
  if (text === undefined) return { options: new Map(), structured: new Map(), file };
  const whole = parsed(text, file);
  const { [command]: section = {}, ...top } = whole;
  if (!isObject(section)) throw new Usage(`${file}: "${command}" is an object of that command's options.`);
  const shared = Object.keys(SHARED_OPTIONS).map(camel);
  const settings = new Map<string, ConfigValue>();
  for (const [key, value] of Object.entries(top)) {
    if (key === "$schema" || commands.includes(key)) continue;
    if (!shared.includes(key)) throw unknown(file, key, [...shared, ...commands]);
    const name = kebab(key);
    // Another command's: `storeUrl` is of use to some only.
    if (Object.hasOwn(options, name)) settings.set(name, checked(file, key, value, options));
  }
  const own = Object.keys(options)
    .filter((name) => name !== "config")
    .map(camel);
  const others = new Map<string, unknown>();
  for (const [key, value] of Object.entries(section)) {
    if (structured.includes(key)) others.set(key, value);
    else if (own.includes(key)) settings.set(kebab(key), checked(file, key, value, options));
    else throw unknown(`${file}, "${command}"`, key, [...own, ...structured]);
  }
  return { options: settings, structured: others, file };
}

function textOf(path: string | undefined): string | undefined {
  try {
    return readFileSync(path ?? CONFIG_FILE, "utf8");
  } catch (error) {
    if (path === undefined && (error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Usage(`--config ${path ?? CONFIG_FILE} cannot be read: ${(error as Error).message}.`);
  }
}

function parsed(text: string, file: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw new Usage(`${file} is not JSON: ${(error as Error).message}.`);
  }
  if (!isObject(value)) throw new Usage(`${file} holds one JSON object, such as { "region": "eu-west-1" }.`);
  return value;
}

function checked(file: string, key: string, value: unknown, options: OptionTable): ConfigValue {
  const option = options[kebab(key)];
  const texts = Array.isArray(value) && value.every((part) => typeof part === "string");
  if (option?.type === "boolean" && typeof value === "boolean") return value;
  if (option?.multiple && texts) return value;
  if (option?.multiple && typeof value === "string") return [value];
  if (option?.type === "string" && (typeof value === "string" || typeof value === "number")) return value;
  const wanted =
    option?.type === "boolean"
      ? "true or false"
      : option?.multiple
        ? "an array of strings"
        : "a string or a number";
  throw new Usage(`${file}: "${key}" is ${wanted}, got ${JSON.stringify(value)?.slice(0, 40)}.`);
}

function unknown(where: string, key: string, known: readonly string[]): Usage {
  return new Usage(
    `${where}: there is no setting "${key}".${didYouMean(key, known)} It takes: ${known.join(", ")}.`,
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function camel(name: string): string {
  return name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
