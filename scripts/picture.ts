/** Bundles the picture's browser side (`packages/cli/page`) into one script and one style, with the licences of what is inside. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { rolldown } from "rolldown";
import type { PageAssets } from "../packages/cli/src/picture/assets.ts";
import { root } from "./packages.ts";

const page = join(root, "packages/cli/page");

export async function bundlePage(): Promise<PageAssets> {
  const bundle = await rolldown({ input: join(page, "main.ts"), platform: "browser" });
  const { output } = await bundle.generate({ format: "iife", minify: true, codeSplitting: false });
  await bundle.close();
  const [chunk] = output;
  const script = `${licences(chunk.moduleIds)}\n${chunk.code}`;
  const style = readFileSync(join(page, "page.css"), "utf8");
  // In a page the first of these would end the script or the style, wherever it stands.
  if (/<\/script|<!--/i.test(script) || /<\/style/i.test(style))
    throw new Error("The picture's script or style holds a tag that would end it inside a page.");
  return { script, style };
}

const COPYRIGHT = /^copyright (\(c\) )?\d/i;

/** One comment: each licence text once, under the packages and the copyright lines that it is for. */
function licences(moduleIds: readonly string[]): string {
  const byText = new Map<string, string[]>();
  for (const folder of new Set(moduleIds.flatMap(packageOf))) {
    const { name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
      readonly name: string;
      readonly version: string;
    };
    const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
    if (file === undefined) throw new Error(`${name} is in the picture's script and has no licence file.`);
    const lines = readFileSync(join(folder, file), "utf8").trim().split(/\r?\n/);
    const copyright = lines.filter((line) => COPYRIGHT.test(line)).join("; ");
    const text = lines
      .filter((line) => !COPYRIGHT.test(line))
      .join("\n")
      .trim();
    byText.set(text, [...(byText.get(text) ?? []), `${name} ${version}: ${copyright}`]);
  }
  const parts = [...byText].map(([text, names]) => `${names.toSorted().join("\n")}\n\n${text}`);
  return `/*!\n${parts.join("\n\n----\n\n").replaceAll("*/", "* /")}\n*/`;
}

function packageOf(moduleId: string): readonly string[] {
  if (!moduleId.includes("node_modules")) return [];
  let folder = dirname(moduleId);
  // A folder may hold a package.json that says nothing but its module type.
  while (
    !existsSync(join(folder, "package.json")) ||
    !/node_modules\/(@[^/]+\/)?[^/]+$/.test(folder.replaceAll("\\", "/"))
  )
    folder = dirname(folder);
  return [folder];
}
