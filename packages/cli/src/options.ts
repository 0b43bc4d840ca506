/** What a command was called with: its options, before the configuration file's; the options that all commands share. */

import { parseArgs } from "node:util";
import { type AwsSettings, awsSettings } from "./aws/settings.ts";
import type { Command } from "./command.ts";
import { type Config, type ConfigFile, type ConfigValue, readConfig } from "./config.ts";
import { didYouMean } from "./nearest.ts";
import { COMMON_OPTIONS, type OptionTable } from "./option-tables.ts";
import { Output } from "./output.ts";
import { formatOf, Usage } from "./usage.ts";

/** One call of a command. Asking it for an option that the command does not declare is a bug of ours. */
export class Call {
  readonly positionals: readonly string[];
  readonly output: Output;
  readonly interrupted: AbortSignal;
  readonly #declared: OptionTable;
  readonly #given: Config;
  readonly #config: Config;
  readonly #file: ConfigFile;

  constructor(
    declared: OptionTable,
    given: Config,
    config: ConfigFile,
    positionals: readonly string[],
    output: Output,
    interrupted: AbortSignal,
  ) {
    this.#declared = declared;
    this.#given = given;
    this.#config = config.options;
    this.#file = config;
    this.positionals = positionals;
    this.output = output;
    this.interrupted = interrupted;
  }

  /** Whether it was given as an option, not only by the configuration file. */
  has(name: string): boolean {
    return this.#given.has(name);
  }

  text(name: string): string | undefined {
    const value = this.#value(name);
    return value === undefined ? undefined : String(value);
  }

  flag(name: string): boolean {
    return this.#value(name) === true;
  }

  list(name: string): readonly string[] {
    const value = this.#value(name);
    return Array.isArray(value) ? value : [];
  }

  /** A setting of the command's section that is no option, as it stands in the file; and what to name in errors. */
  structured(name: string): { readonly value: unknown; readonly where: string } {
    return { value: this.#file.structured.get(name), where: `${this.#file.file}, "${name}"` };
  }

  /** A whole number, in the unit that the option's help names. */
  whole(name: string, min: number, max: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
    throw new Usage(`--${name} is a whole number from ${min} to ${max}, got "${text}".`);
  }

  /** One of `known`. */
  choice<T extends string>(name: string, known: readonly T[]): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const found = known.find((one) => one === text);
    if (found !== undefined) return found;
    throw new Usage(`--${name} is one of ${known.join(", ")}; got "${text}".${didYouMean(text, known)}`);
  }

  /** What `work` answers, or a rejection as soon as the command is interrupted. */
  async untilInterrupted<T>(work: Promise<T>): Promise<T> {
    const interrupted = this.interrupted;
    interrupted.throwIfAborted();
    return await new Promise<T>((resolve, reject) => {
      const stop = (): void => reject(interrupted.reason as Error);
      interrupted.addEventListener("abort", stop, { once: true });
      work.then(resolve, reject).finally(() => interrupted.removeEventListener("abort", stop));
    });
  }

  /** Options, then the environment, then the configuration file: as the AWS CLI has it, whose own files come last. */
  aws(): AwsSettings {
    const flag = (name: string) => this.#given.get(name) as string | undefined;
    const file = (name: string) => this.#config.get(name) as string | undefined;
    return awsSettings(
      { profile: flag("profile"), region: flag("region"), endpointUrl: flag("endpoint-url") },
      { profile: file("profile"), region: file("region"), endpointUrl: file("endpoint-url") },
    );
  }

  #value(name: string): ConfigValue | undefined {
    if (!Object.hasOwn(this.#declared, name)) throw new Error(`the command declares no option --${name}`);
    return this.#given.get(name) ?? this.#config.get(name);
  }
}

export interface Asked {
  readonly name: string;
  readonly command: Command;
  readonly args: readonly string[];
  /** All commands: a configuration file may hold a section for each. */
  readonly commands: readonly string[];
  readonly interrupted: AbortSignal;
}

export function readCall({ name, command, args, commands, interrupted }: Asked): Call {
  const declared: OptionTable = { ...COMMON_OPTIONS, ...command.options };
  const { given, positionals } = parse(name, declared, args);
  if (positionals.length > command.maxPositionals)
    throw new Usage(
      `${name} takes ${command.maxPositionals === 1 ? "one argument" : `${command.maxPositionals} arguments`}, and "${positionals[command.maxPositionals]}" is one too many. See effectively-once ${name} --help.`,
    );
  const config = readConfig(text(given.get("config")), {
    command: name,
    options: declared,
    commands,
    ...(command.structured ? { structured: command.structured } : {}),
  });
  const json = given.get("json") === true;
  const wanted = given.get("format") ?? (json ? undefined : config.options.get("format"));
  const format = command.stdoutFormat
    ? command.stdoutFormat(
        wanted === undefined ? [] : Array.isArray(wanted) ? wanted : [String(wanted)],
        json,
      )
    : formatOf({ format: text(wanted), json });
  const noColor = (given.get("no-color") ?? config.options.get("no-color")) === true;
  const output = new Output({ format, noColor });
  return new Call(declared, given, config, positionals, output, interrupted);
}

function text(value: ConfigValue | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

function parse(
  name: string,
  declared: OptionTable,
  args: readonly string[],
): { readonly given: Config; readonly positionals: readonly string[] } {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: declared, allowPositionals: true });
    return { given: new Map(Object.entries(values) as [string, ConfigValue][]), positionals };
  } catch (error) {
    const said = (error as Error).message;
    const unknown = /^Unknown option '(-[^']*)'/.exec(said)?.[1];
    if (unknown === undefined) throw new Usage(said);
    const names = Object.keys(declared);
    throw new Usage(
      `${name} has no option ${unknown}.${didYouMean(unknown.replace(/^-+/, ""), names).replace('"', '"--')} See effectively-once ${name} --help.`,
    );
  }
}
