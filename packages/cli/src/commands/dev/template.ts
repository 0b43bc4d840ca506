/** A function of a SAM template, as far as `dev` needs it: its handler, its limits, its SQS event, its queue. */

import { existsSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { readYaml } from "../../template/yaml.ts";
import { Usage } from "../../usage.ts";

export interface TemplateFunction {
  readonly handler: string;
  readonly timeoutSeconds: number | undefined;
  readonly memoryMb: number | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly batchSize: number | undefined;
  readonly batchingWindowSeconds: number | undefined;
  readonly maxConcurrency: number | undefined;
  readonly reportBatchItemFailures: boolean;
  readonly visibilityTimeoutSeconds: number | undefined;
  readonly maxReceiveCount: number | undefined;
  readonly fifo: boolean;
  readonly notes: readonly string[];
}

type Dict = Readonly<Record<string, unknown>>;

/**
 * @param event of several SQS events of the function, which; the first without it.
 * @throws Usage for a file that cannot be read, has no such function or event, or a handler whose file is not there.
 */
export function functionIn(path: string, wanted: string | undefined, event?: string): TemplateFunction {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new Usage(`--template ${path} cannot be read: ${(error as Error).message}.`);
  }
  const template = dict(readYaml(text, path));
  const resources = dict(template["Resources"]);
  const functions = Object.keys(resources).filter(
    (id) => dict(resources[id])["Type"] === "AWS::Serverless::Function",
  );
  const [first] = functions;
  if (first === undefined) throw new Usage(`${path} has no AWS::Serverless::Function.`);
  if (wanted === undefined && functions.length > 1)
    throw new Usage(`${path} has several functions: ${functions.join(", ")}. Choose one with --function.`);
  const id = wanted ?? first;
  if (!functions.includes(id))
    throw new Usage(`${path} has no function "${id}". It has: ${functions.join(", ")}.`);
  return new Reader(path, template, id, event).read();
}

class Reader {
  readonly #path: string;
  readonly #template: Dict;
  readonly #id: string;
  readonly #event: string | undefined;
  readonly #notes: string[] = [];

  constructor(path: string, template: Dict, id: string, event: string | undefined) {
    this.#event = event;
    this.#path = path;
    this.#template = template;
    this.#id = id;
  }

