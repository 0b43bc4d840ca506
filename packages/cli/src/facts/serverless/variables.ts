/** Variables of the Serverless Framework, as far as files can tell what they are. */

import { posix } from "node:path";
import type { Files } from "../files.ts";
import { InputProblem } from "../files.ts";
import { documentOf, entry, type Node } from "./document.ts";
import { both, type Found, isNull, LITERALLY, type NotFound, reached, type Way } from "./found.ts";
import { alternatives, literalOf, partsOf, type Source, sourceOf } from "./syntax.ts";

/** Variables in variables at most. */
const MAX_DEPTH = 50;

export class Variables {
  readonly #root: Node;
  readonly #folder: string;
  readonly #files: Files;
  readonly #read = new Map<string, Node | string>();
  readonly #open: string[] = [];

  constructor(root: Node, folder: string, files: Files) {
    this.#root = root;
    this.#folder = folder;
    this.#files = files;
  }

  /** The part of a document that a place of the service comes to; `undefined`: there is nothing. */
  at(of: Found | undefined, ...path: readonly string[]): Found | undefined {
    let here = of;
    for (const name of path) {
      if (!here?.known) return here;
      const child = entry(here.node, name);
      here = child && this.resolved(child, here);
    }
    return here;
  }

  root(): Found {
    return { known: true, node: this.#root, ...LITERALLY };
  }

  /** A node without the variable that it may be. */
  resolved(node: Node, way: Way = LITERALLY): Found {
    if (node.kind !== "scalar" || typeof node.value !== "string" || !node.value.includes("${"))
      return reached(node, way);
    const parts = partsOf(node.value);
    const [only] = parts;
    if (only && parts.length === 1)
      return "text" in only ? reached(node, way) : this.#variable(only.inside, node, way);
    let text = "";
    let whole = way;
    for (const part of parts) {
      if ("text" in part) {
        text += part.text;
        continue;
      }
      const found = this.#variable(part.inside, node, way);
      if (!found.known) return { ...found, text: node.value };
      if (found.node.kind !== "scalar") return notFound(`\${${part.inside}} is no text`, node);
      text += String(found.node.value ?? "");
      whole = both(whole, found);
    }
    return reached({ ...node, value: text }, whole);
  }

  #variable(inside: string, at: Node, way: Way): Found {
    const key = `${at.place.file} ${inside}`;
    const text = `\${${inside}}`;
    const before = this.#open.indexOf(key);
    if (before !== -1 || this.#open.length > MAX_DEPTH)
      return notFound(`the variable ${text} refers to itself`, at, text);
    this.#open.push(key);
    try {
      return this.#first(inside, text, at, way);
    } finally {
      this.#open.pop();
    }
  }

  /** The first alternative that there is. */
  #first(inside: string, text: string, at: Node, way: Way): Found {
    const inner = this.resolved({ kind: "scalar", value: inside, place: at.place }, way);
    if (!inner.known) return { ...inner, text };
    const own = both(way, inner);
    const all = alternatives(inner.node.kind === "scalar" ? String(inner.node.value) : inside);
    let assumed: Way = own;
    let last: Found = notFound(`${text} is nowhere`, at, text);
    for (const [index, alternative] of all.entries()) {
      const literal = literalOf(alternative);
      if (literal) {
        if (literal.value === null && index < all.length - 1) continue;
        return reached({ kind: "scalar", value: literal.value, place: at.place }, assumed);
      }
      const source = sourceOf(alternative);
      if (!source) return notFound(`${text} cannot be read as a variable`, at, text);
      const found = this.#source(source, `\${${alternative}}`, at, assumed);
      if (found && !found.known) return { ...found, text };
      if (found?.known && !isNull(found)) return found;
      last = found ?? notFound(missing(source), at, text);
      // From here on it is a default of what may be given at the deployment.
      if (isOpen(source))
        assumed = both(own, { from: "parameter-default", assuming: `the default of ${text}` });
    }
    return last;
  }

