/** The picture by keyboard, by screen reader, in light and dark, on every screen and on paper. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { describe, expect, inject, it } from "vitest";
import { browser } from "./browser.ts";
import { orders } from "./sample.ts";

// Names the service that these tests need: without it they are skipped.
inject("chromiumPath");
const chromium = browser();

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds, as lines. It is run through the debugger, past the page's policy. */
async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe);
  return await page.evaluate(async () => {
    const { axe: loaded } = globalThis as unknown as {
      axe: {
        run(
          options: object,
        ): Promise<{ violations: { id: string; nodes: { target: string[]; html: string }[] }[] }>;
      };
    };
    const found = await loaded.run({
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    });
    return found.violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html }) => `${id}: ${html.slice(0, 120)}`),
    );
  });
}

const focused = (page: Page): Promise<string> =>
  page.evaluate(
    () => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? "",
  );

describe("by keyboard", () => {
  it("the timeline is one stop for Tab, and the arrows walk over it", async () => {
    const { page } = await chromium.open(orders(40, 2));
    await page.getByRole("button", { name: "Clear the filter" }).focus();
    await page.keyboard.press("Tab");
    const first = await focused(page);
    expect(first).toMatch(/delivery 1 of 5/);
    const stroke = await page.evaluate(() => getComputedStyle(document.activeElement as Element).strokeWidth);
    expect(stroke).toBe("3px");

    await page.keyboard.press("ArrowRight");
    expect(await focused(page)).toMatch(/delivery 2 of 5/);
    await page.keyboard.press("ArrowDown");
    const next = await focused(page);
    expect(next).toMatch(/delivery 1 of/);
    expect(next.split(",")[0]).not.toBe(first.split(",")[0]);
    await page.keyboard.press("ArrowUp");
    expect(await focused(page)).toBe(first);
    await page.keyboard.press("PageDown");
    const paged = await focused(page);
    expect(paged).toMatch(/delivery 1 of/);
    expect(await page.locator("#timeline-words").innerText()).toContain("Messages 31 to 40 of 40");

    await page.keyboard.press("Enter");
    expect(await focused(page)).toBe(`Message ${paged.split(",")[0]}`);
    expect(page.url()).toContain("#m=order-");
  });

  it("Tab reaches every control, in the order of the page, and shows where it is", async () => {
    const { page } = await chromium.open(orders(3, 2));
    const stops: string[] = [];
    for (let at = 0; at < 200; at += 1) {
      await page.keyboard.press("Tab");
      const stop = await page.evaluate(() => {
        const active = document.activeElement;
        if (!active || active === document.body) return "";
        const { outlineStyle, strokeWidth } = getComputedStyle(active);
        const seen = outlineStyle !== "none" || strokeWidth === "3px" ? "" : "UNSEEN ";
        return `${seen}${active.getAttribute("aria-label")?.slice(0, 12) ?? [...(active.closest("label") ?? active).childNodes].map((node) => (node.nodeType === 3 ? node.textContent?.trim() : "")).find(Boolean) ?? active.textContent}`;
      });
      if (stop === "") break;
      stops.push(stop);
    }
    expect(stops.filter((stop) => stop.startsWith("UNSEEN"))).toEqual([]);
    const order = [
      "Skip to the timeline",
      "Colours",
      "Verdict",
      "Origin",
      "Text",
      "Order",
      "Time",
      "Shown",
      "Clear the filter",
      "The histogram as a table",
      "Table of del",
      "Key",
      "Verdict",
      "Origin",
    ];
    expect(stops.filter((stop) => order.includes(stop))).toEqual(order);
  });
});

