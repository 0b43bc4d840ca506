/** The syntax of Terraform, judged by HashiCorp's own parser. */

import hcl2 from "hcl2-parser";
import { describe, expect, test } from "vitest";
import { hcl } from "../../../src/facts/terraform/hcl.ts";

const judged = (text: string): { readonly value: unknown; readonly accepted: boolean } => {
  try {
    const [value, error] = hcl2.parseToObject(`${text}\n`) as [Record<string, unknown> | null, unknown];
    return { value: value?.["a"], accepted: value !== null && !error };
  } catch {
    return { value: undefined, accepted: false };
  }
};

const accepts = async (text: string) => {
  const parser = await hcl();
  try {
    parser.body(text, "a.tf");
    return true;
  } catch {
    return false;
  }
};

describe("what is Terraform", () => {
  test.each([
    'a = "$${aws:username}"',
    'a = "${file("${path.module}/x")}"',
    'a = "${"${"${"a"}"}"}"',
    'a = "${~ var.x ~}"',
    'a = "100%"',
    'a = "$5 and $ {x}"',
    'a = "x # y // z"',
    'a = <<EOF\n"unclosed\n$ x % y \\ \nEOF\n',
    "a = [<<EOF\nx\nEOF\n]",
    "a = <<EOF_ALL\nx\n  EOF_ALLX\nEOF_ALL\n",
    "a = <<EOF\r\nx\r\nEOF\r\n",
    "a = <<EOF\n%{ for x in y ~}\n${x}\n%{ endfor ~}\nEOF\n",
    "a = foo(1, 2,)",
    "a = foo(bar...)",
    "a = { x = 1, y = 2, }",
    "a = { x : 1 }",
    "a = { (x) = 1 }",
    "a = { for = 1 }",
    "a = x.0.y",
    "a = x.*.y[0]",
    "a = x[*].y[0]",
    "a = b.c-d",
    "a = b != null ? b : c ? d : e",
    "a = (b\n ? c\n : d)",
    "a = { for k, v in y : k => v... if v }",
    'a = "%{ if x == "y" }z%{ else }w%{ endif }"',
    "a x y {}",
    "/* f\n g */\na = 1 // e\n# z",
    "",
    "a = <<EOF\nx\n",
    "a = ",
    "a = [1",
    "a {",
    'a = "x',
    "a = 1 2",
    "}",
    "a = ${x}",
    "a = 1;b = 2",
  ])("%j is taken or refused as by HashiCorp", async (text) => {
    expect(await accepts(text)).toBe(judged(text).accepted);
  });
});

describe("texts", () => {
  test.each([
    "a = <<EOF\n  x\n y\nEOF\n",
    "a = <<-EOF\n    x\n      y\n\n    z\n    EOF\n",
    "a = <<-EOF\n\n   x\n  EOF\n",
    "a = <<-EOF\n\tx\n\t  y\n\tEOF\n",
    'a = <<EOF\na\\nb "q" \\\\ z\nEOF\n',
    "a = <<EOF\nx$${y}z %%{w}\nEOF\n",
    "a = <<EOF\n\n  x\n\nEOF\n",
    "a = <<EOF\nEOF\n",
    'a = "  lead and trail  "',
    'a = "tab\\tnl\\n"',
    'a = "x$${y}z"',
    'a = "\\u00e9\\U0001F600"',
    'a = "\\"{}\\""',
    'a = ""',
    'a = "a//b#c"',
  ])("%j is the same text as HashiCorp's", async (text) => {
    const parser = await hcl();

    const value = parser.body(text, "a.tf").attributes.get("a")?.value;

    expect(value).toMatchObject({ kind: "literal", value: judged(text).value });
  });
});
