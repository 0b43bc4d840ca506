/** Whatever a file looks like, a fix changes what it was to change, and leaves every other byte of it. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Edit } from "../../src/fix/edit.ts";
import { applyEdits } from "../../src/fix/edit.ts";
import { meansTheSame, put } from "../../src/fix/meaning.ts";
import { readYaml } from "../../src/template/yaml.ts";
import { parseHcl } from "../validators/terraform.ts";
import { findingOf, planned, type Wanted, wish } from "./support.ts";

const lineEnd = fc.constantFrom("\n", "\r\n");
const step = fc.constantFrom(2, 3, 4);
const noise = fc.constantFrom("", "", " # note", "   # VisibilityTimeout: 1", "\t# é 😀");
const between = fc.constantFrom("", "", "\n", "\n# a remark\n", "\n\n");

/** Text of a value on its line, or with lines below it that are indented by one step more. */
const value = fc.constantFrom<readonly [string, ...string[]]>(
  ["30"],
  ['"30"'],
  ["'it''s # no comment'"],
  ["{ A: 1, B: [x, y] }"],
  ["!Sub 'a-${B}'"],
  ["|", "run # no comment", "", "again"],
  ["|+", "run", ""],
  [">-", "folded"],
  ["", "- a", "- b: 1", "  c: 2"],
  ["", "A: 1", "B:", "  C: 2"],
  ["plain text: none".replace(":", "")],
  ["[", "  a,", "]"],
);
const NAMES = ["VisibilityTimeout", "MessageRetentionPeriod", "QueueName", "RedrivePolicy", "Tags"] as const;
const entries = fc.uniqueArray(fc.record({ name: fc.constantFrom(...NAMES), value, noise, between }), {
  selector: ({ name }) => name,
  maxLength: 5,
});
const resource = fc.record({
  entries,
  flow: fc.boolean(),
  typed: fc.boolean(),
  noise,
  propertied: fc.boolean(),
});
const wishes = fc.uniqueArray(
  fc.record({
    resource: fc.nat({ max: 2 }),
    name: fc.constantFrom("VisibilityTimeout", "MessageRetentionPeriod", "DelaySeconds"),
    to: fc.integer({ min: 1, max: 43_200 }),
  }),
  { selector: ({ resource: of, name }) => `${of} ${name}`, minLength: 1, maxLength: 4 },
);

