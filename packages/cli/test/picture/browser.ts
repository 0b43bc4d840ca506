/** A picture in a headless Chromium, and all that it says and asks for while it is there. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, inject } from "vitest";
import type { PictureData } from "../../src/picture/data.ts";
import { pictureOf } from "../../src/picture/picture.ts";

export interface Opened {
  readonly page: Page;
  /** Requests other than for the page itself. */
  readonly requests: string[];
  /** Console messages of whichever level, and exceptions. */
  readonly said: string[];
}

/** One browser for a file of tests. */
export function browser(): {
  open(
    data: PictureData,
    options?: BrowserContextOptions & {
      readonly hash?: string;
      /** Before the page is asked for. */
      readonly before?: (page: Page) => Promise<void>;
    },
  ): Promise<Opened>;
} {
  let running: Browser | undefined;
  let folder = "";
  let files = 0;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "effectively-once-picture-"));
    // As root, as containers have it, Chromium runs without its sandbox only.
    running = await chromium.launch({ executablePath: inject("chromiumPath"), chromiumSandbox: false });
  });
  afterAll(async () => {
    await running?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    async open(data, { hash = "", before, ...options } = {}) {
      if (!running) throw new Error("The browser has not been started.");
      files += 1;
      const file = join(folder, `${files}.html`);
      writeFileSync(file, pictureOf(data));
      const context = await running.newContext({
        viewport: { width: 1280, height: 900 },
        reducedMotion: "reduce",
        ...options,
      });
      const page = await context.newPage();
      const requests: string[] = [];
      const said: string[] = [];
      const url = pathToFileURL(file).href;
      page.on("request", (request) => {
        // The icon is a part of the page, too.
        if (!request.url().startsWith(url) && !request.url().startsWith("data:"))
          requests.push(request.url());
      });
      page.on("console", (message) => said.push(message.text()));
      page.on("pageerror", (error) => said.push(String(error)));
      await before?.(page);
      await page.goto(url + hash);
      return { page, requests, said };
    },
  };
}