describe("for a screen reader", () => {
  it("the page has headings, landmarks, captions, and a text beside each drawing", async () => {
    const { page } = await chromium.open(orders(12, 2));

    const tree = await page.locator("body").ariaSnapshot();
    expect(tree).toContain('heading "Duplicates of orders" [level=1]');
    for (const name of [
      "Summary",
      "Why they came again",
      "Deliveries per message",
      "Gaps between deliveries",
      "All deliveries",
    ])
      expect(tree).toContain(`heading "${name}" [level=2]`);
    expect(tree).toContain('group "Timeline of deliveries"');
    expect(tree).toMatch(/button "order-\d+, delivery 1 of \d/);
    expect(tree).toContain('img "Histogram of gaps between deliveries"');
    expect(tree).toContain('region "Table of deliveries"');
    expect(tree).toMatch(/columnheader "At \(UTC\)/);
    expect(await page.locator("#gaps-words").innerText()).toMatch(
      /\d+ gaps between a delivery .* The visibility timeout is 30 s: \d+ gaps? (is|are) shorter, \d+ as long or longer\./,
    );
  });

  it.each(["light", "dark"] as const)("axe finds nothing wrong, %s", async (colorScheme) => {
    const { page } = await chromium.open(orders(33, 2), { colorScheme, hash: "#m=order-3" });
    expect(await violations(page)).toEqual([]);
  });
});

describe("in light and dark", () => {
  /** Every text's contrast with what is painted behind it that is below 4.5. */
  const faint = (page: Page): Promise<string[]> =>
    page.evaluate(() => {
      const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
      if (!context) throw new Error("no canvas");
      const painted = (...colors: string[]): readonly number[] => {
        for (const color of colors) {
          context.fillStyle = color;
          context.fillRect(0, 0, 1, 1);
        }
        return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
      };
      const luminance = (rgb: readonly number[]): number => {
        const [r = 0, g = 0, b = 0] = rgb.map((part) =>
          part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4,
        );
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const backs = (element: Element | null): string[] =>
        element ? [...backs(element.parentElement), getComputedStyle(element).backgroundColor] : [];
      // In the drawing a word may stand on any bar and on any stripe.
      const fills = (of: string): string[] =>
        [...document.querySelectorAll(`.lanes ${of} rect`)]
          .map((one) => getComputedStyle(one).fill)
          .filter((fill) => fill !== "none");
      const bands = [...new Set(["transparent", ...fills(".bands")])];
      const words = [...new Set([...bands, ...fills(".bars")])];
      const found: string[] = [];
      for (const element of document.querySelectorAll("body *")) {
        const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim());
        if (!own || element.closest("script, style, noscript, title, button:disabled, .skip")) continue;
        const inSvg = element instanceof SVGElement;
        const color = getComputedStyle(element)[inSvg ? "fill" : "color"];
        const base = backs(inSvg ? element.closest("svg") : element);
        for (const over of element.closest(".lanes .words")
          ? words
          : element.closest(".lanes")
            ? bands
            : ["transparent"]) {
          const back = painted(...base, over);
          const [light = 0, dark = 0] = [luminance(painted(...base, over, color)), luminance(back)].toSorted(
            (a, b) => b - a,
          );
          const ratio = (light + 0.05) / (dark + 0.05);
          if (ratio < 4.5)
            found.push(`${ratio.toFixed(2)} ${element.textContent?.slice(0, 20)} ${color} on ${over}`);
        }
      }
      return [...new Set(found)];
    });

  it.each(["light", "dark"] as const)("every text has a contrast of 4.5 or more: %s", async (colorScheme) => {
    const { page } = await chromium.open(orders(33, 2), { colorScheme, hash: "#m=order-3" });
    expect(await faint(page)).toEqual([]);
  });

  it("follows the system until a reader chooses", async () => {
    const { page } = await chromium.open(orders(3, 2), { colorScheme: "dark" });
    const back = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const dark = await back();
    await page.getByLabel("Colours").selectOption("light");
    const light = await back();
    expect(light).not.toBe(dark);
    await page.getByLabel("Colours").selectOption("as the system");
    expect(await back()).toBe(dark);
  });
});

describe("on every screen", () => {
  it.each([320, 640, 1280, 2560])("nothing but the wide tables scrolls sideways at %i px", async (width) => {
    const { page } = await chromium.open(orders(33, 2), {
      viewport: { width, height: 800 },
      hash: "#m=order-3",
    });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  });

  it("words in the timeline do not lie on each other at 320 px", async () => {
    const { page } = await chromium.open(orders(33, 2), { viewport: { width: 320, height: 800 } });
    const overlaps = await page.evaluate(() => {
      const boxes = [...document.querySelectorAll(".lanes g[aria-hidden] text")]
        .filter((one) => !/^(0|[\d.]+ (ms|s|min|h|d).*)$/.test(one.textContent))
        .map((one) => ({ words: one.textContent, box: one.getBoundingClientRect() }));
      return boxes.flatMap((a, index) =>
        boxes
          .slice(index + 1)
          .filter(
            (b) =>
              a.box.left < b.box.right - 1 &&
              b.box.left < a.box.right - 1 &&
              a.box.top < b.box.bottom - 2 &&
              b.box.top < a.box.bottom - 2,
          )
          .map((b) => `${a.words} / ${b.words}`),
      );
    });
    expect(overlaps).toEqual([]);
  });

  it("is printed without its controls, in light", async () => {
    const { page } = await chromium.open(orders(12, 2), { colorScheme: "dark" });
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    expect(await page.locator(".filter").isVisible()).toBe(false);
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe(
      "rgb(255, 255, 255)",
    );
    expect((await page.pdf()).length).toBeGreaterThan(10_000);
  });
});