/** What is left when the edits are cut out of both texts is the same, and what was cut out is one value at most. */
function checkBytes(before: string, after: string, edits: readonly Edit[]): void {
  let at = 0;
  let shift = 0;
  for (const { start, end, text } of [...edits, { start: before.length, end: before.length, text: "" }]) {
    expect(after.slice(at + shift, start + shift)).toBe(before.slice(at, start));
    expect(before.slice(start, end)).toMatch(/^(?:|["']?\d+["']?|\{\s*\}|\[\s*\])$/);
    expect(after.slice(start + shift, start + shift + text.length)).toBe(text);
    shift += text.length - (end - start);
    at = end;
  }
  expect(after.length - before.length).toBe(shift);
}

async function checkEdits(
  file: string,
  before: string,
  wanted: readonly Wanted[],
): Promise<readonly Wanted[]> {
  const findings = wanted.map((one) => findingOf(file, one));
  const { edits, skipped } = await planned({ [file]: before }, ...findings);
  for (const { reason } of skipped)
    expect(reason).not.toMatch(/without a change of something else|is no YAML|is no JSON|cannot be read/);
  checkBytes(before, applyEdits(before, edits), edits);
  const left = new Set(skipped.map(({ finding }) => finding));
  return wanted.filter((_, index) => !left.has(findings[index] as never));
}

async function edited(file: string, before: string, done: readonly Wanted[]): Promise<string> {
  const { edits } = await planned({ [file]: before }, ...done.map((one) => findingOf(file, one)));
  return applyEdits(before, edits);
}

describe("a fix leaves every other byte", () => {
  it("of a YAML template", { timeout: 60_000 }, async () => {
    const template = fc.record({
      resources: fc.array(resource, { minLength: 1, maxLength: 3 }),
      step,
      lineEnd,
      last: fc.boolean(),
    });

    await fc.assert(
      fc.asyncProperty(template, wishes, async ({ resources, step: width, lineEnd: end, last }, wanted) => {
        const pad = (depth: number) => " ".repeat(width * depth);
        const lines = ["Resources:"];
        for (const [index, { entries: all, flow, typed, noise: note, propertied }] of resources.entries()) {
          if (flow) {
            const inner = all.filter(
              ({ value: [text, ...more] }) => more.length === 0 && !text.startsWith("!"),
            );
            const map = inner.map(({ name, value: [text] }) => `${name}: ${text}`).join(", ");
            lines.push(
              `${pad(1)}R${index}: { Type: X${propertied ? `, Properties: { ${map} }` : ""} }${note}`,
            );
            continue;
          }
          lines.push(`${pad(1)}R${index}:${note}`);
          if (typed || !propertied) lines.push(`${pad(2)}Type: X`);
          if (!propertied) continue;
          lines.push(`${pad(2)}Properties:${note}`);
          for (const {
            name,
            value: [text, ...more],
            noise: own,
            between: gap,
          } of all) {
            const comment = more.length > 0 && text !== "" ? "" : own;
            lines.push(`${pad(3)}${name}:${text === "" ? "" : ` ${text}`}${comment}`);
            for (const line of more) lines.push(line === "" ? "" : `${pad(4)}${line}`);
            if (gap !== "")
              lines.push(
                ...gap
                  .split("\n")
                  .slice(1)
                  .map((line) => (line === "" ? "" : `${pad(3)}${line}`)),
              );
          }
        }
        const before = lines.join("\n").replaceAll("\n", end) + (last ? end : "");
        const list = wanted.map(({ resource: of, name, to }) =>
          wish(`/Resources/R${of}/Properties/${name}`, to),
        );

        const done = await checkEdits("t.yaml", before, list);

        const expected = readYaml(before, "before");
        for (const { pointer, to } of done) put(expected, pointer.split("/").slice(1), to);
        const numbers = (data: unknown): unknown =>
          JSON.parse(
            JSON.stringify(data, (_, one: unknown) => (typeof one === "number" ? String(one) : one)),
          );
        expect(numbers(readYaml(await edited("t.yaml", before, done), "after"))).toEqual(numbers(expected));
      }),
      { numRuns: 150 },
    );
  });

  it("of a JSON template", { timeout: 60_000 }, async () => {
    const data = fc.dictionary(
      fc.constantFrom("R0", "R1"),
      fc.record(
        {
          Type: fc.constant("X"),
          Properties: fc.dictionary(
            fc.constantFrom(...NAMES),
            fc.oneof(fc.nat(), fc.constant("30"), fc.constant({ A: [1, { B: "é{" }] })),
          ),
        },
        { requiredKeys: [] },
      ),
    );

    await fc.assert(
      fc.asyncProperty(
        data,
        fc.constantFrom(0, 1, 2, 4, "\t"),
        lineEnd,
        wishes,
        async (resources, indent, end, wanted) => {
          const before = JSON.stringify({ Resources: resources }, null, indent).replaceAll("\n", end);
          const list = wanted.map(({ resource: of, name, to }) =>
            wish(`/Resources/R${of}/Properties/${name}`, to),
          );

          const done = await checkEdits("t.json", before, list);

          const expected: unknown = JSON.parse(before);
          for (const { pointer, to } of done) put(expected, pointer.split("/").slice(1), to);
          const after: unknown = JSON.parse(await edited("t.json", before, done));
          expect(meansTheSame(after, expected)).toBe(true);
        },
      ),
      { numRuns: 150 },
    );
  });

  it("of a Terraform file", { timeout: 60_000 }, async () => {
    const attribute = fc.record({
      name: fc.constantFrom("visibility_timeout_seconds", "name", "policy", "tags", "redrive_policy"),
      value: fc.constantFrom(
        "30",
        '"30"',
        "var.x",
        '"a-${var.b}"',
        "[1, 2]",
        "{\n    a = 1\n  }",
        "<<-EOT\n    x = 1 # }\n  EOT",
        'jsonencode({ a = "}" })',
      ),
      noise,
    });
    const block = fc.record({
      attributes: fc.uniqueArray(attribute, { selector: ({ name }) => name, maxLength: 4 }),
      nested: fc.boolean(),
      oneLine: fc.boolean(),
    });
    const asked = fc.uniqueArray(
      fc.record({
        of: fc.nat({ max: 2 }),
        name: fc.constantFrom(
          "visibility_timeout_seconds",
          "delay_seconds",
          "scaling_config.maximum_concurrency",
        ),
        to: fc.integer({ min: 1, max: 900 }),
      }),
      { selector: ({ of, name }) => `${of} ${name}`, minLength: 1, maxLength: 4 },
    );

    await fc.assert(
      fc.asyncProperty(
        fc.array(block, { minLength: 1, maxLength: 3 }),
        lineEnd,
        asked,
        async (blocks, end, wanted) => {
          const lines = blocks.flatMap(({ attributes, nested, oneLine }, index) => {
            const head = `resource "aws_sqs_queue" "q${index}" {`;
            if (oneLine && attributes.length === 0 && !nested) return [`${head}}`, ""];
            return [
              head,
              ...attributes.map(
                ({ name, value: text, noise: note }) =>
                  `  ${name} = ${text}${text.includes("EOT") ? "" : note}`,
              ),
              ...(nested ? ["  scaling_config {", "    other = 1", "  }"] : []),
              "}",
              "",
            ];
          });
          const before = lines.join("\n").replaceAll("\n", end);
          const list = wanted.map(({ of, name, to }) => wish(`aws_sqs_queue.q${of}.${name}`, to));

          const done = await checkEdits("main.tf", before, list);

          const after = await edited("main.tf", before, done);
          parseHcl(after);
          for (const { pointer, to } of done) {
            const name = pointer.split(".").at(-1);
            expect(after).toMatch(new RegExp(`\\b${name}\\s*=\\s*"?${String(to)}"?`));
          }
        },
      ),
      { numRuns: 80 },
    );
  });
});
