import fc from "fast-check";
import { expect, it } from "vitest";
import { embeddedJson, embeddedText } from "../../src/picture/embed.ts";
import { pictureOf } from "../../src/picture/picture.ts";
import { delivery, picture, section } from "./sample.ts";

const HOSTILE = `</script><script>alert(1)</script><!-- ]]> "'\`\u2028\u2029\u202E\u200B\u0000\uD800 \u{E0041}&amp;`;

const READ_AS_MORE = /[<>&\p{Cc}\p{Cf}\u2028\u2029]/u;

it("data comes out of a page as it went in, whatever it holds", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(embeddedJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
  expect(JSON.parse(embeddedJson(HOSTILE))).toBe(HOSTILE);
});

it("nothing in embedded data is read as markup, and nothing turns the source's lines", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(READ_AS_MORE.test(embeddedJson(text))).toBe(false);
    }),
  );
  expect(embeddedJson(HOSTILE)).not.toMatch(READ_AS_MORE);
  expect(embeddedText(HOSTILE)).not.toMatch(/[<>"']/);
});

it("a page has two scripts, its data and its own, whatever the keys are", () => {
  const html = pictureOf(
    picture([section([{ key: HOSTILE, deliveries: [delivery({ messageId: HOSTILE })] }])], {
      title: HOSTILE,
      generatedFrom: HOSTILE,
    }),
  );
  expect(html.match(/<script/g)).toHaveLength(2);
  expect(html.match(/<\/script/g)).toHaveLength(2);
});

it("a page's policy forbids every load, and names its script by hash", () => {
  const html = pictureOf(picture([section([])]));
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? "";
  expect(policy).toContain("default-src 'none'");
  expect(policy).toMatch(/script-src 'sha256-[\w+/]+={0,2}';/);
  expect(policy).not.toMatch(/https?:|\*/);
});

it("a page carries the licences of what it is drawn with", () => {
  const html = pictureOf(picture([section([])]));
  expect(html).toMatch(/@observablehq\/plot [\d.]+: Copyright/);
  expect(html).toContain("Permission to use, copy, modify, and/or distribute this software");
});

it("a picture without a section is refused", () => {
  expect(() => pictureOf(picture([]))).toThrow("at least one section");
});
