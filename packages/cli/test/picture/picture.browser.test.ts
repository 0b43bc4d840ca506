/** The picture as a reader has it, in a headless Chromium. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "playwright-core";
import { describe, expect, inject, it } from "vitest";
import type { PictureDelivery } from "../../src/picture/data.ts";
import { browser } from "./browser.ts";
import { delivery, EVERY_VERDICT, orders, picture, section, START_MS } from "./sample.ts";

// Names the service that these tests need: without it they are skipped.
inject("chromiumPath");
const chromium = browser();

const rowsOf = (page: Page): Promise<string[]> => page.locator("#table tbody tr").allInnerTexts();
const focused = (page: Page): Promise<string> =>
  page.evaluate(
    () => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? "",
  );

function everyVerdict(): PictureDelivery[] {
  return EVERY_VERDICT.map((verdict, index) => delivery({ verdict, startMs: START_MS + index * 31_000 }));
}

describe("a page on its own", () => {
  it("asks for nothing, and says nothing on the console", async () => {
    const { page, requests, said } = await chromium.open(orders(60, 1));
    await page.getByLabel("Verdict").selectOption("duplicate");
    await page.locator("#table tbody a").first().click();

    expect(requests).toEqual([]);
    expect(said).toEqual([]);
  });

  it("is forbidden to load anything, even by a script that got into it", async () => {
    let asked = 0;
    const server = createServer((_request, response) => {
      asked += 1;
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const { page } = await chromium.open(orders(5, 1));
    const refused = await page.evaluate(async (there) => {
      const said: string[] = [];
      document.addEventListener("securitypolicyviolation", (event) => said.push(event.effectiveDirective));
      for (const tag of ["img", "iframe", "video"] as const) {
        const element = document.createElement(tag);
        element.src = there;
        document.body.append(element);
      }
      const link = document.createElement("link");
      Object.assign(link, { rel: "stylesheet", href: there });
      document.head.append(link);
      await fetch(there).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 300));
      return said;
    }, url);
    server.close();
    const written = await page.evaluate(() => {
      try {
        document.body.innerHTML = "<b>x</b>";
        return "written";
      } catch {
        return "refused";
      }
    });

    expect(new Set(refused)).toEqual(
      new Set(["img-src", "frame-src", "media-src", "style-src-elem", "connect-src"]),
    );
    expect(asked).toBe(0);
    expect(written).toBe("refused");
  });

  it("shows what a hostile key holds, and runs none of it", async () => {
    const key = `</script><img src=x onerror="globalThis.ran=1"><script>globalThis.ran=1</script>\u2028"'\u202Egnp`;
    const bad = delivery({ messageId: key, requestId: key, outcome: key, cause: key, reason: key });
    const { page, said, requests } = await chromium.open(
      picture(
        [
          section([{ key, deliveries: [bad, { ...bad, startMs: START_MS + 1_000 }] }], {
            name: key,
            notes: [key],
            diagnosis: [{ cause: key, evidence: [key], advice: key }],
          }),
        ],
        { title: key, generatedFrom: key },
      ),
    );
    await page.locator("#table tbody a").first().click();

    expect(await page.locator("#message-title").innerText()).toBe(
      `Message ${key.replace("\u2028", "\\u{2028}").replace("\u202E", "\\u{202E}")}`,
    );
    expect(await page.evaluate(() => "ran" in globalThis)).toBe(false);
    expect(await page.locator("img, iframe, object, embed").count()).toBe(0);
    expect(said).toEqual([]);
    expect(requests).toEqual([]);
  });
});

describe("what is shown", () => {
  it("every verdict, as a word and as a shape of its own, in the timeline and in the table", async () => {
    const { page } = await chromium.open(picture([section([{ key: "a", deliveries: everyVerdict() }])]));

    for (const verdict of EVERY_VERDICT) {
      await expect
        .poll(() => page.locator(".lanes text", { hasText: new RegExp(`^${verdict}$`) }).count())
        .toBe(1);
      expect(await page.locator("#table tbody .verdict", { hasText: verdict }).count()).toBe(1);
    }
    const shapes = await page
      .locator("#table tbody .verdict polygon")
      .evaluateAll((found) => found.map((one) => one.getAttribute("points")));
    expect(new Set(shapes).size).toBe(EVERY_VERDICT.length);
  });

  it("a kill, the windows, and the visibility timeout in both drawings", async () => {
    const { page } = await chromium.open(
      picture([
        section([
          {
            key: "a",
            deliveries: [
              delivery({
                endMs: START_MS + 9_000,
                killedAtMs: START_MS + 9_000,
                outcome: "crash",
                lease: { fromMs: START_MS, toMs: START_MS + 20_000 },
              }),
              delivery({ startMs: START_MS + 31_000, verdict: "takeover", gapMs: 31_000, receiveCount: 2 }),
            ],
          },
        ]),
      ]),
    );

    expect(await page.locator(".lanes text", { hasText: "first, killed" }).count()).toBe(1);
    expect(await page.locator('.lanes [stroke="var(--visibility)"]').count()).toBe(1);
    expect(await page.locator('.lanes [fill="var(--visibility)"] rect').count()).toBe(2);
    expect(await page.locator('.lanes [stroke="var(--lease)"] rect').count()).toBe(1);
    expect(await page.locator("#gaps svg text", { hasText: "visibility timeout 30 s" }).count()).toBe(1);
    const words = await page.locator(".lanes [role=button]").first().getAttribute("aria-label");
    expect(words).toBe(
      "a, delivery 1 of 2: first; took 9 s; ended as crash; killed after 9 s; received 1 time; visibility ended 30 s after its start; lease ended 20 s after its start.",
    );
  });

  it("the summary keeps recoveries and duplicates apart", async () => {
    const { page } = await chromium.open(picture([section([{ key: "a", deliveries: everyVerdict() }])]));

    const summary = await page.locator("#summary").innerText();
    expect(summary).toContain("9 deliveries for 1 key: 2 recoveries");
    expect(summary).toContain("and 2 duplicates");
    expect(summary).toContain("A retry is not a duplicate.");
  });

  it("an empty picture is a page too", async () => {
    const { page, said } = await chromium.open(picture([section([])]));

    expect(await page.locator("#table caption").innerText()).toBe("No delivery fits the filter");
    expect(said).toEqual([]);
  });
});

describe("the table", () => {
  it("is filtered by verdict, origin and text, and says how much is left", async () => {
    const { page } = await chromium.open(orders(33, 2));
    await page.getByLabel("Verdict").selectOption("takeover");
    expect((await rowsOf(page)).length).toBe(3);
    expect((await rowsOf(page)).every((row) => row.includes("takeover"))).toBe(true);
    expect(await page.getByRole("status").innerText()).toBe(
      "3 deliveries of 3 messages fit the filter, of 93.",
    );

    await page.getByRole("button", { name: "Clear the filter" }).click();
    await page.getByLabel("Origin").selectOption("resend");
    expect((await rowsOf(page)).every((row) => row.includes("resend"))).toBe(true);

    await page.getByRole("button", { name: "Clear the filter" }).click();
    await page.getByRole("searchbox").fill("c6af9ac6-30-");
    expect((await rowsOf(page)).every((row) => row.startsWith("order-30\t"))).toBe(true);
    expect((await rowsOf(page)).length).toBeGreaterThan(0);
    expect(await page.locator(".lanes [role=button]").count()).toBe((await rowsOf(page)).length);
  });

  it("is sorted by every column, both ways, and says which", async () => {
    const { page } = await chromium.open(orders(20, 2));
    const took = page.locator("[data-column=duration]");
    const values = (): Promise<number[]> =>
      page
        .locator("#table tbody tr td:nth-child(8)")
        .evaluateAll((cells) =>
          cells.map(({ textContent }) => parseFloat(textContent) * (/ms/.test(textContent) ? 1 : 1_000)),
        );
    await took.click();
    const up = await values();
    expect(up).toEqual(up.toSorted((a, b) => a - b));
    expect(await page.locator("th[aria-sort]").innerText()).toContain("Took");
    expect(await page.locator("th[aria-sort]").getAttribute("aria-sort")).toBe("ascending");
    expect(await focused(page)).toContain("Took");

    await took.click();
    expect(await values()).toEqual(up.toReversed());
    expect(await page.locator("th[aria-sort]").getAttribute("aria-sort")).toBe("descending");
  });

  it("turns its pages, and the focus stays at the button", async () => {
    const { page } = await chromium.open(orders(100, 2));
    const pages = page.getByRole("navigation", { name: "Pages of deliveries" });
    await pages.getByRole("button", { name: "Next" }).click();

    expect(await page.locator("#table caption").innerText()).toMatch(/^Deliveries 101 to 200 of/);
    expect(await focused(page)).toBe("Next");
  });
});

describe("a link", () => {
  it("opens its message: lane, rows and sentences, whatever page they are on", async () => {
    const { page } = await chromium.open(orders(500, 2), { hash: "#m=order-433" });

    expect(await page.locator("#message-title").innerText()).toBe("Message order-433");
    expect(await page.locator("#message li").count()).toBeGreaterThan(1);
    expect(await page.locator(".lanes text", { hasText: /^order-433$/ }).count()).toBe(1);
    const opened = await page.locator("tr.opened").allInnerTexts();
    expect(opened.length).toBeGreaterThan(0);
    expect(opened.every((row) => row.startsWith("order-433\t"))).toBe(true);
    expect(await focused(page)).toBe("Message order-433");
  });

  it("stands behind each row, also for keys that an address cannot hold as they are", async () => {
    const key = "a&m=b#c %41\u202E\uD800é";
    const { page, said } = await chromium.open(
      picture([
        section([
          { key: "b", deliveries: [delivery()] },
          { key, deliveries: [delivery({ startMs: START_MS + 5 })] },
        ]),
      ]),
    );
    await page.locator("#table tbody a").nth(1).click();
    expect(await page.locator("#message-title").innerText()).toContain("a&m=b#c %41");

    await page.reload();
    expect(await page.locator("#message-title").innerText()).toContain("a&m=b#c %41");
    expect(said).toEqual([]);
  });

  it("gives up a filter that hides its message", async () => {
    const { page } = await chromium.open(orders(33, 2));
    await page.getByRole("searchbox").fill("order-1");
    await page.evaluate(() => (location.hash = "#m=order-7"));

    await expect.poll(() => page.locator("#message-title").innerText()).toBe("Message order-7");
    expect(await page.getByRole("searchbox").inputValue()).toBe("");
    expect(await page.locator("tr.opened").count()).toBeGreaterThan(0);
  });

  it("says so when there is no such message", async () => {
    const { page } = await chromium.open(orders(5, 2), { hash: "#m=order-99" });

    expect(await page.getByRole("status").innerText()).toBe(
      'There is no message "order-99" in this picture.',
    );
  });

  it("leads to its section, where there are several", async () => {
    const { page } = await chromium.open(
      picture([
        section([{ key: "a", deliveries: [delivery()] }], { id: "naive", name: "naive" }),
        section(
          [{ key: "a", deliveries: [delivery(), delivery({ startMs: START_MS + 9, verdict: "busy" })] }],
          {
            id: "guarded",
            name: "guarded",
          },
        ),
      ]),
      { hash: "#s=guarded&m=a" },
    );

    expect(await page.getByRole("radio", { name: "guarded" }).isChecked()).toBe(true);
    expect(await page.locator("#message li").count()).toBe(2);
    await page.getByRole("radio", { name: "naive" }).check();
    await expect.poll(() => page.locator("#table tbody tr").count()).toBe(1);
  });
});
