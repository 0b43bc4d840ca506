/** Templates as facts, and values in one line that can be compared. */

import { readCloudFormation } from "../../../src/facts/cloudformation/read.ts";
import type { Files } from "../../../src/facts/files.ts";
import type { Facts } from "../../../src/facts/model.ts";
import type { Value } from "../../../src/facts/value.ts";

/** A disk that has these files, by path. */
export function disk(files: Readonly<Record<string, string>> = {}): Files {
  return {
    text: (path) => files[path],
    names: (folder) => [
      ...new Set(
        Object.keys(files)
          .filter((path) => path.startsWith(`${folder}/`) || folder === ".")
          .map((path) => (folder === "." ? path : path.slice(folder.length + 1)).split("/")[0] ?? "")
          .toSorted(),
      ),
    ],
  };
}

export function read(
  text: string,
  files: Readonly<Record<string, string>> = {},
  path = "template.yaml",
): Facts {
  return readCloudFormation(path, text, disk(files));
}

/** `30 default`; `Stage=dev: 30 branch | Stage=prod: unknown, queue is imported`. */
export function told(value: Value<unknown> | undefined): string {
  if (!value) return "no value";
  return value.cases
    .map(({ when, answer }) => {
      const world = Object.entries(when)
        .map(([choice, taken]) => `${choice}=${taken}`)
        .join("&");
      const shown =
        answer.known && typeof answer.value === "object"
          ? JSON.stringify(answer.value)
          : answer.known && String(answer.value);
      const said = answer.known
        ? `${shown} ${answer.from}${answer.assuming === undefined ? "" : ` assuming ${answer.assuming}`}`
        : `unknown, ${answer.reason}`;
      return world === "" ? said : `${world}: ${said}`;
    })
    .join(" | ");
}

export function one<T extends { readonly id: string }>(facts: readonly T[], id: string): T {
  const found = facts.filter((fact) => fact.id === id);
  if (found.length !== 1 || !found[0])
    throw new Error(
      `There are ${found.length} facts "${id}" among: ${facts.map((fact) => fact.id).join(", ")}`,
    );
  return found[0];
}

/** The visibility timeout of a queue whose properties are these lines, in a template with those sections before it. */
export function visibility(value: string, sections = ""): string {
  const text = `${sections}\nResources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n      VisibilityTimeout: ${value}\n`;
  return told(one(read(text).queues, "Q").visibilityTimeoutSeconds);
}
