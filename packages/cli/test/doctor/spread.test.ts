/** Reading on threads: the same as without, in the same order, and nothing left running. */

import { describe, expect, it } from "vitest";
import { find } from "../../src/commands/doctor/find.ts";
import { readAll } from "../../src/commands/doctor/read.ts";
import { readSpread } from "../../src/commands/doctor/spread.ts";
import { disk } from "../../src/facts/files.ts";
import { sam, workspace } from "./support.ts";

const { folder, write } = workspace();
for (let index = 0; index < 34; index += 1)
  write(
    `t${index}/template.yaml`,
    index % 9 === 4 ? "Resources:\n  Q: { Type: AWS::SQS::Queue\n" : sam({ timeout: index + 1 }),
  );
write("infra/main.tf", 'resource "aws_sqs_queue" "q" {\n  name = "q"\n}\n');

describe("many definitions on threads", () => {
  it("give the same facts and problems as one by one, in the same order", async () => {
    const { found } = await find([folder], disk);
    const interrupted = new AbortController().signal;

    const spread = await readSpread(found, interrupted);

    const one = await readAll(found, { files: disk, interrupted, pause: () => Promise.resolve() });
    expect(spread.facts.length).toBe(31);
    expect(spread.problems.length).toBe(4);
    expect(spread).toEqual(one);
  });

  it("end when they are interrupted", async () => {
    const { found } = await find([folder], disk);
    const interrupt = new AbortController();
    const reading = readSpread(found, interrupt.signal);

    interrupt.abort(new Error("enough"));

    await expect(reading).rejects.toThrow("enough");
  });
});
