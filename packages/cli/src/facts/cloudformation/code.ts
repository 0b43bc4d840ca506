/** Where the source of a function lies, when it is on this disk. */

import { dirname, isAbsolute, join, posix } from "node:path";
import type { FunctionFact } from "../model.ts";
import type { Files } from "../files.ts";
import { assetPath } from "./assets.ts";
import { at, itemsOf, textOf } from "./node.ts";
import type { Resource } from "./template.ts";

/** `undefined`: it is not on this disk, or stands in the template itself. */
export function codeOf({ properties, node, template, type }: Resource, files: Files): FunctionFact["code"] {
  const handler = textOf(at(properties, "Handler"));
  const where = at(properties, type === "AWS::Serverless::Function" ? "CodeUri" : "Code");
  const asset = textOf(at(node, "Metadata", "aws:asset:path"));
  const written =
    asset ??
    assetPath(where, files) ??
    textOf(where) ??
    (where === undefined && template.isSam ? "." : undefined);
  if (handler === undefined || written === undefined || /^[a-z][a-z0-9+.-]+:\/\//i.test(written))
    return undefined;
  if (at(properties, "InlineCode")) return undefined;
  const path = isAbsolute(written) ? written : join(dirname(template.source.file), written);
  const root = path.length > 1 ? path.replace(/[/\\]$/, "") : path;
  if (files.names(root).length === 0) return undefined;
  return {
    root,
    handler: builtFrom(
      itemsOf(at(node, "Metadata", "BuildProperties", "EntryPoints")).flatMap((entry) => textOf(entry) ?? []),
      handler,
    ),
  };
}

/**
 * esbuild writes its entry points at their places below the folder that all of them share, so that a single
 * `src/orders.ts` becomes `orders` (https://esbuild.github.io/api/#outbase); the handler names what is written.
 */
function builtFrom(entries: readonly string[], handler: string): string {
  const dot = handler.lastIndexOf(".");
  const module = handler.slice(0, dot);
  const folders = entries.map((entry) => posix.dirname(posix.normalize(entry)).split("/"));
  const [first = []] = folders;
  const differs = first.findIndex((part, index) => folders.some((folder) => folder[index] !== part));
  const base = (differs === -1 ? first : first.slice(0, differs)).join("/");
  const source = entries
    .map((entry) => posix.normalize(entry).replace(/\.[cm]?[jt]sx?$/, ""))
    .find((entry) => posix.relative(base, entry) === module);
  return source === undefined ? handler : `${source}${handler.slice(dot)}`;
}