  /** `undefined`: nobody gives it. */
  #source(source: Source, text: string, at: Node, way: Way): Found | undefined {
    const { type, address } = source;
    switch (type) {
      case "self":
        if (address === "provider.stage") return this.stage(way);
        return this.at({ ...this.root(), ...way }, ...pathOf(address));
      case "file":
        return this.#file(source, at, way);
      case "sls":
        if (address === "stage") return this.stage(way);
        return notFound(`${text} is known at the deployment`, at, text);
      case "param":
        return this.#param(address, way);
      case "strToBool":
      case "opt":
        return type === "opt" ? undefined : toBoolean(source.params, at, way);
      case "env":
        return undefined;
      case "aws":
        return notFound(`${text} is known at the deployment`, at, text);
      default:
        return notFound(`${text} is looked up at the deployment`, at, text);
    }
  }

  /** `--stage` before `provider.stage` before `dev`. */
  stage(way: Way = LITERALLY): Found {
    const provider = this.at({ ...this.root(), ...way }, "provider");
    const stage = provider?.known ? entry(provider.node, "stage") : undefined;
    const own = stage && this.resolved(stage, way);
    if (own && !isNull(own) && (!own.known || own.assuming !== undefined)) return own;
    const assumed = both(way, { from: "parameter-default", assuming: "the default stage" });
    if (own?.known && !isNull(own)) return reached(own.node, assumed);
    return reached({ kind: "scalar", value: "dev", place: this.#root.place }, assumed);
  }

  /** That of the stage before the default one; `--param` may give another. */
  #param(name: string, way: Way): Found | undefined {
    const stage = this.stage(way);
    const stageName = stage.known && stage.node.kind === "scalar" ? String(stage.node.value) : "default";
    const root: Found = { known: true, node: this.#root, ...(stage.known ? both(way, stage) : way) };
    for (const one of [stageName, "default"])
      for (const path of [
        ["stages", one, "params", name],
        ["params", one, name],
      ]) {
        const found = this.at(root, ...path);
        if (found) return found;
      }
    return undefined;
  }

  #file({ params, address }: Source, at: Node, way: Way): Found | undefined {
    const text = `\${file(${params})${address === "" ? "" : `:${address}`}}`;
    if (/\.(js|cjs|mjs|ts)$/.test(params)) return notFound(`${text} is a program`, at, text);
    const path = posix.isAbsolute(params) ? params : posix.join(this.#folder, params);
    const node = this.#document(path);
    if (node === undefined) return undefined;
    if (typeof node === "string") return notFound(node, at, text);
    return this.at(this.resolved(node, way), ...pathOf(address));
  }

  /** Parsed, a text as such; a string says why not. */
  #document(path: string): Node | string | undefined {
    const before = this.#read.get(path);
    if (before !== undefined) return before;
    const text = this.#files.text(path);
    if (text === undefined) return undefined;
    const node = parsed(text, path);
    this.#read.set(path, node);
    return node;
  }
}

function parsed(text: string, path: string): Node | string {
  if (!/\.(ya?ml|json|tfstate)$/.test(path))
    return {
      kind: "scalar",
      value: text.trim(),
      place: { file: path, line: 1, column: 1, endLine: 1, endColumn: 1 },
    };
  try {
    return documentOf(text, path);
  } catch (error) {
    if (error instanceof InputProblem) return error.message.replace(/\.$/, "");
    throw error;
  }
}

function pathOf(address: string): readonly string[] {
  return address === "" ? [] : address.split(".");
}

/** What may be given from outside, so that the next alternative is only its default. */
function isOpen({ type }: Source): boolean {
  return type === "opt" || type === "env" || type === "param";
}

function missing({ type, params, address }: Source): string {
  const text = `\${${type}${params === "" ? "" : `(${params})`}${address === "" && type === "file" ? "" : `:${address}`}}`;
  switch (type) {
    case "opt":
      return `${text} is an option of the command line, without a default`;
    case "env":
      return `${text} is a variable of the environment, without a default`;
    case "file":
      return `${text} is not on this disk, or has no such entry`;
    default:
      return `${text} is nowhere in the service`;
  }
}

function toBoolean(text: string, at: Node, way: Way): Found {
  const value = /^(true|1)$/i.test(text)
    ? true
    : /^(false|0|null|undefined|nan|)$/i.test(text)
      ? false
      : undefined;
  if (value === undefined) return notFound(`strToBool(${text}) is neither true nor false`, at);
  return reached({ kind: "scalar", value, place: at.place }, way);
}

function notFound(reason: string, at: Node, text = reason): NotFound {
  return { known: false, reason, place: at.place, text };
}
