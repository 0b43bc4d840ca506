/** `--key`, `--message-id`, `--request-id`, `--time`: where they are to be found in records and lines. */

import { Usage } from "../../usage.ts";
import { needleOf, parsePath, type Path, valuesAt, withinRecord } from "./path.ts";

/** What can be asked for; each is also the name of the group that gives it in a regular expression. */
export type Field = "key" | "messageId" | "requestId" | "time";

/** As they were typed. */
export type Asked = Partial<Readonly<Record<Field, string>>>;

export type Found = Partial<Readonly<Record<Field, string>>>;

export interface Expressions {
  /** What was asked for. */
  readonly fields: ReadonlySet<Field>;
  /** Whether anything can be found in lines that are no records of an event. */
  readonly any: boolean;
  /** One of these stands in each line in which a path finds something; `undefined`: that cannot be told without reading it. */
  readonly needles: readonly string[] | undefined;
  readonly patterns: readonly RegExp[];
  /** In one record of a logged event. */
  inRecord(record: unknown): Found;
  /** In any of these JSON values, the first that has it: a logged record, what is in its message, an event as a whole. */
  inValues(values: readonly unknown[]): Found;
  /** In a line as it stands. */
  inText(text: string): Found;
}

const FIELDS: readonly Field[] = ["key", "messageId", "requestId", "time"];
const OPTIONS: Readonly<Record<Field, string>> = {
  key: "--key",
  messageId: "--message-id",
  requestId: "--request-id",
  time: "--time",
};
const PATTERN = /^\/(.*)\/([a-z]*)$/s;

/** @throws Usage for what is neither a path nor a regular expression with a group of that name */
export function expressionsOf(asked: Asked): Expressions {
  const paths: (readonly [Field, Path])[] = [];
  const patterns: RegExp[] = [];
  for (const field of FIELDS) {
    const text = asked[field];
    if (text === undefined) continue;
    if (text.startsWith("$")) paths.push([field, parsePath(OPTIONS[field], text)]);
    else patterns.push(patternOf(field, text));
  }
  const recordPaths = paths.map(([field, path]) => [field, withinRecord(path) ?? path] as const);
  const needles = paths.map(([, path]) => needleOf(path));
  const inPaths = (from: typeof paths, values: readonly unknown[]): Found => {
    const found: Partial<Record<Field, string>> = {};
    for (const [field, path] of from)
      for (const value of values) {
        const [first] = valuesAt(path, value);
        if (first === undefined) continue;
        found[field] = first;
        break;
      }
    return found;
  };
  return {
    fields: new Set(FIELDS.filter((field) => asked[field] !== undefined)),
    any: asked.key !== undefined || asked.messageId !== undefined,
    needles: needles.includes(undefined) ? undefined : (needles as readonly string[]),
    patterns,
    inRecord: (record) => inPaths(recordPaths, [record]),
    inValues: (values) => inPaths(paths, values),
    inText: (text) => Object.assign({}, ...patterns.map((pattern) => groupsOf(pattern, text))) as Found,
  };
}

function patternOf(field: Field, text: string): RegExp {
  const option = OPTIONS[field];
  const [, source, flags = ""] = PATTERN.exec(text) ?? [];
  const example = `such as $.body.id, or a regular expression between slashes, such as /order (?<${field}>\\S+)/`;
  if (source === undefined) throw new Usage(`${option} is a path, ${example}; got "${text}".`);
  const other = /[^imsu]/.exec(flags)?.[0];
  if (other !== undefined)
    throw new Usage(`${option} ${text} has the flag "${other}"; the flags i, m, s and u are of use here.`);
  let pattern: RegExp;
  try {
    pattern = new RegExp(source, flags);
  } catch (error) {
    throw new Usage(`${option} ${text} is no regular expression: ${(error as Error).message}.`);
  }
  if (!source.includes(`(?<${field}>`))
    throw new Usage(`${option} ${text} has no group named "${field}". It is a path, ${example}.`);
  return pattern;
}

function groupsOf(pattern: RegExp, text: string): Found {
  const { groups } = pattern.exec(text) ?? {};
  if (groups === undefined) return {};
  return Object.fromEntries(
    FIELDS.flatMap((field) => {
      const value = groups[field];
      return value === undefined || value === "" ? [] : [[field, value]];
    }),
  );
}
