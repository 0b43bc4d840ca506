/** From a file's text to its tree; and whether it is worth trying. */

import { visit } from "jsonc-parser";
import { InputProblem } from "../files.ts";
import { jsonTree } from "./json-tree.ts";
import { at, type MapNode, type Node, Source } from "./node.ts";
import { yamlTree } from "./yaml-tree.ts";

/** CloudFormation's own limit is 1 MB (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html). */
const MAX_TEMPLATE_CHARACTERS = 5 * 1024 * 1024;

const TYPE = /["']?Type["']?\s*:\s*["']?(?:[A-Za-z0-9]+::[A-Za-z0-9]+::[A-Za-z0-9]+|Custom::)/;
const TRANSFORM =
  /(?:^|[\n{,])[ \t]*["']?Transform["']?[ \t]*:[^\n]{0,200}(?:\n[ \t]*-[^\n]{0,200}){0,9}AWS::/;

/** A cheap test that tells a CloudFormation or SAM template from other YAML and JSON, without reading it through. */
export function isTemplate(text: string): boolean {
  if (!text.includes("Resources") || !(TYPE.test(text) || TRANSFORM.test(text))) return false;
  // Indented, it is the template inside of something else: a `serverless.yml`, a custom resource's handler.
  if (/^["']?Resources["']?\s*:/m.test(text) || /^\s*\{\s*"Resources"\s*:/.test(text)) return true;
  return /^\s*\{/.test(text.slice(0, 1_000)) && hasResourcesOnTop(text);
}

function hasResourcesOnTop(text: string): boolean {
  let depth = 0;
  let found = false;
  try {
    visit(text, {
      onObjectBegin: () => {
        depth += 1;
      },
      onObjectEnd: () => {
        depth -= 1;
      },
      onObjectProperty: (name) => {
        if (depth === 1 && name === "Resources") found = true;
      },
    });
  } catch (error) {
    // Nested too deeply: what was seen until there decides, and reading it says so.
    if (!(error instanceof RangeError)) throw error;
  }
  return found;
}

/**
 * @param isSure that it is a template: a stack of a CDK application may be without resources
 * @throws InputProblem for what is no template, too large, or cannot be read
 */
export function templateTree(file: string, text: string, isSure = false): MapNode {
  if (text.length > MAX_TEMPLATE_CHARACTERS)
    throw new InputProblem(
      `${file} has ${Math.round(text.length / 1024 / 1024)} MB, and is not read: CloudFormation takes no template above 1 MB.`,
    );
  const root = treeOf(file, text);
  if (root.kind !== "map" || (!isSure && at(root, "Resources")?.kind !== "map"))
    throw new InputProblem(`${file} is no CloudFormation template: it has no Resources.`);
  return root;
}

/** @throws InputProblem with the place and what the parser said */
export function treeOf(file: string, text: string): Node {
  const source = new Source(file, text);
  try {
    if (!/^\s*\{/.test(source.text)) return yamlTree(source);
    try {
      return jsonTree(source);
    } catch (error) {
      // YAML takes braces too, and what JSON does not: comments, short forms, a comma at the end.
      if (!/\.ya?ml$/.test(source.file)) throw error;
      return yamlTree(source);
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InputProblem(`${source.file} cannot be read: it is nested too deeply.`);
  }
}
