/** What a CDK application uploads, found again on the disk by the hash that a template names it with. */

import { dirname, join } from "node:path";
import type { Files } from "../files.ts";
import type { Node, Source } from "./node.ts";

interface Manifest {
  readonly files?: Readonly<Record<string, { readonly source?: { readonly path?: unknown } } | undefined>>;
}

const read = new WeakMap<Source, readonly Manifest[]>();

/** @returns the path beside the template, where `node` names an asset that is there */
export function assetPath(node: Node | undefined, files: Files): string | undefined {
  if (!node) return undefined;
  const { source, start, end } = node;
  const hash = /\b([0-9a-f]{64})\.(?:json|zip)\b/.exec(source.text.slice(start, end))?.[1];
  if (hash === undefined) return undefined;
  for (const { files: assets } of manifestsBeside(source, files)) {
    const path = assets?.[hash]?.source?.path;
    if (typeof path === "string") return path;
  }
  return undefined;
}

function manifestsBeside(source: Source, files: Files): readonly Manifest[] {
  const known = read.get(source);
  if (known) return known;
  const folder = dirname(source.file);
  const manifests = files
    .names(folder)
    .filter((name) => name.endsWith(".assets.json"))
    .flatMap((name) => manifestIn(files.text(join(folder, name)) ?? ""));
  read.set(source, manifests);
  return manifests;
}

/** One that cannot be read names nothing: what it would name is then told to be missing. */
function manifestIn(text: string): readonly Manifest[] {
  try {
    const manifest: unknown = JSON.parse(text);
    return typeof manifest === "object" && manifest !== null ? [manifest] : [];
  } catch {
    return [];
  }
}