  read(): TemplateFunction {
    const resources = dict(this.#template["Resources"]);
    const globals = dict(dict(this.#template["Globals"])["Function"]);
    const own = dict(dict(resources[this.#id])["Properties"]);
    const properties: Dict = { ...globals, ...own };
    const event = this.#sqsEvent(dict(own["Events"]));
    const queue = dict(dict(resources[this.#queueOf(event) ?? ""])["Properties"]);
    return {
      handler: this.#handler(properties, dict(resources[this.#id])),
      timeoutSeconds: this.#number(properties["Timeout"], "Timeout"),
      memoryMb: this.#number(properties["MemorySize"], "MemorySize"),
      env: this.#env(globals, own),
      batchSize: this.#number(event["BatchSize"], "BatchSize"),
      batchingWindowSeconds: this.#number(
        event["MaximumBatchingWindowInSeconds"],
        "MaximumBatchingWindowInSeconds",
      ),
      maxConcurrency: this.#number(dict(event["ScalingConfig"])["MaximumConcurrency"], "MaximumConcurrency"),
      reportBatchItemFailures:
        Array.isArray(event["FunctionResponseTypes"]) &&
        event["FunctionResponseTypes"].includes("ReportBatchItemFailures"),
      visibilityTimeoutSeconds: this.#number(queue["VisibilityTimeout"], "VisibilityTimeout"),
      maxReceiveCount: this.#number(dict(queue["RedrivePolicy"])["maxReceiveCount"], "maxReceiveCount"),
      fifo: queue["FifoQueue"] === true,
      notes: this.#notes,
    };
  }

  #sqsEvent(events: Dict): Dict {
    const names = Object.keys(events).filter((name) => dict(events[name])["Type"] === "SQS");
    const [first] = names;
    if (first === undefined)
      throw new Usage(
        `${this.#path}: the function ${this.#id} has no event of type SQS for dev to stand in for.`,
      );
    const name = this.#event ?? first;
    if (!names.includes(name))
      throw new Usage(
        `${this.#path}: the function ${this.#id} has no SQS event "${name}". It has: ${names.join(", ")}.`,
      );
    if (names.length > 1 && this.#event === undefined)
      this.#notes.push(
        `${this.#id} has the SQS events ${names.join(", ")}; ${name} is used. Choose another with --event`,
      );
    return dict(dict(events[name])["Properties"]);
  }

  #queueOf(event: Dict): string | undefined {
    const queue = event["Queue"];
    const arn = dict(queue)["Fn::GetAtt"];
    const id = Array.isArray(arn) ? String(arn[0]) : undefined;
    if (id === undefined)
      this.#notes.push("the event's queue is not one of this template; SQS's defaults are used");
    return id;
  }

  /** A value that only a deployment knows is said, and its default taken; it is never guessed in silence. */
  #number(value: unknown, name: string): number | undefined {
    if (value === undefined || value === null) return undefined;
    const known = this.#resolved(value);
    const number = typeof known === "string" && known !== "" ? Number(known) : known;
    if (typeof number === "number" && Number.isFinite(number)) return number;
    this.#notes.push(`${name} is not known before the template is deployed; its default is used`);
    return undefined;
  }

  #resolved(value: unknown): unknown {
    const reference = dict(value)["Ref"];
    if (typeof reference !== "string") return value;
    const parameter = dict(dict(this.#template["Parameters"])[reference]);
    return "Default" in parameter ? parameter["Default"] : value;
  }

  #env(globals: Dict, own: Dict): Readonly<Record<string, string>> {
    const of = (from: Dict): Dict => dict(dict(from["Environment"])["Variables"]);
    const env: Record<string, string> = {};
    for (const [name, value] of Object.entries({ ...of(globals), ...of(own) })) {
      const known = this.#resolved(value);
      if (typeof known === "string" || typeof known === "number" || typeof known === "boolean")
        env[name] = String(known);
      else if (process.env[name] === undefined)
        this.#notes.push(
          `the environment variable ${name} is not known before the template is deployed; give it with --env ${name}=…`,
        );
    }
    return env;
  }

  /** `src/orders.handler` beside `CodeUri`, or esbuild's entry point: the source, where there is one. */
  #handler(properties: Dict, resource: Dict): string {
    const { Handler: handler, CodeUri: code = "." } = properties;
    if (typeof handler !== "string" || typeof code !== "string")
      throw new Usage(`${this.#path}: the Handler or CodeUri of ${this.#id} is not a plain text.`);
    const dot = handler.lastIndexOf(".");
    const module = handler.slice(0, dot);
    const name = handler.slice(dot + 1);
    const root = join(dirname(this.#path), code);
    const built = esbuildOutputs(resource);
    const entry = built.find(({ output }) => output === module);
    if (built.length > 0 && !entry)
      this.#notes.push(
        `once deployed, the handler ${handler} of ${this.#id} will not be found: esbuild writes ${built.map(({ source, output }) => `${source} as ${output}`).join(", ")}, so Handler is ${built[0]?.output}.${name}`,
      );
    const candidates = [
      ...(entry ? [join(root, entry.source)] : []),
      ...[".ts", ".mts", ".mjs", ".js"].map((end) => join(root, module) + end),
    ];
    const file = candidates.find((candidate) => existsSync(candidate));
    if (file !== undefined) return `${file}#${name}`;
    throw new Usage(
      `${this.#path}: the handler ${handler} of ${this.#id} has no file. Looked for: ${candidates.join(", ")}. Build it first, or name the source: effectively-once dev src/orders.ts#handler.`,
    );
  }
}

/**
 * What `sam build` makes of esbuild's entry points: files at their places below the folder that all of them share, so a
 * single `src/orders.ts` becomes `orders` (https://esbuild.github.io/api/#outbase).
 */
function esbuildOutputs(resource: Dict): readonly { readonly source: string; readonly output: string }[] {
  const entries = dict(dict(resource["Metadata"])["BuildProperties"])["EntryPoints"];
  if (!Array.isArray(entries)) return [];
  const sources = entries.filter((entry): entry is string => typeof entry === "string");
  const folders = sources.map((source) => posix.dirname(posix.normalize(source)).split("/"));
  const [first = []] = folders;
  const differs = first.findIndex((part, at) => folders.some((folder) => folder[at] !== part));
  const base = (differs === -1 ? first : first.slice(0, differs)).join("/");
  return sources.map((source) => ({
    source,
    output: posix.relative(base, posix.normalize(source)).replace(/\.[cm]?[jt]sx?$/, ""),
  }));
}

function dict(value: unknown): Dict {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Dict) : {};
}
