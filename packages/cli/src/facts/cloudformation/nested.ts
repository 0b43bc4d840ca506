/** A template with what is nested in it, as far as it lies on this disk. */

import { dirname, isAbsolute, join } from "node:path";
import type { Gap } from "../model.ts";
import { type Files, InputProblem } from "../files.ts";
import { assetPath } from "./assets.ts";
import { writtenOut } from "./for-each.ts";
import { generatedQueues } from "./generated.ts";
import { withGlobals } from "./globals.ts";
import { at, type Entry, entriesOf, type MapNode, placeOf, placeOfKey, textOf } from "./node.ts";
import { type Nesting, type Resource, Template, transformsOf } from "./template.ts";
import { templateTree } from "./text.ts";

/** Stacks nest; nothing real does so any deeper. */
const MAX_NESTING = 12;

const KNOWN_TRANSFORMS =
  /^AWS::(?:Serverless-\d{4}-\d{2}-\d{2}|LanguageExtensions|CodeDeployBlueGreen|SecretsManager-\d{4}-\d{2}-\d{2}|ServiceCatalog)$/;

interface Loading {
  readonly nesting?: Nesting;
  /** That it is a template, whatever it looks like. */
  readonly isSure?: boolean;
  /** Before the ids of its facts, where it is not the template that was asked for. */
  readonly prefix?: string;
}

/** Reads a template and what is nested in it. What it cannot see is added to `gaps`. */
export function loaded(
  path: string,
  text: string,
  files: Files,
  gaps: Gap[],
  { nesting, isSure, prefix }: Loading = {},
): Template {
  const root = writtenOut(templateTree(path, text, isSure), (gap) => gaps.push(gap));
  const template = new Template(root, nesting, prefix);
  gapsOf(template, gaps);
  for (const [id, entry] of entriesOf(at(root, "Resources"))) {
    if (id.startsWith("Fn::")) continue;
    const construct = textOf(at(entry.value, "Metadata", "aws:cdk:path"));
    if (construct !== undefined) template.source.constructs.set(id, construct);
    template.resources.set(id, resourceOf(template, root, id, entry));
  }
  for (const resource of [...template.resources.values()]) {
    nest(resource, files, gaps);
    if (resource.type === "AWS::Serverless::Function")
      for (const made of generatedQueues(resource)) template.resources.set(made.id, made);
  }
  return template;
}

function resourceOf(template: Template, root: MapNode, id: string, entry: Entry): Resource {
  const type = textOf(at(entry.value, "Type")) ?? "";
  const properties = withGlobals(root, entry);
  const place = placeOfKey(entry);
  return { template, id, path: template.prefix + id, type, place, node: entry.value, properties };
}

function gapsOf({ root, source }: Template, gaps: Gap[]): void {
  for (const name of transformsOf(root))
    if (!KNOWN_TRANSFORMS.test(name)) {
      const node = at(root, "Transform");
      gaps.push({
        reason: `the macro ${name} may change anything in the template, and is not run`,
        ...(node ? { place: placeOf(node) } : {}),
      });
    }
  for (const section of [root, at(root, "Resources")]) {
    const include = section?.kind === "map" ? section.entries.get("Fn::Transform") : undefined;
    if (include)
      gaps.push({
        reason: `the macro ${textOf(at(include.value, "Name")) ?? "of Fn::Transform"} may add to the template, and is not run`,
        place: placeOfKey(include),
      });
  }
  for (const { key, place } of source.twice)
    gaps.push({ reason: `the key ${key} is written twice, and the later one is taken`, place });
}

function nest(resource: Resource, files: Files, gaps: Gap[]): void {
  const isStack = resource.type === "AWS::CloudFormation::Stack";
  if (!isStack && resource.type !== "AWS::Serverless::Application") return;
  const { template, properties, id, node } = resource;
  const leftOut = (why: string): void => {
    gaps.push({
      reason: `the nested stack ${resource.path} ${why}`,
      place: resource.place,
      about: [resource.path],
    });
  };
  const asset = textOf(at(node, "Metadata", "aws:asset:path"));
  const url = at(properties, isStack ? "TemplateURL" : "Location");
  const location = asset ?? assetPath(url, files) ?? textOf(url);
  if (location === undefined || /^[a-z][a-z0-9+.-]*:\/\//i.test(location)) {
    leftOut("is not on this disk, and is not looked into");
    return;
  }
  const path = isAbsolute(location) ? location : join(dirname(template.source.file), location);
  if (isWithinItself(template, path)) {
    leftOut(`is nested in itself (${path})`);
    return;
  }
  const text = files.text(path);
  if (text === undefined) {
    leftOut(`is not looked into: there is no file ${path}`);
    return;
  }
  const parameters = at(properties, "Parameters");
  try {
    template.children.set(id, loaded(path, text, files, gaps, { nesting: { template, id, parameters } }));
  } catch (error) {
    // What was asked for can be read without it.
    if (!(error instanceof InputProblem)) throw error;
    leftOut(`is not looked into: ${error.message.replace(/\.$/, "")}`);
  }
}

function isWithinItself(template: Template, path: string): boolean {
  let depth = 0;
  for (let here: Template | undefined = template; here; here = here.nesting?.template) {
    depth += 1;
    if (here.source.file === path) return true;
  }
  return depth > MAX_NESTING;
}
