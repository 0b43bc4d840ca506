import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InputProblem } from "../../src/facts/files.ts";
import { diff } from "../../src/fix/diff.ts";
import { writeEdited } from "../../src/fix/write.ts";
import { findingOf } from "./support.ts";

let folder = "";
let count = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "effectively-once-fix-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fresh(): string {
  const path = join(folder, `case-${(count += 1)}`);
  mkdirSync(path);
  return path;
}
const edits = [{ file: "t.yaml", start: 3, end: 5, text: "360", finding: findingOf("t.yaml") }];

describe("writing an edited file", () => {
  it("keeps its mode, its byte order mark and every other byte, and leaves nothing beside it", () => {
    const root = fresh();
    writeFileSync(join(root, "t.yaml"), "\uFEFFA: 30 # é\r\n");
    chmodSync(join(root, "t.yaml"), 0o776);

    writeEdited(root, "t.yaml", "A: 30 # é\r\n", edits);

    expect(readFileSync(join(root, "t.yaml"), "utf8")).toBe("\uFEFFA: 360 # é\r\n");
    expect(statSync(join(root, "t.yaml")).mode & 0o7777).toBe(0o776);
    expect(readdirSync(root)).toEqual(["t.yaml"]);
  });

  it("goes through a symbolic link within the folder, which stays a link", () => {
    const root = fresh();
    mkdirSync(join(root, "real"));
    writeFileSync(join(root, "real/t.yaml"), "A: 30\n");
    symlinkSync("real/t.yaml", join(root, "t.yaml"));

    writeEdited(root, "t.yaml", "A: 30\n", edits);

    expect(lstatSync(join(root, "t.yaml")).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(root, "real/t.yaml"), "utf8")).toBe("A: 360\n");
  });

  it("is refused through a link or a path out of the folder", () => {
    const root = fresh();
    const outside = join(fresh(), "t.yaml");
    writeFileSync(outside, "A: 30\n");
    symlinkSync(outside, join(root, "t.yaml"));

    expect(() => writeEdited(root, "t.yaml", "A: 30\n", edits)).toThrow(
      /is a symbolic link to .* outside of/,
    );
    expect(() => writeEdited(root, outside, "A: 30\n", edits)).toThrow(/is outside of/);
    expect(readFileSync(outside, "utf8")).toBe("A: 30\n");
  });

  it("is refused for a file that has changed, is no UTF-8, or is gone", () => {
    const root = fresh();
    writeFileSync(join(root, "t.yaml"), "A: 31\n");
    writeFileSync(join(root, "latin.yaml"), Buffer.from("A: 30 # \xE9\n", "latin1"));

    expect(() => writeEdited(root, "t.yaml", "A: 30\n", edits)).toThrow(/has changed since it was read/);
    expect(() => writeEdited(root, "latin.yaml", "A: 30 # \uFFFD\n", edits)).toThrow(/is not UTF-8/);
    expect(() => writeEdited(root, "gone.yaml", "A: 30\n", edits)).toThrow(InputProblem);
    expect(readFileSync(join(root, "t.yaml"), "utf8")).toBe("A: 31\n");
  });

  it("takes a file in the folder whose name begins with two dots", () => {
    const root = fresh();
    writeFileSync(join(root, "..t.yaml"), "A: 30\n");

    writeEdited(root, "..t.yaml", "A: 30\n", edits);

    expect(readFileSync(join(root, "..t.yaml"), "utf8")).toBe("A: 360\n");
  });
});

it("git applies the diff of any two texts", { timeout: 60_000 }, () => {
  const text = fc
    .array(fc.constantFrom("a", "b", "", "c\r", "é"), { maxLength: 30 })
    .chain((lines) => fc.boolean().map((last) => lines.join("\n") + (last && lines.length > 0 ? "\n" : "")));
  const root = fresh();

  fc.assert(
    fc.property(text, text, (before, after) => {
      fc.pre(before !== after && before !== "" && after !== "");
      writeFileSync(join(root, "x.yaml"), before);
      const { status, stderr } = spawnSync("git", ["apply", "--unidiff-zero", "--whitespace=nowarn", "-"], {
        cwd: root,
        input: diff("x.yaml", before, after),
        encoding: "utf8",
      });
      expect(stderr).toBe("");
      expect(status).toBe(0);
      expect(readFileSync(join(root, "x.yaml"), "utf8")).toBe(after);
    }),
    { numRuns: 25 },
  );
});
