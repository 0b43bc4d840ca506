/** Draws the picture of the documents anew: a pipeline of orders, in light and dark, into docs/images. */

import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { pictureOf } from "../packages/cli/src/picture/picture.ts";
import { orders } from "../packages/cli/test/picture/sample.ts";
import { findChromium } from "../test/browser/chromium.ts";
import { root } from "./packages.ts";

const LIMIT_BYTES = 300_000;
const SHOTS = [
  { name: "picture-timeline", from: "#timeline-title", height: 900 },
  { name: "picture-summary", from: "h1", height: 1_000 },
  { name: "picture-gaps", from: "#gaps-title", height: 420 },
] as const;

const temp = mkdtempSync(join(tmpdir(), "effectively-once-shots-"));
const to = join(root, "docs/images");
mkdirSync(to, { recursive: true });
const { url: executablePath } = await findChromium(process.env);
const browser = await chromium.launch({ executablePath, chromiumSandbox: false });
try {
  const file = join(temp, "picture.html");
  writeFileSync(file, pictureOf(orders(40, 3)));
  for (const colorScheme of ["light", "dark"] as const)
    for (const { name, from, height } of SHOTS) {
      const page = await browser.newPage({ viewport: { width: 1_100, height }, colorScheme });
      await page.goto(pathToFileURL(file).href);
      await page.locator(from).evaluate((element) => element.scrollIntoView());
      const path = join(to, `${name}-${colorScheme}.png`);
      await page.screenshot({ path });
      const { size } = statSync(path);
      console.log(`docs/images/${name}-${colorScheme}.png ${Math.round(size / 1_000)} kB`);
      if (size > LIMIT_BYTES) process.exitCode = 1;
      await page.close();
    }
} finally {
  await browser.close();
  rmSync(temp, { recursive: true, force: true });
}
